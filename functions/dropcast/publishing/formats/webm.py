"""WebM whose header tells the length, though it was written into a pipe.

ffmpeg writes a length only if it knows one beforehand. It is told one, which makes room for the right one,
in the same eight bytes.

Sources: RFC 9559, "Matroska", 5.1.2 (Info); RFC 8794, "EBML", 7.1 (elements of type float).
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import chain

from dropcast.sound.frames import BrokenEpisode

INFO = bytes.fromhex("1549a966")
DURATION = bytes.fromhex("4489") + b"\x88"  # and that it has eight bytes
LONGEST_HEAD = 4096  # bytes, ten times as many as ffmpeg writes before the first sound


def with_duration(stream: Iterable[bytes], samples: int, sample_rate_hertz: int) -> Iterator[bytes]:
    """Yield a stream with the length of its sound in its header. Raises BrokenEpisode without room for it."""
    chunks, head = iter(stream), b""
    while (place := _place(head)) is None:
        chunk = next(chunks, None)
        if chunk is None or len(head) > LONGEST_HEAD:
            raise BrokenEpisode(f"{len(head)} bytes of WebM have no room for its length")
        head += chunk
    milliseconds = samples * 1000 / sample_rate_hertz  # the unit that ffmpeg always writes
    yield from chain([head[:place] + struct.pack(">d", milliseconds) + head[place + 8 :]], chunks)


def _place(head: bytes) -> int | None:
    """Say where the eight bytes begin, once they are there."""
    place = head.find(DURATION, head.find(INFO)) + len(DURATION)
    return place if INFO in head[:place] and place + 8 <= len(head) else None
