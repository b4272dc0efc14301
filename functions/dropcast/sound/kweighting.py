"""K-weighted energies: how much of each 10 ms of a clip counts towards its loudness (ITU-R BS.1770-4).

The recommendation gives its two filters, a shelf for the head and a high-pass, for 48 kHz alone. Here they
are designed for the clip's own rate, by the bilinear transform of the analogue filters that they were made
from (B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 145, 2018).
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

ENERGIES_PER_SECOND = 100
RINGING = 0.06  # seconds after which nothing before is heard in the filters: -100 dB
SHORTEST_TRANSFORM = 0.25  # seconds: the ringing is thrown away, so it should be little of it
BATCH = (
    4  # transforms at once, twice as fast as one by one; more fetch fresh memory each time, which is slower
)

SHELF_HERTZ, SHELF_QUALITY = 1681.974450955533, 0.7071752369554196
SHELF_GAIN = 10 ** (3.999843853973347 / 20)
SHELF_MIDDLE = SHELF_GAIN**0.4996667741545416
HIGH_PASS_HERTZ, HIGH_PASS_QUALITY = 38.13547087602444, 0.5003270373238773


def k_weighted_energies(
    samples: NDArray[np.floating], sample_rate_hertz: int, per_second: int = ENERGIES_PER_SECOND
) -> NDArray[np.float32]:
    """Return the mean square of each 10 ms after K-weighting, or of as many a second as asked for.

    The last one is filled up with silence. By FFT, for numpy has no recursive filter, in 32 bits: exact to
    0.001 dB wherever anything is heard, and in the same little memory however long the sound is.
    """
    sums = np.zeros(-(-len(samples) * per_second // sample_rate_hertz), np.float32)
    edges = np.arange(len(sums)) * sample_rate_hertz // per_second
    start = 0
    for weighted in _k_weighted(samples, sample_rate_hertz):
        end = start + len(weighted)
        here = slice(np.searchsorted(edges, start, "right") - 1, np.searchsorted(edges, end))
        starts = np.maximum(edges[here] - start, 0)
        sums[here] += np.add.reduceat(np.square(weighted, out=weighted), starts)
        start = end
    return sums * np.float32(per_second / sample_rate_hertz)


def _k_weighted(samples: NDArray[np.floating], sample_rate_hertz: int) -> Iterator[NDArray[np.float32]]:
    """Yield the samples after both filters, some seconds at a time, in memory that is used again."""
    response, size = _response(sample_rate_hertz)
    ringing = math.ceil(RINGING * sample_rate_hertz)
    step = size - ringing
    padded = np.zeros(ringing + BATCH * step, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    spectra = np.empty((BATCH, size // 2 + 1), np.complex64)
    weighted = np.empty((BATCH, size), np.float32)
    for start in range(0, len(samples), BATCH * step):
        new = samples[start : start + BATCH * step]
        padded[:ringing] = padded[-ringing:]
        padded[ringing : ringing + len(new)] = new
        padded[ringing + len(new) :] = 0
        blocks = slice(-(-len(new) // step))
        # numpy's types know `out` in 64 bits alone; its transforms work in the bits that they are given.
        np.fft.rfft(windows[blocks], out=spectra[blocks])  # type: ignore[arg-type]
        spectra[blocks] *= response
        np.fft.irfft(spectra[blocks], size, out=weighted[blocks])  # type: ignore[arg-type]
        heard: NDArray[np.float32] = weighted[blocks, ringing:].reshape(-1)[: len(new)]
        yield heard


@lru_cache(maxsize=8)
def _response(sample_rate_hertz: int) -> tuple[NDArray[np.complex64], int]:
    """Return what both filters do to each frequency of a transform, and the size of that transform."""
    size = 1 << math.ceil(math.log2(SHORTEST_TRANSFORM * sample_rate_hertz))
    return _response_of(size, sample_rate_hertz).astype(np.complex64), size


@lru_cache(maxsize=8)
def power_response(size: int, sample_rate_hertz: int) -> NDArray[np.float32]:
    """Return what each frequency of a transform of so many samples adds to their K-weighted mean square."""
    power = np.abs(_response_of(size, sample_rate_hertz)) ** 2 / size**2
    power[1 : (size + 1) // 2] *= 2  # the negative frequencies, which a transform of real numbers leaves out
    return power.astype(np.float32)


def _response_of(size: int, sample_rate_hertz: int) -> NDArray[np.complex128]:
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)  # z^-1
    response: NDArray[np.complex128] = np.ones_like(delay)
    for forward, back in (_shelf(sample_rate_hertz), _high_pass(sample_rate_hertz)):
        response *= np.polyval(forward[::-1], delay) / np.polyval(back[::-1], delay)
    return response


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
