"""Render a part: from its recipe, and the bytes that it names, to PCM.

Every sample is made of the same numbers in the same order, wherever an episode is cut and however much is
rendered around it. So the PCM of the parts is, bit for bit, that of the whole; only where the limiter works
may its last bit differ. What has neither gain nor fade is copied bit for bit.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from dropcast.jobs.part import Bed, Part, Piece
from dropcast.sound.limiter import limit
from dropcast.sound.truepeak import highest_peak
from dropcast.sound.wav import SAMPLE_BYTES, BrokenClip

FULL_SCALE = 32_768
BLOCK = 83 * 576  # samples mixed at a time: two seconds, which stay near the processor
CONTEXT = 576  # samples around what is limited: more than the 200 that the limiter looks at
NEAR = 1 << 18  # bytes between two reads that are sooner read than asked for apart: 3 ms at 100 MB/s

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """Bytes of an object, from `start` up to `end`, that are needed."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A part as s16le mono PCM, with what was asked for around it; the true peak of it and 24 ms around."""

    pcm: bytes
    true_peak: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard of a piece from sample `start` of the part up to `end`; `levels` are those of its bed."""

    piece: Piece
    start: int
    end: int
    levels: tuple[tuple[int, float], ...] = ()


def span(part: Part, lead: int, tail: int) -> tuple[int, int]:
    """Return from where to where a part must be known to render it with so much around it.

    The limiter looks around what belongs to the part, but not around what is only there to feed an encoder:
    so cuts in silence make parts that do not depend on what is said in their neighbours.
    """
    return -max(lead, CONTEXT), part.samples + max(tail, CONTEXT)


def heard(part: Part, start: int, end: int) -> Iterator[Heard]:
    """Yield all that is heard from one sample of a part up to another, beds piece by piece as well."""
    for piece in part.pieces:
        yield from _heard(piece, start, end)
    for bed in part.beds:
        for piece in _repetitions(bed, start, end):
            yield from _heard(piece, start, end, bed.levels)


def reads(part: Part, lead: int, tail: int) -> tuple[Read, ...]:
    """Return what must be read to render a part from `lead` samples before it to `tail` behind it."""
    needed = {_read(each) for each in heard(part, *span(part, lead, tail))}
    merged: list[Read] = []
    for read in sorted(needed, key=lambda read: (read.source, read.start)):
        last = merged[-1] if merged else None
        if last and last.source == read.source and read.start <= last.end + NEAR:
            merged[-1] = Read(last.source, last.start, max(last.end, read.end))
        else:
            merged.append(read)
    return tuple(merged)


def render(part: Part, sounds: Mapping[Read, bytes], lead: int, tail: int) -> Rendered:
    """Render a part from `lead` samples before it to `tail` behind it; `sounds` are its reads for just that.

    Raises BrokenClip if one of them is not as long as it should be.
    """
    sources = _Sources(part, sounds, lead, tail)
    pcm, highest = BytesIO(), 0.0  # whose value, unlike an array's bytes, is no copy
    ceiling = math.inf if part.ceiling is None else part.ceiling * FULL_SCALE
    for start, end in _blocks(part, lead, tail):
        # The grid begins where the part does, whatever is rendered around it, for the limiter's last bit.
        before, block = sources.mixed(start, end)
        peak = highest_peak(block, min(highest, ceiling))
        if peak > ceiling:
            block = limit(block, ceiling, part.sample_rate_hertz)
            peak = highest_peak(block, highest)
        pcm.write(_rounded(block)[before : before + end - start].astype("<i2").data)
        if 0 <= start < part.samples:
            highest = max(highest, peak)
    return Rendered(pcm.getvalue(), highest / FULL_SCALE)


def _blocks(part: Part, lead: int, tail: int) -> Iterator[tuple[int, int]]:
    for first, end in ((-lead, 0), (0, part.samples), (part.samples, part.samples + tail)):
        for start in range(first, end, BLOCK):
            yield start, min(start + BLOCK, end)


class _Sources:
    """The sounds of a part, mixed block by block."""

    def __init__(self, part: Part, sounds: Mapping[Read, bytes], lead: int, tail: int) -> None:
        self._first, self._end = span(part, lead, tail)
        self._heard = tuple(heard(part, self._first, self._end))
        self._sounds = {read: sounds[read] for read in reads(part, lead, tail)}
        for read, sound in self._sounds.items():
            if len(sound) != read.end - read.start:
                size = read.end - read.start
                raise BrokenClip(f"{read.source} has {len(sound)} of {size} bytes from {read.start} on")

    def mixed(self, start: int, end: int) -> tuple[int, Samples]:
        """Return the mix of a block and its context, and how many samples of it stand before the block."""
        first, end = max(start - CONTEXT, self._first), min(end + CONTEXT, self._end)
        mix = np.zeros(end - first, np.float32)
        for each in self._heard:
            if each.start < end and each.end > first:
                here = Heard(each.piece, max(each.start, first), min(each.end, end), each.levels)
                mix[here.start - first : here.end - first] += _shaped(here, self._samples(here))
        return start - first, mix

    def _samples(self, wanted: Heard) -> NDArray[np.int16]:
        needed = _read(wanted)
        for read, sound in self._sounds.items():
            if read.source == needed.source and read.start <= needed.start and needed.end <= read.end:
                count = wanted.end - wanted.start
                return np.frombuffer(sound, "<i2", count, needed.start - read.start)
        raise AssertionError("every piece is within one of the reads")


def _heard(piece: Piece, start: int, end: int, levels: tuple[tuple[int, float], ...] = ()) -> Iterator[Heard]:
    start, end = max(start, piece.start), min(end, piece.start + piece.samples)
    if start < end:
        yield Heard(piece, start, end, levels)


def _repetitions(bed: Bed, start: int, end: int) -> Iterator[Piece]:
    """Yield the repetitions of a bed of which anything may be heard from start up to end."""
    until = min(end, bed.end)
    passed = max(0, start - bed.start) // bed.samples
    for first in range(bed.start + passed * bed.samples, until, bed.samples):
        samples = min(bed.samples, bed.end - first)
        yield Piece(bed.source, bed.offset, bed.clip, 0, samples, first, 0.0, bed.fade, bed.fade)


def _read(wanted: Heard) -> Read:
    piece = wanted.piece
    start, end = (piece.offset + SAMPLE_BYTES * (at - piece.start) for at in (wanted.start, wanted.end))
    return Read(piece.source, start, end)


def _shaped(wanted: Heard, samples: NDArray[np.int16]) -> Samples:
    """Return the samples with gain, fades and levels."""
    piece, sound = wanted.piece, samples.astype(np.float32)
    if piece.gain_db:
        sound *= np.float32(10 ** (piece.gain_db / 20))
    start, end = wanted.start - piece.start, wanted.end - piece.start  # counted in the piece
    if (fading := min(end, piece.fade_in) - start) > 0:
        sound[:fading] *= _ramp(start, start + fading, piece.fade_in)
    if (fading := piece.fade_out - piece.samples + end) > 0:
        fading = min(fading, end - start)
        sound[len(sound) - fading :] *= _ramp(
            piece.samples - end, piece.samples - end + fading, piece.fade_out
        )[::-1]
    if wanted.levels:
        places = [place for place, _ in wanted.levels]
        magnitudes = [10 ** (level_db / 20) for _, level_db in wanted.levels]
        sound *= np.interp(np.arange(wanted.start, wanted.end), places, magnitudes).astype(np.float32)
    return sound


def _ramp(start: int, end: int, length: int) -> Samples:
    """Return samples from start up to end of a straight way up from silence."""
    return ((np.arange(start, end) + 0.5) / length).astype(np.float32)


def _rounded(mix: Samples) -> Samples:
    rounded: Samples = np.rint(mix)
    return np.clip(rounded, -FULL_SCALE, FULL_SCALE - 1, out=rounded)
