"""Ogg Opus: the pages around the packets of an episode, one after the other, however long it is.

Source: RFC 7845, "Ogg Encapsulation for the Opus Audio Codec". The pages themselves are mutagen's work.
"""

import binascii
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from mutagen.flac import VCFLACDict
from mutagen.ogg import OggPage

from dropcast.jobs.part import Coding
from dropcast.publishing.cover import picture_block
from dropcast.publishing.tags import Tags, vorbis_comments
from dropcast.sound.frames import BrokenEpisode, Frames
from dropcast.sound.opus import PACKET, PRE_SKIP, frame_count, own_samples

PACKETS = 50  # of a page: a second, which is the most that RFC 7845 recommends (6)
SEGMENT, SEGMENTS = 255, 255  # bytes of a segment, segments of a page: RFC 3533, 6
COMMENT_PAGE = 32_768  # bytes: a cover would be cut very slowly into the small pages of mutagen's default
VENDOR = "dropcast"


def opus_pages(tags: Tags, coding: Coding, parts: Iterable[Frames]) -> Iterator[bytes]:
    """Yield the whole file, page by page; the same tags and packets are the same bytes. Raises BrokenEpisode.

    That happens behind the last page if there were not as many packets as the episode must have.
    """
    comments = _comments(tags)
    # Another number for another stream, so that files may be chained; always the same for the same tags.
    serial = zlib.crc32(comments)
    for sequence, page in enumerate(chain(_header_pages(tags, comments), _audio_pages(tags, coding, parts))):
        page.serial, page.sequence = serial, sequence
        yield bytes(page.write())


def _header_pages(tags: Tags, comments: bytes) -> Iterator[OggPage]:
    version, channels, gain, family = 1, 1, 0, 0
    fields = (version, channels, PRE_SKIP, tags.sample_rate_hertz, gain, family)
    head = OggPage()
    head.first = True
    head.packets = [b"OpusHead" + struct.pack("<BBHIhB", *fields)]
    yield head
    yield from OggPage.from_packets([comments], default_size=COMMENT_PAGE)


def _comments(tags: Tags) -> bytes:
    fields = VCFLACDict()
    fields.vendor = VENDOR
    fields.extend(vorbis_comments(tags))
    if tags.cover:
        picture = binascii.b2a_base64(picture_block(tags.cover), newline=False)
        fields.append(("METADATA_BLOCK_PICTURE", picture.decode()))
    return b"OpusTags" + bytes(fields.write(framing=False))


def _audio_pages(tags: Tags, coding: Coding, parts: Iterable[Frames]) -> Iterator[OggPage]:
    expected, end = frame_count(coding, tags.samples), PRE_SKIP + own_samples(tags.samples)
    seen = 0
    for packets in _by_page(chain.from_iterable(map(_packets, parts))):
        seen += len(packets)
        page = OggPage()
        page.packets = packets
        # The last packet goes on behind the end, and the position of its page says where to stop.
        page.position = min(seen * PACKET, end)
        page.last = seen == expected
        yield page
    if seen != expected:
        raise BrokenEpisode(f"there are {seen} packets of Opus, not {expected}")


def _packets(part: Frames) -> Iterator[bytes]:
    if sum(part.sizes) != len(part.body):
        raise BrokenEpisode(f"packets of {sum(part.sizes)} bytes are stored as {len(part.body)} bytes")
    at = 0
    for size in part.sizes:
        yield part.body[at : at + size]
        at += size


def _by_page(packets: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield as many packets at a time as a page may hold, none of them divided."""
    held: list[bytes] = []
    segments = 0
    for packet in packets:
        needed = len(packet) // SEGMENT + 1
        if len(held) == PACKETS or segments + needed > SEGMENTS:
            yield held
            held, segments = [], 0
        held.append(packet)
        segments += needed
    if held:
        yield held
