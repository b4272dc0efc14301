"""The limiter keeps every peak under the ceiling and leaves alone what is not near one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.sound.kweighting import k_weighted_energies
from dropcast.sound.limiter import limit
from dropcast.sound.truepeak import true_peak
from sounds import decibels, metered, sine, speech_like

RATE = 24_000
OVER = decibels(0.05)


@given(
    seed=st.integers(0, 10**6),
    size=st.integers(0, 5000),
    ceiling_db=st.floats(-40, 0),
    spikes=st.sampled_from([1.0, 0.3, 0.02]),
    rate=st.sampled_from([8000, 24_000, 48_000]),
)
def test_no_peak_is_above_the_ceiling(seed, size, ceiling_db, spikes, rate):
    random = np.random.default_rng(seed)
    samples = np.where(random.random(size) < spikes, random.normal(size=size), 0.001).astype(np.float32)
    limited = limit(samples, decibels(ceiling_db), rate)
    assert len(limited) == size
    assert true_peak(limited) <= decibels(ceiling_db) * OVER


@given(st.floats(0.1, np.pi), st.floats(-30, 0), st.integers(2, 400))
def test_no_peak_of_a_tone_is_either_wherever_it_is_cut(angle, ceiling_db, size):
    samples = np.cos(angle * np.arange(size)).astype(np.float32)
    assert true_peak(limit(samples, decibels(ceiling_db), RATE)) <= decibels(ceiling_db) * OVER


def test_ffmpeg_finds_no_peak_either():
    samples = speech_like(3, RATE, level=6).astype(np.float32)
    assert metered(samples, RATE).true_peak > 5
    assert metered(limit(samples, decibels(-1.5), RATE), RATE).true_peak < -1.4


def test_what_exceeds_nothing_is_the_same():
    samples = speech_like(2, RATE, level=-3).astype(np.float32)
    assert limit(samples, 1.0, RATE) is samples


@pytest.mark.parametrize("ceiling", [0.5, 0.6, 0.7, 0.8413951416451951])
def test_all_but_a_few_milliseconds_around_a_peak_is_the_same_to_the_last_bit(ceiling):
    samples = (0.3 * sine(440, 0, 1, RATE)).astype(np.float32)
    samples[12_000] = 0.9
    limited = limit(samples, ceiling, RATE)
    touched = np.flatnonzero(limited != samples)
    assert 11_760 < touched[0] < 12_000 < touched[-1] < 12_240
    assert np.abs(limited[12_000]) <= ceiling


def test_the_gain_moves_smoothly():
    steady = np.full(RATE // 10, 0.4, np.float32)
    steady[1200] = 1.0
    gain = limit(steady, 0.5, RATE) / steady
    assert gain.min() < 0.6
    assert np.abs(np.diff(gain)).max() < 0.02, "it jumps"
    assert np.abs(np.diff(gain, 2)).max() < 0.001, "it bends"


def test_speech_loses_little_loudness():
    """Three decibels above the ceiling."""
    samples = speech_like(6, RATE, level=1.5).astype(np.float32)
    limited = limit(samples, decibels(-1.5), RATE)
    loss = k_weighted_energies(samples, RATE).sum() / k_weighted_energies(limited, RATE).sum()
    assert 0 < 10 * np.log10(loss) < 0.6


def test_silence_and_nothing_stay():
    assert len(limit(np.zeros(0, np.float32), 0.5, RATE)) == 0
    assert not limit(np.zeros(500, np.float32), 0.5, RATE).any()


@pytest.mark.parametrize("rate", [8000, 22_050, 48_000])
def test_a_part_of_a_clip_is_limited_as_it_is_alone(rate):
    """Nothing is remembered: what lies further away than the window has no part in it."""
    one, other = (speech_like(1, rate, level=3, seed=seed).astype(np.float32) for seed in (1, 2))
    rest = np.zeros(rate // 10, np.float32)
    together = limit(np.concatenate([one, rest, other]), 0.8, rate)
    apart = np.concatenate([limit(one, 0.8, rate), rest, limit(other, 0.8, rate)])
    assert together == pytest.approx(apart, abs=1e-6)
