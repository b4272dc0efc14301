"""The true peak is that of the sound between the samples, whatever is skipped for speed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.sound.truepeak import REACH, SLICE, peaks, true_peak
from sounds import metered, sine, speech_like

RATE = 24_000


def in_decibels(peak):
    return 20 * np.log10(peak)


def oversampled(samples):
    """The exact interpolation of a sound between silences, by a Fourier transform four times as long."""
    spectrum = np.fft.rfft(np.pad(samples, 2048))
    return np.abs(np.fft.irfft(spectrum, 4 * (len(samples) + 4096))).max() * 4


def test_the_peak_between_two_samples_is_found():
    # A quarter of the rate, sampled 45 degrees off its crests: samples at 0.707, the sound at 1.
    samples = np.sin(np.pi / 2 * np.arange(2000) + np.pi / 4) * np.hanning(2000)
    assert in_decibels(np.abs(samples).max()) == pytest.approx(-3.01, abs=0.01)
    assert in_decibels(true_peak(samples)) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("hertz", [100, 997, 4000, 7013, 10_000])
def test_it_is_the_amplitude_of_a_tone_of_any_height(hertz):
    samples = sine(hertz, -6, 0.5, RATE) * np.hanning(RATE // 2)
    assert in_decibels(true_peak(samples)) == pytest.approx(-6, abs=0.1)


@given(st.integers(0, 10**6))
def test_it_is_what_a_fourier_transform_finds(seed):
    # Up to nine tenths of what the rate can hold, as sound that was filtered for it is.
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.normal(size=3000) * np.hanning(3000))
    spectrum[1350:] = 0
    samples = np.fft.irfft(spectrum, 3000)
    assert in_decibels(true_peak(samples)) == pytest.approx(in_decibels(oversampled(samples)), abs=0.05)


def test_it_is_what_ffmpeg_finds_in_speech():
    samples = speech_like(3, RATE, level=-1)
    assert in_decibels(true_peak(samples)) == pytest.approx(metered(samples, RATE).true_peak, abs=0.1)


@given(st.lists(st.floats(-1, 1, width=32), max_size=300), st.floats(0, 1))
def test_what_is_skipped_is_not_of_interest(values, interest):
    samples = np.array(values, np.float32)
    everything, found = peaks(samples, 0.0), peaks(samples, interest)
    of_interest = everything > interest
    assert np.array_equal(of_interest, found > interest)
    assert found[of_interest] == pytest.approx(everything[of_interest], rel=1e-6)


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300))
def test_it_is_never_below_the_sample_peak(values):
    assert true_peak(np.array(values, np.float32)) >= np.abs(np.array(values, np.float32)).max()


@pytest.mark.parametrize("place", [SLICE - 40, SLICE - 1, SLICE, SLICE + 40, 2 * SLICE])
def test_a_peak_is_found_wherever_it_lies_in_a_long_sound(place):
    burst = np.sin(np.pi / 2 * np.arange(100) + np.pi / 4) * np.hanning(100)
    samples = np.zeros(2 * SLICE + 500, np.float32)
    samples[place - 50 : place + 50] = burst
    assert true_peak(samples) == pytest.approx(true_peak(burst), rel=1e-6)
    assert true_peak(burst) > 1.3 * np.abs(burst).max()


def test_both_samples_beside_a_peak_are_told_of_it_also_across_blocks():
    samples = np.zeros(4 * REACH)
    samples[REACH:] = [(-1.0) ** at for at in range(3 * REACH)]  # as a tone cut off at its crest
    found = peaks(samples, 1.1)
    assert found[REACH - 1] == found[REACH] > 1.2
    assert found[REACH - 2] < 1.1


def test_a_clip_that_is_cut_off_peaks_outside_of_itself():
    samples = np.array([(-1.0) ** at for at in range(40)])
    assert true_peak(samples) > 1.2


def test_nothing_has_no_peak():
    assert true_peak(np.zeros(0)) == 0
    assert true_peak(np.zeros(1000)) == 0
