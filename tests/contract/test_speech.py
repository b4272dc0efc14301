"""One suite over the fake and the real gateway: what is asked for is spoken, and its marks are told."""

import math
from dataclasses import replace

import pytest
from google.api_core.retry import Retry

from dropcast.gateways import texttospeech
from dropcast.gateways.texttospeech import GoogleSpeech, speech_client
from dropcast.jobs.batch.timing import Mark
from dropcast.ports import SentenceTooLong, SpeechRefused, TryLater
from dropcast.sound.wav import parse_wav
from dropcast.voices.request import speech_request
from dropcast_local.speech.control import inject, reset, status
from fakes import ToneSpeech
from standins import stand_in

LONGEST = 300  # bytes of a sentence
WORDS = ("Hello", "there,", "my", "very", "dear", "friend")
SSML = "<speak>" + " ".join(f'<mark name="{place}"/>{word}' for place, word in enumerate(WORDS)) + "</speak>"
REFUSED = "<speak>no such mood</speak>"


@pytest.fixture(scope="module")
def endpoint():
    with stand_in("speech", "--engine", "tone", "--max-sentence-bytes", str(LONGEST)) as announced:
        yield announced["endpoint"]


@pytest.fixture
def google(endpoint):
    reset(endpoint)
    return GoogleSpeech(speech_client(None, endpoint))


@pytest.fixture(params=["memory", "google"])
def speech(request):
    if request.param == "memory":
        return ToneSpeech([REFUSED], longest=LONGEST)
    google = request.getfixturevalue("google")
    inject(request.getfixturevalue("endpoint"), ["INVALID_ARGUMENT:no such mood"], contains="no such mood")
    return google


def asked(content=SSML, kind="ssml", voice="en-US-Neural2-F", **options):
    return speech_request(
        kind=kind, content=content, voice=voice, language_code="en-US", marks=kind == "ssml", **options
    )


def test_marks_are_told_in_order_and_lie_within_the_clip(speech):
    audio, marks = speech.speak_with_marks(asked())
    clip = parse_wav(audio)
    assert clip.sample_rate_hertz == 24_000
    assert [mark.token for mark in marks] == list(range(len(WORDS)))
    seconds = [mark.seconds for mark in marks]
    assert seconds == sorted(set(seconds))
    assert 0 <= seconds[0] < 0.1
    assert seconds[-1] < clip.samples / 24_000


def test_a_mark_that_counts_no_token_is_left_out(speech):
    content = "".join(f'<mark name="{name}"/>word ' for name in ("a", "-1", "2", "9999999999"))
    _, marks = speech.speak_with_marks(asked(f"<speak>{content}</speak>"))
    assert [mark.token for mark in marks] == [2]


def test_ssml_without_marks_has_none(speech):
    audio, marks = speech.speak_with_marks(asked("<speak>Hello there.</speak>"))
    assert parse_wav(audio).samples
    assert marks == ()


def test_text_is_spoken_and_has_none(speech):
    audio, marks = speech.speak_with_marks(asked("Hello there.", kind="text"))
    assert parse_wav(audio).samples
    assert marks == ()


@pytest.mark.parametrize("how", ["speak", "speak_with_marks"])
def test_what_is_refused_is_refused_either_way(speech, how):
    with pytest.raises(SpeechRefused) as refused:
        getattr(speech, how)(asked(REFUSED))
    assert not isinstance(refused.value, SentenceTooLong)


@pytest.mark.parametrize("how", ["speak", "speak_with_marks"])
def test_a_sentence_too_long_is_told_apart(speech, how):
    with pytest.raises(SentenceTooLong):
        getattr(speech, how)(asked(f"<speak>{'word ' * 100}</speak>"))


def test_marks_change_nothing_of_the_sound(google):
    request = asked(speaking_rate=1.3, pitch=-2.0, volume_gain_db=-6.0)
    audio, _ = google.speak_with_marks(request)
    assert audio == google.speak(request)
    assert audio != google.speak(asked())


def test_another_sample_rate_and_a_device_profile_are_asked_for_as_well(google):
    request = asked(sample_rate_hertz=48_000, effects_profile=["headphone-class-device"])
    audio, marks = google.speak_with_marks(request)
    assert parse_wav(audio).sample_rate_hertz == 48_000
    assert marks[-1].seconds == pytest.approx(google.speak_with_marks(asked())[1][-1].seconds, abs=0.001)


def test_a_voice_that_takes_no_marks_refuses(google):
    with pytest.raises(SpeechRefused):
        google.speak_with_marks(asked(voice="en-US-Chirp3-HD-Kore"))


@pytest.mark.parametrize("how", ["speak", "speak_with_marks"])
def test_a_passing_trouble_is_tried_again(google, endpoint, how):
    name = inject(endpoint, ["RESOURCE_EXHAUSTED"])
    assert getattr(google, how)(asked())
    assert status(endpoint)["faults"][name]["completed"]


@pytest.mark.parametrize("how", ["speak", "speak_with_marks"])
def test_a_trouble_that_stays_is_left_to_a_later_delivery(google, endpoint, how, monkeypatch):
    brief = Retry(texttospeech.RETRY._predicate, initial=0.01, timeout=0.1)
    monkeypatch.setattr(texttospeech, "RETRY", brief)
    inject(endpoint, ["UNAVAILABLE"] * 100)
    with pytest.raises(TryLater, match="Text-to-Speech"):
        getattr(google, how)(asked())


def test_more_than_four_megabytes_come_with_their_marks(google):
    slow = asked(SSML.replace("dear", f"dear {'word. ' * 350}"), speaking_rate=0.25, sample_rate_hertz=48_000)
    audio, marks = google.speak_with_marks(slow)
    assert len(audio) > 4 * 1024 * 1024
    assert len(marks) == len(WORDS)


def test_the_client_for_marks_is_built_once_and_only_when_needed(google):
    google.speak(asked())
    assert "_beta" not in vars(google)
    google.speak_with_marks(asked())
    built = google._beta
    google.speak_with_marks(replace(asked(), pitch=1.0))
    assert google._beta is built
    assert built.transport.grpc_channel is google._client.transport.grpc_channel


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, -0.1])
def test_a_time_that_is_none_is_left_out(seconds):
    assert texttospeech._marks([("0", seconds), ("1", 0.5)]) == (Mark(1, 0.5),)
