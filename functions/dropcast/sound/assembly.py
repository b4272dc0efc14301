"""An input of a batch as one sound: its clips one after the other, and silence of known length around them.

Nothing is mixed and no gain applied. Where an engine's own silence is cut off, 5 ms of fade keep the cut from
being heard; all else is the clips' own samples, bit for bit.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dropcast.jobs.batch.plan import Piece
from dropcast.jobs.measures import Measures
from dropcast.sound.counted import exactly
from dropcast.sound.wav import SAMPLE_BYTES, BrokenClip

FADE_MS = 5
BLOCK = 1 << 16  # samples at a time, at most

Read = Callable[[int, int, int], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Laid:
    """What is heard of a clip: `samples` from its `first` on, at `start` of the whole; fades in samples."""

    clip: int
    first: int
    samples: int
    start: int
    fade_in: int
    fade_out: int

    @property
    def end(self) -> int:
        return self.start + self.samples


@dataclass(frozen=True, slots=True)
class Assembly:
    """Clips in the order in which they are heard, none over another, in `samples` samples of sound."""

    laid: tuple[Laid, ...]
    samples: int


def assemble(
    pieces: Sequence[Piece], measures: Sequence[Measures], rest_after_ms: int, sample_rate_hertz: int
) -> Assembly:
    """Lay the clips of an input, of which each piece has one. Raises ValueError if one is missing."""
    laid: list[Laid] = []
    end = 0
    for clip, (piece, measured) in enumerate(zip(pieces, measures, strict=True)):
        start = end + _samples(piece.rest_before_ms, sample_rate_hertz)
        laid.append(_laid(clip, piece, measured, start, sample_rate_hertz))
        end = laid[-1].end
    return Assembly(tuple(laid), end + _samples(rest_after_ms, sample_rate_hertz))


def assembled_pcm(assembly: Assembly, read: Read) -> Iterator[bytes]:
    """Yield the sound as s16le PCM, exactly as long as it is laid, in constant memory.

    `read(clip, first, samples)` yields samples of a clip. Raises BrokenClip if they are not so many.
    """
    end = 0
    for laid in assembly.laid:
        yield from _silence(laid.start - end)
        clip = exactly(read(laid.clip, laid.first, laid.samples), laid.samples * SAMPLE_BYTES, BrokenClip)
        yield from _faded(_blocks(clip), laid)
        end = laid.end
    yield from _silence(assembly.samples - end)


def _laid(clip: int, piece: Piece, measured: Measures, start: int, rate: int) -> Laid:
    first = measured.speech_start if piece.trim_start else 0
    end = measured.speech_end if piece.trim_end else measured.samples
    fade = min(_samples(FADE_MS, rate), (end - first) // 2)
    return Laid(
        clip=clip,
        first=first,
        samples=end - first,
        start=start,
        fade_in=fade if piece.trim_start else 0,
        fade_out=fade if piece.trim_end else 0,
    )


def _samples(milliseconds: int, rate: int) -> int:
    return milliseconds * rate // 1000


def _silence(samples: int) -> Iterator[bytes]:
    for at in range(0, samples, BLOCK):
        yield bytes(SAMPLE_BYTES * min(BLOCK, samples - at))


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in blocks of whole samples, however they come."""
    size = BLOCK * SAMPLE_BYTES
    held = b""
    for chunk in chunks:
        held = held + chunk if held else chunk
        whole = len(held) - len(held) % size
        for at in range(0, whole, size):
            yield held[at : at + size]
        held = held[whole:]
    if held:
        yield held


def _faded(blocks: Iterable[bytes], laid: Laid) -> Iterator[bytes]:
    start = 0
    for block in blocks:
        end = start + len(block) // SAMPLE_BYTES
        if start < laid.fade_in or end > laid.samples - laid.fade_out:
            yield _shaped(block, start, laid)
        else:
            yield block
        start = end


def _shaped(block: bytes, start: int, laid: Laid) -> bytes:
    """Return samples of a clip, from one on, on a straight way up from silence, and down to it."""
    sound = np.frombuffer(block, "<i2")
    places = np.arange(start, start + len(sound)) + 0.5  # as sound/rendering.py fades
    gains = np.ones(len(sound))
    if laid.fade_in:
        gains = np.minimum(gains, places / laid.fade_in)
    if laid.fade_out:
        gains = np.minimum(gains, (laid.samples - places) / laid.fade_out)
    return np.rint(sound * gains).astype("<i2").tobytes()
