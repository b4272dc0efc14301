"""Tracks of MP4: where their samples lie in the file, how long each lasts, and what of them is presented.

Source: ISO/IEC 14496-12, 8.3 to 8.8.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dropcast.publishing.formats.mp4_boxes import box, full_box, timed_box
from dropcast.publishing.languages import iso_639_2

MATRIX = struct.pack(
    ">9I", 0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000
)  # nothing moved, nothing turned
SAME_FILE = 1  # flag of a data reference
UNDETERMINED = "und"


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a track: their sizes in bytes, how many last how long, and how many are in a chunk."""

    sizes: npt.NDArray[np.uint32]
    durations: tuple[tuple[int, int], ...]
    in_chunk: int

    @property
    def bytes(self) -> int:
        return int(self.sizes.sum(dtype=np.uint64))

    @property
    def chunks(self) -> npt.NDArray[np.uint64]:
        """The size of each chunk."""
        starts = np.arange(0, len(self.sizes), self.in_chunk)
        return np.add.reduceat(self.sizes, starts, dtype=np.uint64)

    @property
    def length(self) -> int:
        return sum(count * duration for count, duration in self.durations)


@dataclass(frozen=True, slots=True)
class Track:
    """A track, whose times are counted in `rate` a second, and the whole file's too.

    `edit` is what is presented: how long, and from which moment of the track on. `fields` are the flags, the
    alternate group and the volume in the track's header; `kind` is the name of what handles it. `header` and
    `description` are boxes of that kind alone, `references` and `groups` boxes that not all tracks have.
    """

    number: int
    fields: tuple[int, int, int]
    kind: bytes
    header: bytes
    description: bytes
    rate: int
    samples: Samples
    edit: tuple[int, int]
    language: str
    references: bytes = b""
    groups: bytes = b""


def track_box(track: Track, start: int, *, wide: bool) -> bytes:
    """Return the index of a track whose samples lie from byte `start` of the file on, one after the other.

    Where that is in the file takes eight bytes a chunk if it is `wide`, else four.
    """
    length, begins = track.edit
    flags, group, volume = track.fields
    fields = (0, 0, track.number, length, group, volume, MATRIX)
    return box(
        b"trak",
        timed_box(b"tkhd", "ttI4xt8x2xHH2x36s8x", *fields, length=length, flags=flags),
        box(b"edts", timed_box(b"elst", "IttHH", 1, length, begins, 1, 0, length=length)),
        track.references,
        box(
            b"mdia",
            _media_header(track),
            _language(track),
            _handler(track.kind),
            _information(track, start, wide=wide),
        ),
    )


def _media_header(track: Track) -> bytes:
    letters = iso_639_2(track.language) or UNDETERMINED
    packed = sum(ord(letter) - 0x60 << shift for letter, shift in zip(letters, (10, 5, 0), strict=True))
    length = track.samples.length
    return timed_box(b"mdhd", "ttItH2x", 0, 0, track.rate, length, packed, length=length)


def _language(track: Track) -> bytes:
    return full_box(b"elng", track.language.encode() + b"\0") if track.language else b""


def _handler(kind: bytes) -> bytes:
    return full_box(b"hdlr", bytes(4), kind, bytes(12), b"\0")


def _information(track: Track, start: int, *, wide: bool) -> bytes:
    same_file = full_box(b"url ", flags=SAME_FILE)
    return box(
        b"minf",
        track.header,
        box(b"dinf", full_box(b"dref", struct.pack(">I", 1), same_file)),
        box(
            b"stbl",
            full_box(b"stsd", struct.pack(">I", 1), track.description),
            _times(track.samples),
            _chunks(track.samples),
            _sizes(track.samples),
            _offsets(track.samples, start, wide=wide),
            track.groups,
        ),
    )


def _times(samples: Samples) -> bytes:
    runs = samples.durations
    return full_box(b"stts", struct.pack(">I", len(runs)), *(struct.pack(">II", *run) for run in runs))


def _chunks(samples: Samples) -> bytes:
    """Say that all chunks hold the same number of samples, and the last one the rest."""
    full, rest = divmod(len(samples.sizes), samples.in_chunk)
    runs = [
        (first, count)
        for first, count, there in ((1, samples.in_chunk, full), (full + 1, rest, rest))
        if there
    ]
    return full_box(b"stsc", struct.pack(">I", len(runs)), *(struct.pack(">III", *run, 1) for run in runs))


def _sizes(samples: Samples) -> bytes:
    return full_box(b"stsz", struct.pack(">II", 0, len(samples.sizes)), samples.sizes.astype(">u4").tobytes())


def _offsets(samples: Samples, start: int, *, wide: bool) -> bytes:
    chunks = samples.chunks
    offsets = start + np.cumsum(chunks) - chunks
    kind, code = (b"co64", ">u8") if wide else (b"stco", ">u4")
    return full_box(kind, struct.pack(">I", len(offsets)), offsets.astype(code).tobytes())
