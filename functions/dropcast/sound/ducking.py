"""How loud music is under speech: it makes way before somebody speaks and comes back when they have done."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]  # places in samples, and the magnitudes there

# Seconds. An editor that must listen takes half a second for either ramp (Audacity's Auto Duck, by default).
# Music that knows when somebody will speak can make way faster; it returns more slowly, to be noticed less.
MAKES_WAY, RETURNS = 0.3, 0.8
STAYS_DOWN = 1.5  # through pauses up to this long; never less than both ramps, so that they do not cross

SILENCE_DB = -120.0  # far below half a step of 16-bit samples (-96 dB): nothing is heard of it


def bed_levels(
    spoken: Sequence[tuple[int, int]],
    start: int,
    end: int,
    gain_db: float,
    duck_db: float,
    fade_in: int,
    fade_out: int,
    sample_rate_hertz: int,
) -> tuple[tuple[int, float], ...]:
    """Return the gains, in dB at some samples, of music from `start` to `end` under what is spoken.

    It is never above `gain_db`, and `duck_db` (negative) below that wherever somebody speaks: `spoken` are
    starts and ends in samples, by rising starts. With 20 dB or more between speech and music those who hear
    badly can tell them apart (WCAG 2.2, 1.4.7). Fades are in samples. Between two places the magnitude goes
    in a straight line.
    """
    curves = (_ducked(spoken, duck_db, sample_rate_hertz), _faded(start, end, fade_in, fade_out))
    places = np.unique(np.concatenate([places for places, _ in curves]).clip(start, end)).astype(int)
    magnitude = np.prod([np.interp(places, *curve) for curve in curves], axis=0) * _magnitude(gain_db)
    levels = 20 * np.log10(np.maximum(magnitude, _magnitude(SILENCE_DB)))
    # Rounded, so that the same music under the same words is the same recipe whatever computes the logarithm.
    return tuple(zip(places.tolist(), levels.round(4).tolist(), strict=True))


def _ducked(spoken: Sequence[tuple[int, int]], duck_db: float, rate: int) -> Curve:
    """Return the curve that is down while somebody speaks, with a ramp before and one after."""
    if not spoken:
        return np.zeros(1), np.ones(1)
    starts, ends = np.array(_talks(spoken, round(STAYS_DOWN * rate)), dtype=np.float64).T
    places = np.stack([starts - round(MAKES_WAY * rate), starts, ends, ends + round(RETURNS * rate)], axis=1)
    down = _magnitude(duck_db)
    return places.ravel(), np.tile([1.0, down, down, 1.0], len(starts))


def _talks(spoken: Sequence[tuple[int, int]], pause: int) -> list[tuple[int, int]]:
    """Return what is spoken, as one where there is no more than a pause between."""
    talks: list[tuple[int, int]] = []
    for start, end in spoken:
        if talks and start - talks[-1][1] <= pause:
            talks[-1] = (talks[-1][0], max(talks[-1][1], end))
        else:
            talks.append((start, end))
    return talks


def _faded(start: int, end: int, fade_in: int, fade_out: int) -> Curve:
    """Return the curve that rises from silence and falls back; fades that would meet share the time."""
    if fade_in + fade_out > end - start:
        fade_in = (end - start) * fade_in // (fade_in + fade_out)
        fade_out = end - start - fade_in
    places = np.array([start, start + fade_in, end - fade_out, end], dtype=np.float64)
    return places, np.array([not fade_in, True, True, not fade_out], dtype=np.float64)


def _magnitude(decibels: float) -> float:
    return float(10 ** (decibels / 20))
