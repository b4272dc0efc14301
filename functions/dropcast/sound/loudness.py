"""Loudness by ITU-R BS.1770-4, from energies instead of audio.

Energies of clips add, and a gain multiplies them by its square. So the loudness of an episode follows from
what was measured of its clips, exactly, whatever gaps, trims, overlaps and gains it will have.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.sound.kweighting import ENERGIES_PER_SECOND
from dropcast.sound.measures import Measures

HOPS_PER_SECOND = 10
BLOCK_HOPS = 4  # blocks of 400 ms, a new one every 100 ms
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU
OFFSET = -0.691  # makes 997 Hz come out at its level: a full-scale sine at -3.01 LUFS


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip in an episode: what is to be heard of it begins at sample `start`, times `gain`."""

    measures: Measures
    start: int
    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud something is, in LUFS, and how many seconds of it were loud enough to count."""

    lufs: float
    seconds: float


def integrated_loudness(hop_energies: NDArray[np.floating]) -> float:
    """Return the gated loudness, in LUFS, of K-weighted mean squares of 100 ms; -inf where nothing counts."""
    return gated(hop_energies).lufs


def gated(hop_energies: NDArray[np.floating]) -> Loudness:
    """Return the loudness, and how much it rests on."""
    if len(hop_energies) < BLOCK_HOPS:
        return Loudness(-math.inf, 0.0)
    blocks = np.lib.stride_tricks.sliding_window_view(hop_energies, BLOCK_HOPS).mean(axis=1, dtype=np.float64)
    loud = blocks[blocks > _energy(ABSOLUTE_GATE)]
    if len(loud):
        loud = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)]
    if not len(loud):
        return Loudness(-math.inf, 0.0)
    return Loudness(OFFSET + 10 * math.log10(loud.mean()), len(loud) / HOPS_PER_SECOND)


def episode_energies(clips: Iterable[Heard], samples: int, sample_rate_hertz: int) -> NDArray[np.float64]:
    """Return the mean square of each whole 100 ms of an episode of so many samples.

    Energies of 10 ms that lie across the episode's grid are shared out. Clips that overlap are taken for
    unrelated, as two voices are.
    """
    hop = sample_rate_hertz / HOPS_PER_SECOND
    energies = np.zeros(int(samples / hop))
    for clip in clips:
        end = clip.start + clip.measures.heard
        first, last = int(clip.start / hop), min(len(energies), math.ceil(end / hop))
        if first < last:
            edges = np.clip(np.arange(first, last + 1) * hop, clip.start, end) - clip.start
            energies[first:last] += clip.gain**2 * np.diff(
                _energy_until(clip.measures, edges, sample_rate_hertz)
            )
    return energies


def programme_loudness(clips: Iterable[Heard], samples: int, sample_rate_hertz: int) -> float:
    """Return the loudness, in LUFS, of an episode of so many samples."""
    return integrated_loudness(episode_energies(clips, samples, sample_rate_hertz))


def speech_loudness(clips: Iterable[Measures], sample_rate_hertz: int) -> Loudness:
    """Return the loudness of what is heard of all these clips, one straight after the other.

    Without the gaps between them, so that it is the same wherever the clips will be, and somebody who says
    little at a time is not taken for a quiet speaker.
    """
    placed, end = [], 0
    for measures in clips:
        placed.append(Heard(measures, end))
        end += measures.heard
    return gated(episode_energies(placed, end, sample_rate_hertz))


def _energy_until(
    measures: Measures, heard: NDArray[np.float64], sample_rate_hertz: int
) -> NDArray[np.float64]:
    """Return the energy of the first so many samples that are heard, in units of a hop of mean square one."""
    summed = np.concatenate([[0.0], np.cumsum(measures.energies, dtype=np.float64)])
    at = (heard + measures.speech_start) * (ENERGIES_PER_SECOND / sample_rate_hertz)
    until: NDArray[np.float64] = np.interp(at, np.arange(len(summed)), summed)
    return until * (HOPS_PER_SECOND / ENERGIES_PER_SECOND)


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))
