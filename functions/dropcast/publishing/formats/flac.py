"""FLAC whose header is written last: what the encoder wrote into a pipe, behind what it could not know then.

Source: RFC 9639, "Free Lossless Audio Codec (FLAC)", sections 6 and 8.
"""

from collections.abc import Iterable, Iterator

from mutagen.flac import StreamInfo, VCFLACDict

from dropcast.publishing.cover import picture_block
from dropcast.publishing.tags import Tags, vorbis_comments
from dropcast.sound.frames import BrokenEpisode

SIGNATURE = b"fLaC"
STREAM_INFO, VORBIS_COMMENT, PICTURE = 0, 4, 6  # types of metadata blocks
STREAM_INFO_BYTES = 34
BEGINNING = SIGNATURE + bytes([STREAM_INFO, 0, 0, STREAM_INFO_BYTES])  # comments always follow
LAST = 0x80
LONGEST_BLOCK = 2**24 - 1
VENDOR = "dropcast"


def flac_frames(stream: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the encoder's STREAMINFO, for flac_header, and its frames alone. Raises BrokenEpisode."""
    chunks, head = iter(stream), b""
    while (start := _first_frame(head)) is None:
        chunk = next(chunks, None)
        if chunk is None:
            raise BrokenEpisode(f"the encoder wrote {len(head)} bytes of FLAC and no frame")
        head += chunk
    info = head[len(SIGNATURE) + 4 :][:STREAM_INFO_BYTES]
    return info, _rest(head[start:], chunks)


def flac_header(tags: Tags, stream_info: bytes, samples: int, md5: bytes) -> bytes:
    """Return the header of `samples` samples whose s16le PCM has this MD5; the frames follow it.

    A cover too large for a metadata block is left out.
    """
    info = StreamInfo(stream_info)
    info.total_samples = samples
    info.md5_signature = int.from_bytes(md5, "big")
    comments = VCFLACDict()
    comments.vendor = VENDOR
    comments.extend(vorbis_comments(tags))
    blocks = [(STREAM_INFO, info.write()), (VORBIS_COMMENT, comments.write(framing=False))]
    if tags.cover and len(picture := picture_block(tags.cover)) <= LONGEST_BLOCK:
        blocks.append((PICTURE, picture))
    *others, (last, body) = blocks
    return SIGNATURE + b"".join(_block(*block) for block in others) + _block(last | LAST, body)


def _block(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _first_frame(head: bytes) -> int | None:
    """Say where the first frame begins, once it is there."""
    if len(head) < len(BEGINNING):
        return None
    if not head.startswith(BEGINNING):
        raise BrokenEpisode("what the encoder wrote does not begin as FLAC does")
    at, kind = len(SIGNATURE), 0
    while kind < LAST:
        if len(head) < at + 4:
            return None
        kind = head[at]
        at += 4 + int.from_bytes(head[at + 1 : at + 4], "big")
    return at if len(head) > at else None


def _rest(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
