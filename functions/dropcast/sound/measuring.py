"""Measure a clip, once, where it is made."""

import numpy as np
from numpy.typing import NDArray

from dropcast.sound.kweighting import k_weighted_energies
from dropcast.sound.measures import Measures
from dropcast.sound.trimming import speech_bounds
from dropcast.sound.truepeak import true_peak
from dropcast.sound.wav import Clip

FULL_SCALE = 32_768
PEAK_DIGITS = 6  # a step of 16 bits is 0.00003


def measure(clip: Clip) -> Measures:
    """Return what there is to know of a clip but its sound, in some 3 ms for five seconds."""
    samples = float_samples(clip)
    start, end = speech_bounds(samples, clip.sample_rate_hertz)
    return Measures(
        samples=clip.samples,
        speech_start=start,
        speech_end=end,
        sample_peak=round(float(np.abs(samples).max(initial=0)), PEAK_DIGITS),
        true_peak=round(true_peak(samples), PEAK_DIGITS),
        energy_bytes=k_weighted_energies(samples, clip.sample_rate_hertz).astype("<f4").tobytes(),
    )


def float_samples(clip: Clip) -> NDArray[np.float32]:
    """Return the samples of full scale 1."""
    return np.frombuffer(clip.pcm, "<i2").astype(np.float32) / np.float32(FULL_SCALE)
