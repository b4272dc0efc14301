"""Nothing silent, empty or of another rate becomes an outcome; everything that can be heard does."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.sound.gate import flaw
from dropcast.sound.wav import Clip
from fakes import tone

RATE = 24_000


def clip(*parts):
    """Parts of so many seconds at such an amplitude (of full scale)."""
    samples = array("h")
    for seconds, amplitude in parts:
        count = round(seconds * RATE)
        samples.extend(round(32_767 * amplitude * math.sin(at / 9)) for at in range(count))
    return Clip(samples.tobytes(), RATE)


def test_speech_passes():
    assert flaw(tone(RATE), RATE) is None


def test_an_empty_clip_does_not():
    assert flaw(Clip(b"", RATE), RATE) == "it is empty"


@pytest.mark.parametrize("samples", [1, 1000, 2400, 2401, RATE])
def test_a_silent_clip_of_any_length_does_not(samples):
    assert "silent" in flaw(Clip(bytes(2 * samples), RATE), RATE)


def test_noise_that_nobody_hears_is_silence():
    assert "silent" in flaw(clip((1, 0.003)), RATE)


def test_a_clip_of_another_rate_does_not_pass():
    said = flaw(Clip(tone(RATE).pcm, 16_000), RATE)
    assert said == "its sample rate is 16000 Hz instead of 24000 Hz"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_short_word_between_long_silences_is_speech(before, behind):
    assert flaw(clip((before, 0), (0.06, 0.3), (behind, 0)), RATE) is None


def test_a_clip_shorter_than_a_tenth_of_a_second_is_judged_as_a_whole():
    assert flaw(clip((0.05, 0.3)), RATE) is None


@pytest.mark.parametrize("value", [-32_768, 32_767])
def test_full_scale_is_not_silence(value):
    assert flaw(Clip(array("h", [value] * 5000).tobytes(), RATE), RATE) is None
