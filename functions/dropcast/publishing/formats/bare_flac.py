"""FLAC without tags, whose header says as much as is known when it is written."""

from mutagen.flac import StreamInfo

from dropcast.publishing.formats.flac import LAST, SIGNATURE, STREAM_INFO, STREAM_INFO_BYTES

UNKNOWN = bytes(16)  # of an MD5, as 0 is of a number of samples: RFC 9639, 8.2
MOST_TOLD = 2**36 - 1


def bare_flac_header(stream_info: bytes, samples: int, md5: bytes = UNKNOWN) -> bytes:
    """Return the header of `samples` samples whose s16le PCM has this MD5; the frames follow it."""
    info = StreamInfo(stream_info)
    info.total_samples = samples if samples <= MOST_TOLD else 0
    info.md5_signature = int.from_bytes(md5, "big")
    kind = bytes([LAST | STREAM_INFO]) + STREAM_INFO_BYTES.to_bytes(3, "big")
    return SIGNATURE + kind + bytes(info.write())
