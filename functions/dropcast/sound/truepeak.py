"""True peak: how far the sound goes between its samples, at four times their rate (ITU-R BS.1770-4, annex 2).

The recommendation's own filter of 48 coefficients is one that will do. This one is longer and sharper, and
it keeps the samples themselves, so that a true peak is never below the sample peak.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

OVERSAMPLING = 4
REACH = 32  # samples to either side that a value between two samples is made of
SHARPNESS = 8.0  # of the Kaiser window: -80 dB
SLICE, CONTEXT = 1 << 18, 2 * REACH  # samples looked at in one go, and what is around them
BATCH = 28  # blocks multiplied at once: for more OpenBLAS wakes all processors, which takes ten times as long


def sample_peak(samples: NDArray[np.floating]) -> float:
    """Return the largest magnitude of a sample."""
    return float(max(samples.max(), -samples.min())) if len(samples) else 0.0


def true_peak(samples: NDArray[np.floating]) -> float:
    """Return the largest magnitude at or between samples, of full scale."""
    highest = sample_peak(samples)
    for start in range(0, len(samples), SLICE):
        before = min(start, CONTEXT)
        around = peaks(samples[start - before : start + SLICE + CONTEXT], highest)
        highest = max(highest, float(around[before : before + SLICE].max()))
    return highest


def highest_peak(samples: NDArray[np.floating], interest: float) -> float:
    """Return the largest magnitude at or between samples; only one above `interest` is exact."""
    padded, magnitudes = _in_blocks(samples)
    chosen = _large_enough(magnitudes, interest)
    between = float(_between(padded, chosen).max()) if len(chosen) else 0.0
    return max(sample_peak(samples), between)


def peaks(samples: NDArray[np.floating], interest: float) -> NDArray[np.float32]:
    """Return for each sample the largest magnitude from the sample before it to the one after it.

    It is exact wherever it exceeds `interest`, and elsewhere not above it: nothing is computed where the
    samples are too small for it. Before the first sample and after the last there is silence.
    """
    padded, magnitudes = _in_blocks(samples)
    between = np.zeros_like(padded)
    chosen = _large_enough(magnitudes, interest)
    between[chosen] = _between(padded, chosen)
    after = between.reshape(-1)
    found: NDArray[np.float32] = np.maximum(magnitudes.reshape(-1), np.maximum(after, np.roll(after, 1)))
    return found[2 * REACH : 2 * REACH + len(samples)]


def _in_blocks(samples: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return samples as blocks, with two of silence before and at least one behind; and their magnitudes."""
    padded = np.zeros((-(-len(samples) // REACH) + 4, REACH), np.float32)
    padded.reshape(-1)[2 * REACH : 2 * REACH + len(samples)] = samples
    return padded, np.abs(padded)


def _large_enough(magnitudes: NDArray[np.float32], interest: float) -> NDArray[np.intp]:
    """Return the blocks in which something between the samples may exceed what is of interest."""
    # A row's maximum, three times as fast as max(axis=1) finds it.
    loudest = np.maximum.reduceat(magnitudes.reshape(-1), np.arange(0, magnitudes.size, REACH))
    nearby = np.maximum(np.maximum(loudest[:-2], loudest[1:-1]), loudest[2:])
    chosen = np.flatnonzero(nearby * _interpolation()[1] > interest) + 1
    return np.resize(chosen, -(-len(chosen) // BATCH) * BATCH)  # some twice, so that batches are full


def _between(padded: NDArray[np.float32], chosen: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the largest magnitude between each sample of the chosen blocks and the next sample."""
    around = np.concatenate([padded[chosen - 1], padded[chosen], padded[chosen + 1]], axis=1)
    values = around.reshape(-1, BATCH, 3 * REACH) @ _interpolation()[0]
    found: NDArray[np.float32] = np.abs(values).reshape(-1, OVERSAMPLING - 1, REACH).max(axis=1)
    return found


@lru_cache(maxsize=1)
def _interpolation() -> tuple[NDArray[np.float32], float]:
    """Return the matrix from three blocks of samples to the values between those of the second, and the
    most that it makes of samples of magnitude one."""
    at = np.arange(3 * REACH)[:, None, None]
    after = np.arange(1, OVERSAMPLING)[None, :, None] / OVERSAMPLING
    distance = at - (REACH + np.arange(REACH)[None, None, :] + after)
    inside = np.clip(1 - (distance / REACH) ** 2, 0, None)
    window = np.where(inside > 0, np.i0(SHARPNESS * np.sqrt(inside)) / np.i0(SHARPNESS), 0)
    weights = np.sinc(distance) * window
    weights /= weights.sum(axis=0)  # a constant stays what it is
    matrix = weights.reshape(3 * REACH, -1).astype(np.float32)
    return matrix, float(np.abs(matrix).sum(axis=0).max())
