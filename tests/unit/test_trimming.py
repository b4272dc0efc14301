"""Silence around speech goes, speech never does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.sound.trimming import speech_bounds
from sounds import decibels, noise, silence, sine, speech_like

RATE = 24_000
BEFORE, AFTER = 240, 960  # samples that are kept around speech
BLOCK = 120


def joined(*parts):
    return np.concatenate(parts).astype(np.float32)


def assert_bounds(samples, start, end):
    """Bounds are found to a block, and never inside of what they should hold."""
    found = speech_bounds(samples, RATE)
    assert start - BEFORE - BLOCK <= found[0] <= start - BEFORE
    assert end + AFTER <= found[1] <= end + AFTER + BLOCK


@pytest.mark.parametrize("floor", [None, -90, -75, -65])
def test_silence_at_both_ends_goes_but_for_a_margin(floor):
    vowel = sine(200, -10, 0.5, RATE)
    samples = joined(silence(0.2), vowel, silence(0.8))
    if floor is not None:
        samples += noise(floor, 1.5, RATE)
    assert_bounds(samples, 4800, 4800 + 12_000)


@pytest.mark.parametrize("level", [-45, -50])
def test_a_soft_fricative_at_either_end_stays(level):
    hiss = noise(level, 0.15, RATE)
    assert_bounds(
        joined(silence(0.3), hiss, speech_like(1, RATE), hiss, silence(0.7)), 7200, 7200 + 24_000 + 2 * 3600
    )


def test_a_breath_before_and_a_burst_after_stay_across_the_pause_between():
    breath = noise(-60, 0.3, RATE) * np.hanning(7200)
    burst = noise(-40, 0.02, RATE)
    samples = joined(
        silence(0.3), breath, silence(0.1), speech_like(1, RATE), silence(0.15), burst, silence(0.7)
    )
    start, end = speech_bounds(samples, RATE)
    assert start <= 7200 + 1200 - BEFORE  # a breath begins from nothing: its first 50 ms are hardly there
    assert end >= len(samples) - 16_800 + AFTER


def test_a_decay_stays_until_nobody_hears_it():
    decay = sine(300, -10, 1, RATE) * decibels(-100 * np.arange(RATE) / RATE)  # 100 dB in a second
    samples = joined(silence(0.2), decay, silence(0.5))
    _, end = speech_bounds(samples, RATE)
    assert end >= 4800 + round(0.59 * RATE) + AFTER, "it was cut above -60 dB"
    assert end < len(samples) - 6000


def test_the_last_bit_is_not_speech_however_quiet_the_clip():
    toggling = np.tile([1, -1], 600) / 32_768
    samples = joined(silence(0.2), toggling, silence(0.2), sine(200, -38, 0.5, RATE), silence(0.5))
    assert_bounds(samples, 4800 + 1200 + 4800, 4800 + 1200 + 4800 + 12_000)


def test_a_soft_onset_that_grows_for_half_a_second_stays():
    grown = sine(300, -10, 0.5, RATE) * decibels(np.linspace(-55, 0, 12_000))
    assert_bounds(joined(silence(0.5), grown, silence(0.5)), 12_000, 24_000)


def test_pauses_inside_stay():
    assert_bounds(
        joined(silence(0.2), sine(200, -10, 0.3, RATE), silence(3), sine(200, -30, 0.3, RATE), silence(1)),
        4800,
        4800 + 72_000 + 2 * 7200,
    )


@given(st.integers(-10, 10), st.integers(0, 4))
def test_the_volume_of_a_clip_makes_no_difference(level, seed):
    samples = joined(silence(0.213), speech_like(1.4, RATE, level=-3, seed=seed), silence(0.537))
    assert speech_bounds(samples * np.float32(decibels(level)), RATE) == speech_bounds(samples, RATE)


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(-110, 0)), min_size=1, max_size=20),
    st.integers(0, 30_000),
    st.integers(0, 30_000),
    st.integers(0, 99),
)
def test_whatever_its_shape_nothing_that_is_heard_is_cut(shape, before, after, seed):
    """What is cut off is nowhere louder than 40 dB below the loudest, whatever the blocks."""
    random = np.random.default_rng(seed)
    envelope = np.concatenate([np.full(count, decibels(level)) for count, level in shape])
    envelope /= envelope.max()  # what is silent altogether never gets here: the gate
    samples = joined(np.zeros(before), envelope * random.uniform(-1, 1, len(envelope)), np.zeros(after))
    start, end = speech_bounds(samples, RATE)
    assert 0 <= start < end <= len(samples)
    loudest = max(float(np.mean(samples[at : at + BLOCK] ** 2)) for at in range(0, len(samples), BLOCK))
    for cut in samples[:start], samples[end:]:
        for at in range(0, len(cut) - BLOCK, BLOCK // 4):
            assert np.mean(cut[at : at + BLOCK] ** 2) <= 4 * loudest * decibels(-40) ** 2


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(1),
        np.zeros(50_000),
        np.array([1.0]),
        joined(silence(1), [0.5] * 24, silence(1)),  # a click
        joined(silence(1), sine(200, -10, 0.1, RATE), silence(1)),  # a word in two seconds of silence
        noise(-20, 2, RATE),
    ],
    ids=["empty", "one", "silent", "loud one", "click", "too little", "noise"],
)
def test_what_is_doubtful_is_kept_whole(samples):
    assert speech_bounds(samples, RATE) == (0, len(samples))


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_margins_are_the_same_at_every_rate(rate):
    samples = joined(silence(0.2, rate), sine(200, -10, 0.5, rate), silence(0.8, rate))
    start, end = speech_bounds(samples, rate)
    assert 0.185 - 0.001 <= start / rate <= 0.19 + 0.001
    assert 0.74 - 0.001 <= end / rate <= 0.745 + 0.001
