"""A limiter that looks ahead, inside one piece of sound, so that pieces can be rendered in any order.

A gain that is one, but dips smoothly around whatever would exceed the ceiling: the least gain that is needed
within reach, then the average of that over the same reach. As the average only sees what is low enough for
the sample in its middle, it is low enough itself.
"""

import numpy as np
from numpy.typing import NDArray

from dropcast.sound.truepeak import REACH, peaks

WINDOW = 0.005  # seconds over which the gain goes down, and up again


def limit(samples: NDArray[np.float32], ceiling: float, sample_rate_hertz: int) -> NDArray[np.float32]:
    """Return the samples so that their true peak is at most the ceiling (a magnitude), or 0.05 dB more.

    What is further than a few milliseconds from anything too high is the same to the last bit.
    """
    found = peaks(samples, ceiling)
    if not len(found) or found.max() <= ceiling:
        return samples
    return samples * _gain(found, ceiling, sample_rate_hertz)


def _gain(found: NDArray[np.float32], ceiling: float, sample_rate_hertz: int) -> NDArray[np.float32]:
    """Return the gain for each sample, of which `found` says how far it goes around it."""
    half = max(1, round(WINDOW / 4 * sample_rate_hertz))
    missing = 1 - ceiling / np.maximum(found.astype(np.float64), ceiling)
    # Wider by the samples that a peak is made of, so that the gain stands still there.
    most = _most_around(missing, 2 * half + REACH // 2)
    smooth = _average_around(_average_around(most, half), half)
    return (1 - smooth).astype(np.float32)  # of 24 bits, which the sums' rounding does not reach


def _most_around(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Return for each value the largest of those at most `reach` places away."""
    width, have = 2 * reach + 1, 1
    most = np.pad(values, reach)
    while have < width:  # twice as wide each time: few steps for any width
        step = min(have, width - have)
        most = np.maximum(most[:-step], most[step:])
        have += step
    return most


def _average_around(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Return for each value the average of those at most `reach` places away; the ends go on for ever."""
    summed = np.cumsum(np.pad(values, (reach + 1, reach), mode="edge"))
    return (summed[2 * reach + 1 :] - summed[: -2 * reach - 1]) / (2 * reach + 1)
