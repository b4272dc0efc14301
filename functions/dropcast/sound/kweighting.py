"""K-weighted energies: how much of each 10 ms of a clip counts towards its loudness (ITU-R BS.1770-4).

The recommendation gives its two filters, a shelf for the head and a high-pass, for 48 kHz alone. Here they
are designed for the clip's own rate, by the bilinear transform of the analogue filters that they were made
from (B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 145, 2018).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

ENERGIES_PER_SECOND = 100
RINGING = 0.1  # seconds after which nothing before is heard in the filters: -180 dB
SHORTEST_TRANSFORM = 0.5  # seconds: the ringing is thrown away, so it should be little of it

SHELF_HERTZ, SHELF_QUALITY = 1681.974450955533, 0.7071752369554196
SHELF_GAIN = 10 ** (3.999843853973347 / 20)
SHELF_MIDDLE = SHELF_GAIN**0.4996667741545416
HIGH_PASS_HERTZ, HIGH_PASS_QUALITY = 38.13547087602444, 0.5003270373238773


def k_weighted_energies(samples: NDArray[np.floating], sample_rate_hertz: int) -> NDArray[np.float64]:
    """Return the mean square of each 10 ms after K-weighting; the last one is filled up with silence.

    By FFT, block by block, exact to 1e-8 of the loudest: numpy has no recursive filter.
    """
    weighted = _k_weighted(samples, sample_rate_hertz)
    count = -(-len(samples) * ENERGIES_PER_SECOND // sample_rate_hertz)
    starts = np.arange(count) * sample_rate_hertz // ENERGIES_PER_SECOND
    if not count:
        return np.zeros(0)
    sums: NDArray[np.float64] = np.add.reduceat(weighted * weighted, starts)
    return sums * (ENERGIES_PER_SECOND / sample_rate_hertz)


def _k_weighted(samples: NDArray[np.floating], sample_rate_hertz: int) -> NDArray[np.float64]:
    response, size = _response(sample_rate_hertz)
    ringing = math.ceil(RINGING * sample_rate_hertz)
    step = size - ringing
    blocks = -(-len(samples) // step)
    padded = np.zeros(ringing + blocks * step)
    padded[ringing : ringing + len(samples)] = samples
    weighted = np.empty((blocks, step))
    for block in range(blocks):
        spectrum = np.fft.rfft(padded[block * step : block * step + size])
        weighted[block] = np.fft.irfft(spectrum * response, size)[ringing:]
    return weighted.reshape(-1)[: len(samples)]


@lru_cache(maxsize=8)
def _response(sample_rate_hertz: int) -> tuple[NDArray[np.complex128], int]:
    """Return what both filters do to each frequency of a transform, and the size of that transform."""
    size = 1 << math.ceil(math.log2(SHORTEST_TRANSFORM * sample_rate_hertz))
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)  # z^-1
    response = np.ones_like(delay)
    for forward, back in (_shelf(sample_rate_hertz), _high_pass(sample_rate_hertz)):
        response *= np.polyval(forward[::-1], delay) / np.polyval(back[::-1], delay)
    return response, size


def _shelf(sample_rate_hertz: int) -> tuple[list[float], list[float]]:
    warped = math.tan(math.pi * SHELF_HERTZ / sample_rate_hertz)
    square, damping = warped * warped, warped / SHELF_QUALITY
    bend = SHELF_MIDDLE * damping
    forward = [SHELF_GAIN + bend + square, 2 * (square - SHELF_GAIN), SHELF_GAIN - bend + square]
    return _divided(forward, square, damping)


def _high_pass(sample_rate_hertz: int) -> tuple[list[float], list[float]]:
    warped = math.tan(math.pi * HIGH_PASS_HERTZ / sample_rate_hertz)
    square, damping = warped * warped, warped / HIGH_PASS_QUALITY
    # The recommendation's numerator is 1, -2, 1 as it stands: not divided as the denominator is.
    return [1.0, -2.0, 1.0], _divided([], square, damping)[1]


def _divided(forward: list[float], square: float, damping: float) -> tuple[list[float], list[float]]:
    first = 1 + damping + square
    back = [1.0, 2 * (square - 1) / first, (1 - damping + square) / first]
    return [value / first for value in forward], back
