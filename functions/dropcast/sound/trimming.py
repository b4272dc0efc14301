"""Where in a clip the speech begins and ends, found by level so that no speech is ever cut.

Speech services answer with silence at both ends, most of a second at the end (sound.md, section 5). It is
digital silence, or the faint noise of a model, far below the speech. Levels are therefore judged by the
clip's own: what is loud enough begins the speech, and what is joined to it belongs to it, however soft,
down to a level at which nobody hears it beside the rest. Silence inside is never looked at.
"""

import numpy as np
from numpy.typing import NDArray

BLOCKS_PER_SECOND = 200  # of 5 ms
SLICE = 6000  # blocks looked at in one go: 30 s
KEPT_BEFORE, KEPT_AFTER = 0.010, 0.040  # seconds
# Decibels below the loudest 5 ms. The loudest of neural speech is near -10 dBFS.
SOFTEST, NOISIEST = -60.0, -50.0  # where speech ends: as the clip's own noise allows, between these
ABOVE_NOISE = 6.0
LOUDER = 10.0  # what begins speech is so much above where it ends: a breath, a burst, a fricative on its own
DITHER = 1 / 32_768  # RMS that no speech falls below: the last of 16 bits, twice what dither has
NOISE_SECONDS = 0.1  # the quietest such stretch is the noise
SMALLEST_SHARE = 0.1  # of the clip: what is less is not what was to be spoken


def speech_bounds(samples: NDArray[np.floating], sample_rate_hertz: int) -> tuple[int, int]:
    """Return the first sample to be heard and the one behind the last; the whole clip where in doubt."""
    levels = _levels(samples, sample_rate_hertz)
    found = _speech_blocks(levels)
    if found is None:
        return 0, len(samples)
    first, end = (int(block * sample_rate_hertz / BLOCKS_PER_SECOND) for block in found)
    if end - first < SMALLEST_SHARE * len(samples):
        return 0, len(samples)
    before, after = (round(kept * sample_rate_hertz) for kept in (KEPT_BEFORE, KEPT_AFTER))
    return max(0, first - before), min(len(samples), end + after)


def _levels(samples: NDArray[np.floating], sample_rate_hertz: int) -> NDArray[np.float64]:
    """Return the mean square of each 5 ms, the last one as long as it is."""
    if not len(samples):
        return np.zeros(0)
    count = max(1, len(samples) * BLOCKS_PER_SECOND // sample_rate_hertz)
    edges = np.append(np.arange(count) * sample_rate_hertz // BLOCKS_PER_SECOND, len(samples))
    sums = np.empty(count)
    for first in range(0, count, SLICE):
        here = edges[first : first + SLICE + 1]
        squares = np.square(samples[here[0] : here[-1]], dtype=np.float64)
        sums[first : first + SLICE] = np.add.reduceat(squares, here[:-1] - here[0])
    return sums / np.diff(edges)


def _speech_blocks(levels: NDArray[np.float64]) -> tuple[int, int] | None:
    if not len(levels):
        return None
    ends = max(_where_speech_ends(levels), DITHER**2)
    begun = np.flatnonzero(levels > ends * _power(LOUDER))
    if not len(begun):
        return None
    silent = np.flatnonzero(levels <= ends)
    before, after = silent[silent < begun[0]], silent[silent > begun[-1]]
    return int(before[-1]) + 1 if len(before) else 0, int(after[0]) if len(after) else len(levels)


def _where_speech_ends(levels: NDArray[np.float64]) -> float:
    loudest = float(levels.max())
    width = min(len(levels), round(NOISE_SECONDS * BLOCKS_PER_SECOND))
    noise = float(np.convolve(levels, np.full(width, 1 / width), "valid").min())
    return min(max(noise * _power(ABOVE_NOISE), loudest * _power(SOFTEST)), loudest * _power(NOISIEST))


def _power(decibels: float) -> float:
    return float(10 ** (decibels / 10))
