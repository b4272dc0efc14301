"""Where a voice speaks and where it pauses, found in what was measured of its clip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.jobs.measures import Measures
from dropcast.sound.kweighting import ENERGIES_PER_SECOND
from dropcast.sound.loudness import energies_of

SHORTEST = 0.08  # seconds; the closure of a stop, as in "upper", is silent for less
LOUD_SHARE = 0.95  # what the loudest twentieth exceeds is how loud the voice is
QUIET = 10**-3.0  # of that: 30 dB below it
BREATH = 10**-2.0  # what stays below this from one silence to the next is breath, and no word


@dataclass(frozen=True, slots=True)
class Pause:
    """Samples of a clip, from `start` up to `end`, in which nothing is said."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Speech:
    """The samples of a clip in which somebody speaks, and those among them where nobody does, in order."""

    start: int
    end: int
    pauses: tuple[Pause, ...]
    sample_rate_hertz: int

    def samples(self, seconds: float) -> int:
        return round(seconds * self.sample_rate_hertz)


def speech_of(measures: Measures, sample_rate_hertz: int) -> Speech:
    """Return where in a clip is spoken: the whole clip where the measures say nothing sensible."""
    start, end = measures.speech_start, measures.speech_end
    if not 0 <= start < end <= measures.samples:
        start, end = 0, measures.samples
    step = sample_rate_hertz / ENERGIES_PER_SECOND
    first = int(start / step)
    inside = [
        Pause(round((first + since) * step), round((first + until) * step))
        for since, until in _silences(energies_of(measures)[first : round(end / step)])
    ]
    # What is kept behind the last sound so that none is cut off is no speech: no word starts there.
    if inside and start < inside[-1].start and end - inside[-1].end < step:
        end = inside.pop().start
    pauses = tuple(pause for pause in inside if start < pause.start and pause.end < end)
    return Speech(start, end, pauses, sample_rate_hertz)


def _silences(energies: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return from which up to which energy nothing is said; breath between two silences is part of one."""
    if not len(energies):
        return []
    loud = float(np.quantile(energies, LOUD_SHARE))
    found: list[tuple[int, int]] = []
    for start, end in _quiet(energies < loud * QUIET):
        goes_on = found and (energies[found[-1][1] : start] < loud * BREATH).all()
        found.append((found.pop()[0] if goes_on else start, end))
    return found


def _quiet(is_quiet: NDArray[np.bool_]) -> list[tuple[int, int]]:
    padded = np.concatenate([[False], is_quiet, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded)).tolist()
    shortest = round(SHORTEST * ENERGIES_PER_SECOND)
    return [
        (start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= shortest
    ]
