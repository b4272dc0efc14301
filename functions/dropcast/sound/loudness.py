"""Loudness by ITU-R BS.1770-4, from energies instead of audio.

Energies of clips add, and a gain multiplies them by its square. So the loudness of an episode follows from
what was measured of its clips, exactly, whatever gaps, trims, overlaps and gains it will have.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dropcast.jobs.measures import Measures
from dropcast.sound.kweighting import ENERGIES_PER_SECOND, power_response

FULL_SCALE = 32_768
HOPS_AT_ONCE = 16  # 40,000 samples, which stay near the processor
HOPS_PER_SECOND = 10
BLOCK_HOPS = 4  # blocks of 400 ms, a new one every 100 ms
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU
OFFSET = -0.691  # makes 997 Hz come out at its level: a full-scale sine at -3.01 LUFS

# Energies are stored as decibels, in 16 bits: 1 is -150 dB, 0 nothing. A step is 1/256 dB.
STORED = "<u2"
SOFTEST_STORED, STEPS_PER_DECIBEL = -150.0, 256


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud something is, in LUFS, and how many seconds of it were loud enough to count."""

    lufs: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Hops:
    """The mean squares, after K-weighting, of some of the 100 ms of an episode, from its hop `first` on."""

    first: int
    energies: NDArray[np.float32]


def stored_energies(energies: NDArray[np.floating]) -> bytes:
    """Return mean squares as they are stored, in two bytes each."""
    with np.errstate(divide="ignore"):
        steps = (10 * np.log10(energies) - SOFTEST_STORED) * STEPS_PER_DECIBEL + 1
    stored: bytes = np.clip(np.rint(steps), 0, 0xFFFF).astype(STORED).tobytes()
    return stored


def energies_of(measures: Measures) -> NDArray[np.float32]:
    """Return the K-weighted mean square of each 10 ms of a clip."""
    energies: NDArray[np.float32] = _energy_of_step()[np.frombuffer(measures.energy_bytes, STORED)]
    return energies


@lru_cache(maxsize=1)
def _energy_of_step() -> NDArray[np.float32]:
    decibels = SOFTEST_STORED + np.arange(-1, 0xFFFF) / STEPS_PER_DECIBEL
    energies = (10 ** (decibels / 10)).astype(np.float32)
    energies[0] = 0
    return energies


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


def measured_loudness(parts: Iterable[NDArray[np.floating]]) -> float:
    """Return the loudness, in LUFS, of a programme from `hops_of` its parts, in order.

    A part's last hop is filled up with silence, so that what follows counts as up to 100 ms later: once in
    some minutes, and where nobody speaks.
    """
    return integrated_loudness(np.concatenate([np.zeros(0), *parts]))


def hops_of(pcm: bytes | memoryview, sample_rate_hertz: int) -> bytes:
    """Return the mean square, after K-weighting, of each 100 ms of s16le PCM, as little-endian float32.

    In a quarter of the time that it takes exactly: each 100 ms is weighted on its own, as if it went on in
    circles (Parseval's theorem). One may be a decibel off for that, a programme a thousandth.
    """
    size = sample_rate_hertz // HOPS_PER_SECOND
    samples = np.frombuffer(pcm, "<i2")
    hops = np.empty(-(-len(samples) // size), "<f4")
    power = power_response(size, sample_rate_hertz)
    for first in range(0, len(hops), HOPS_AT_ONCE):
        rows = np.zeros((min(HOPS_AT_ONCE, len(hops) - first), size), np.float32)
        heard = samples[first * size :][: rows.size]
        rows.reshape(-1)[: len(heard)] = heard
        spectra = np.fft.rfft(rows / np.float32(FULL_SCALE))
        hops[first : first + len(rows)] = (np.square(spectra.real) + np.square(spectra.imag)) @ power
    return hops.tobytes()


def heard_hops(measures: Measures, first: int, samples: int, start: int, sample_rate_hertz: int) -> Hops:
    """Return what a clip adds to an episode, when its samples from `first` on are heard from `start` on.

    Energies of 10 ms that lie across the episode's hops are shared out.
    """
    hop = sample_rate_hertz / HOPS_PER_SECOND
    first_hop, end = int(start / hop), start + samples
    edges = np.arange(first_hop, math.ceil(end / hop) + 1) * hop
    until = energy_until(measures, np.clip(edges, start, end) - start + first, sample_rate_hertz)
    return Hops(first_hop, np.diff(until).astype(np.float32))


def energy_until(
    measures: Measures, samples: NDArray[np.float64], sample_rate_hertz: int
) -> NDArray[np.float64]:
    """Return the energy of a clip's first so many samples, in units of a hop of mean square one."""
    summed = np.concatenate([[0.0], np.cumsum(energies_of(measures), dtype=np.float64)])
    at = samples * (ENERGIES_PER_SECOND / sample_rate_hertz)
    until: NDArray[np.float64] = np.interp(at, np.arange(len(summed)), summed)
    return until * (HOPS_PER_SECOND / ENERGIES_PER_SECOND)


def clip_lufs(measures: Measures, first: int, samples: int, sample_rate_hertz: int) -> float:
    """Return how loud a clip was spoken, of which so many samples are heard; -inf for silence.

    Of what is shorter than a block of 400 ms, which the recommendation does not measure: its mean square.
    """
    energies = heard_hops(measures, first, samples, 0, sample_rate_hertz).energies
    whole_hops = samples * HOPS_PER_SECOND // sample_rate_hertz
    if whole_hops >= BLOCK_HOPS:
        return integrated_loudness(energies[:whole_hops])
    energy = float(energies.sum()) * sample_rate_hertz / HOPS_PER_SECOND
    return OFFSET + 10 * math.log10(energy / samples) if energy else -math.inf


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))
