"""Nothing silent, empty, clipped, cut off or of another rate becomes an outcome; all that voices say does."""

import os
import subprocess
import sys
from array import array
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sounds
from dropcast.sound.gate import flaw, flaw_of_recording
from dropcast.sound.wav import Clip
from dropcast_local.speech.catalogue import voices as known_voices
from dropcast_local.speech.content import content_of
from dropcast_local.speech.engine import Order
from dropcast_local.speech.request import InputKind
from dropcast_local.speech.timbre import delivery_of
from dropcast_local.speech.wire import LENGTH, TAKEN, order_frame
from sounds import speech_like

RATE = 24_000
SPEECH = sounds.clip(speech_like(2, RATE), sounds.silence(0.5))
TEXT = "x" * 60


def clip(*parts):
    """Parts of so many seconds at such an amplitude (of full scale), and a little silence."""
    sines = (
        0.99997 * amplitude * np.sin(np.arange(round(seconds * RATE)) / 9) for seconds, amplitude in parts
    )
    return sounds.clip(*sines, sounds.silence(0.02))


def test_speech_passes():
    assert flaw(SPEECH, RATE) is None


def test_an_empty_clip_does_not():
    assert flaw(Clip(b"", RATE), RATE) == flaw_of_recording(Clip(b"", RATE)) == "it is empty"


@pytest.mark.parametrize("samples", [1, 1000, 2400, 2401, RATE])
def test_a_silent_clip_of_any_length_does_not(samples):
    silent = Clip(bytes(2 * samples), RATE)
    assert "silent" in flaw(silent, RATE)
    assert "silent" in flaw_of_recording(silent)


def test_noise_that_nobody_hears_is_silence():
    assert flaw(clip((1, 0.003)), RATE) == (
        "it is silent: its loudest tenth of a second has an RMS of 0.0021 of full scale, "
        "which must be more than 0.003"
    )


def test_a_clip_of_another_rate_does_not_pass():
    said = flaw(Clip(SPEECH.pcm, 16_000), RATE)
    assert said == "its sample rate is 16000 Hz instead of 24000 Hz"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_short_word_between_long_silences_is_speech(before, behind):
    assert flaw(clip((before, 0), (0.06, 0.3), (behind, 0)), RATE) is None


def test_a_clip_shorter_than_a_tenth_of_a_second_is_judged_as_a_whole():
    assert flaw(Clip(clip((0.1, 0.3)).pcm[:4000], RATE), RATE) is None
    assert flaw(Clip(clip((0.1, 0.3)).pcm[:200], RATE), RATE) is None


def louder(decibels):
    samples = np.frombuffer(SPEECH.pcm, "<i2") * 10 ** (decibels / 20)
    return Clip(np.clip(samples, -32_768, 32_767).astype("<i2").tobytes(), RATE)


def test_a_voice_that_clips_a_little_passes():
    assert flaw(louder(12 + 16), RATE) is None


def test_a_voice_that_is_nothing_but_clipped_does_not():
    assert flaw(louder(70), RATE).startswith("it is clipped: ")
    assert flaw(louder(70), RATE).endswith("samples and more at a time, and 20% may")


@pytest.mark.parametrize("value", [-32_768, 32_767])
def test_both_ends_of_the_scale_are_full_scale(value):
    full = Clip(array("h", [value] * 5000 + [0] * 1000).tobytes(), RATE)
    assert flaw(full, RATE) == (
        "it is clipped: 83% of it lies at full scale, 5 samples and more at a time, and 20% may"
    )


def test_peaks_that_only_touch_full_scale_are_none_cut_off():
    touching = Clip(array("h", [32_767, 32_767, 32_767, 32_767, 0] * 5000 + [0] * 1000).tobytes(), RATE)
    assert flaw(touching, RATE) is None


def test_a_clip_cut_in_the_middle_of_a_word_does_not_pass():
    assert flaw(Clip(clip((1, 0.3)).pcm[:30_000], RATE), RATE) == (
        "its end is cut off: its last 10 ms are 0 dB below its loudest, and must be 10 dB"
    )


@pytest.mark.parametrize(("softer", "passes"), [(8, False), (12, True)])
def test_an_end_is_soft_beside_the_loudest_of_the_clip(softer, passes):
    quiet = 0.5 * 10 ** (-softer / 20)
    said = flaw(Clip(clip((0.5, 0.5), (1, quiet)).pcm[: 2 * RATE], RATE), RATE)
    assert (said is None) == passes


def lasting(seconds):
    return clip((0.5, 0.3), (seconds - 0.52, 0))


@pytest.mark.parametrize(
    ("seconds", "rate", "passes"),
    [
        (0.8, None, False),
        (0.9, None, True),
        (0.8, 1.0, False),
        (0.8, 2.0, False),
        (0.8, 4.0, True),  # as fast as asked for
        (39, None, True),
        (41, None, False),
        (39, 2.0, True),
        (41, 2.0, False),
        (41, 0.5, True),  # as slow as asked for
        (81, 0.5, False),
    ],
)
def test_a_long_text_takes_its_time_and_no_more(seconds, rate, passes):
    assert (flaw(lasting(seconds), RATE, TEXT, rate) is None) == passes


def test_the_length_and_its_limits_are_said():
    assert flaw(lasting(0.8), RATE, TEXT) == (
        "it is cut short: 0.80 s for 60 characters, which take 0.9 s at least"
    )
    assert flaw(lasting(50), RATE, TEXT) == (
        "it is too long: 50.00 s for 60 characters, which take 40 s at most"
    )


@pytest.mark.parametrize("seconds", [0.6, 60])
def test_of_a_short_text_or_none_the_length_says_nothing(seconds):
    assert flaw(lasting(seconds), RATE, TEXT[1:]) is None
    assert flaw(lasting(seconds), RATE) is None


def test_a_recording_may_end_as_it_likes_and_be_as_loud():
    assert flaw_of_recording(Clip(louder(70).pcm[:30_000], RATE)) is None


SAID = {
    "en-US-Chirp3-HD-Kore": [
        "Hm.",
        "Six.",
        "Is it really that late? I must have slept for a whole day, then.",
    ],
    "en-US-Neural2-D": ["The number is 123,456,789,012,345, and the other one is 987,654,321,098."],
    "fr-FR-Standard-A": [
        "Oui.",
        "Bonjour à tous et bienvenue dans cette émission, où nous parlerons du silence.",
    ],
    "ja-JP-Standard-C": ["皆さん、こんにちは。今日は沈黙についてお話しします。" * 3],
}


@pytest.fixture(scope="module")
def voices():
    """Clips as the local speech service answers, with their texts and rates."""
    pytest.importorskip("espeakng_loader", reason="no voices here")
    asked = [(voice, text, rate) for voice in SAID for text in SAID[voice] for rate in (1.0, 4.0)]
    orders = b"".join(order_frame(delivery_of(order(*each))) for each in asked)
    worker = [sys.executable, "-m", "dropcast_local.speech.worker"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(worker, input=orders, capture_output=True, check=True, env=environment, timeout=60)
    answers = BytesIO(done.stdout)
    answers.read(len(TAKEN))
    return [(text, rate, spoken(answers)) for _, text, rate in asked]


def order(voice, text, rate):
    return Order(known_voices()[voice], content_of(InputKind.TEXT, text), rate, 0, RATE)


def spoken(answers):
    answers.read(len(TAKEN))
    _, samples = (answers.read(*LENGTH.unpack(answers.read(LENGTH.size))) for _ in ("header", "samples"))
    return Clip(samples, RATE)


def test_what_voices_say_passes(voices):
    assert [flaw(said, RATE, text, rate) for text, rate, said in voices] == [None] * 14


def test_most_of_what_breaks_off_in_a_vowel_does_not(voices):
    """Cut where it is as loud on both sides of the cut, within 15 dB of the loudest."""
    cuts = []
    for text, rate, said in voices:
        samples = np.frombuffer(said.pcm, "<i2").astype(float)
        levels = 10 * np.log10(
            1 + np.mean(samples[: len(samples) // 240 * 240].reshape(-1, 240) ** 2, axis=1)
        )
        steady = np.maximum(np.abs(levels[2:] - levels[1:-1]), np.abs(levels[:-2] - levels[1:-1])) < 4
        vowels = 1 + np.flatnonzero(steady & (levels[1:-1] > levels.max() - 15))
        vowels = vowels[vowels > 10]
        cuts += [
            flaw(Clip(said.pcm[: 480 * (at + 1)], RATE), RATE, text, rate)
            for at in vowels[:: 1 + len(vowels) // 6]
        ]
    assert sum(said is not None for said in cuts) > 0.6 * len(cuts) > 25
