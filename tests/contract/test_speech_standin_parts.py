"""The parts of the speech stand-in that need no process: catalogue, content, sound, faults, quota."""

import asyncio
import json
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pytest

from dropcast_local.speech.catalogue import (
    CHIRP3_HD,
    FAMILIES,
    FEMALE_STARS,
    GEMINI,
    MALE_STARS,
    Gender,
    voices,
    voices_of_locale,
)
from dropcast_local.speech.content import (
    Break,
    MalformedSsml,
    Mark,
    as_espeak_ssml,
    content_of,
    sentences_of,
    words_of,
)
from dropcast_local.speech.engine import Order
from dropcast_local.speech.faults import Faults, UnknownFault
from dropcast_local.speech.quota import Quota
from dropcast_local.speech.request import InputKind
from dropcast_local.speech.sound import alaw, gained, mulaw, resample, stretch, wav
from dropcast_local.speech.timbre import LOCALES, delivery_of, timbre_of
from dropcast_local.speech.tone import ToneEngine, clip_samples


def sine(hertz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    """A sine that fades in and out, as speech does."""
    times = np.arange(round(rate * seconds)) / rate
    return np.rint(16000 * np.hanning(len(times)) * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def test_chirp_3_hd_has_thirty_stars_of_known_gender() -> None:
    stars = [voice for voice in voices_of_locale("en-US") if voice.family == CHIRP3_HD]
    assert len(stars) == len(set(MALE_STARS) | set(FEMALE_STARS)) == 30
    assert sum(voice.gender is Gender.FEMALE for voice in stars) == 14


def test_chirp_3_hd_speaks_at_least_fifty_locales_and_russian_with_eight_voices() -> None:
    locales = {voice.locale for voice in voices().values() if voice.family == CHIRP3_HD}
    assert len(locales) >= 50
    assert sum(voice.family == CHIRP3_HD for voice in voices_of_locale("ru-RU")) == 8


@pytest.mark.parametrize(
    "name",
    [
        "en-US-Journey-D",
        "en-US-Journey-F",
        "en-US-Journey-O",
        "en-US-Studio-O",
        "en-US-Casual-K",
        "en-US-News-N",
        "en-US-Polyglot-1",
        "de-DE-Wavenet-B",
        "fil-ph-Neural2-A",
        "cmn-CN-Chirp3-HD-Kore",
        "en-GB-Chirp-HD-F",
    ],
)
def test_the_names_people_use_exist(name: str) -> None:
    assert name in voices()


def test_every_family_but_gemini_has_voices() -> None:
    assert {voice.family.name for voice in voices().values()} == set(FAMILIES) - {GEMINI.name}


def test_every_locale_is_spoken_by_espeak() -> None:
    assert {voice.locale for voice in voices().values()} == set(LOCALES)


def test_no_two_voices_have_the_same_timbre() -> None:
    names = defaultdict(list)
    for voice in voices().values():
        names[timbre_of(voice)].append(voice.name)
    assert [same for same in names.values() if len(same) > 1] == []


LOAD_ALL = """
import json, pathlib, sys
import espeakng_loader
from dropcast_local.speech.espeak import Espeak
espeak, names = Espeak(), json.load(sys.stdin)
variants = pathlib.Path(espeakng_loader.get_data_path(), "voices", "!v")
print(json.dumps([name for name in names
                  if not espeak.has_voice(name) or not (variants / name.split("+")[1]).exists()]))
"""


def test_espeak_loads_every_voice_that_is_offered() -> None:
    pytest.importorskip("espeakng_loader", reason="espeak-ng is not installed")
    names = sorted({timbre_of(voice).espeak_voice for voice in voices().values()})
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD_ALL], input=json.dumps(names), capture_output=True, text=True, check=True
    )
    assert json.loads(loaded.stdout) == []


def test_ssml_is_taken_apart() -> None:
    ssml = '<speak>Fish &amp; <sub alias="chips">c</sub><break time="250ms"/><mark name="m"/>!</speak>'
    pieces = content_of(InputKind.SSML, ssml)
    assert words_of(pieces) == "Fish & chips!"
    assert Break(0.25) in pieces
    assert Mark("m") in pieces


def test_ssml_is_rendered_for_espeak_with_everything_escaped() -> None:
    ssml = '<speak>1 &lt; 2<prosody rate="slow" onclick="x">a</prosody><break time="2s"/></speak>'
    rendered = as_espeak_ssml(content_of(InputKind.SSML, ssml), break_scale=0.5)
    assert rendered == '<speak>1 &lt; 2<prosody rate="slow">a</prosody><break time="1000ms"/></speak>'


def test_tags_inside_a_replaced_element_do_not_leak() -> None:
    ssml = '<speak>a<sub alias="b">x<p>y</p><sub alias="z">q</sub></sub>c</speak>'
    assert as_espeak_ssml(content_of(InputKind.SSML, ssml), 1.0) == "<speak>abc</speak>"


@pytest.mark.parametrize(
    "ssml",
    [
        "plain",
        "<speak>open",
        "<p>no root</p>",
        "<speak>a & b</speak>",
        '<speak><break time="soon"/></speak>',
        "<speak><mark/></speak>",
        '<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>',
        "<speak>a</speak><speak>b</speak>",
    ],
)
def test_malformed_ssml_is_refused(ssml: str) -> None:
    with pytest.raises(MalformedSsml):
        content_of(InputKind.SSML, ssml)


def test_a_break_lasts_ten_seconds_at_most() -> None:
    assert content_of(InputKind.SSML, '<speak><break time="90s"/></speak>') == (Break(10.0),)


def test_markup_has_pauses_of_three_lengths() -> None:
    pieces = content_of(InputKind.MARKUP, "one [pause short] two [pause] three [pause long] four [shrug]")
    pauses = [piece.seconds for piece in pieces if isinstance(piece, Break)]
    assert len(pauses) == 3
    assert pauses == sorted(set(pauses))
    assert "[shrug]" in words_of(pieces)


def test_line_ends_do_not_end_a_sentence_but_marks_and_paragraphs_do() -> None:
    plain = content_of(InputKind.TEXT, "one\ntwo 3.5 three. Four? 五。六")
    assert list(sentences_of(plain)) == ["one\ntwo 3.5 three.", "Four?", "五。", "六"]
    ssml = content_of(InputKind.SSML, "<speak><p>one</p><p>two <break/> three</p></speak>")
    assert list(sentences_of(ssml)) == ["one", "two  three"]


@pytest.mark.parametrize("to_rate", [8000, 16000, 24000, 44100, 48000, 23456])
def test_resampling_keeps_length_and_signal(to_rate: int) -> None:
    resampled = resample(sine(1000, 22050), 22050, to_rate)
    assert len(resampled) == to_rate
    noise = resampled - sine(1000, to_rate).astype(np.float32)
    assert 20 * np.log10(np.std(resampled) / np.std(noise)) > 60


def test_resampling_downwards_leaves_no_alias() -> None:
    alias = resample(sine(6000, 22050), 22050, 8000)
    assert np.abs(alias).max() < 16  # 60 dB below what went in


def test_stretching_lengthens_without_changing_the_pitch() -> None:
    stretched = stretch(sine(500, 22050, 2.0), 2.0)
    assert len(stretched) == 2 * 44100
    spectrum = np.abs(np.fft.rfft(stretched))
    assert abs(int(np.argmax(spectrum)) * 22050 / len(stretched) - 500) < 2


def test_gain_is_exact_and_clips_at_full_scale() -> None:
    samples = sine(440, 24000)
    quieter = gained(samples, -6.0)
    assert 20 * np.log10(np.std(quieter) / np.std(samples)) == pytest.approx(-6.0, abs=0.01)
    assert np.abs(gained(samples, 16.0)).max() == 32767


def g711(code: int, law: str) -> int:
    """Decode one byte as the standard says, written independently of the encoder."""
    if law == "mulaw":
        code = ~code & 0xFF
        magnitude = (((code & 0x0F) << 3) + 132 << ((code & 0x70) >> 4)) - 132
        return -magnitude if code & 0x80 else magnitude
    code ^= 0x55
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = step + 8 if segment == 0 else (step + 264) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_companding_is_the_standards(law: str) -> None:
    samples = np.arange(-32768, 32768, 7).astype(np.int16)
    encode = mulaw if law == "mulaw" else alaw
    decoded = np.array([g711(code, law) for code in encode(samples)])
    error = np.abs(decoded - samples) / np.maximum(np.abs(samples.astype(int)), 256)
    assert error.max() < 0.05


def test_a_wav_header_counts_its_bytes() -> None:
    whole = wav(b"abc", 8000, 7)
    assert int.from_bytes(whole[4:8], "little") == len(whole) - 8
    assert len(whole) % 2 == 0


def order(text: str, rate: float = 1.0, pitch: float = 0.0, kind: InputKind = InputKind.TEXT) -> Order:
    return Order(voices()["en-US-Neural2-D"], content_of(kind, text), rate, pitch, 24000)


@pytest.mark.parametrize(("text", "rate"), [("a", 1.0), ("x" * 30, 1.0), ("x" * 31, 0.7), ("", 2.0)])
def test_a_tone_is_as_long_as_its_formula_says(text: str, rate: float) -> None:
    speech = asyncio.run(ToneEngine().speak(order(text, rate)))
    assert len(speech.samples) == clip_samples(len(text), rate, 24000)
    assert len(speech.samples) == 360 + round(max(0.2, len(text) / 15) / rate * 24000) + 12000


def test_a_tone_is_loud_between_two_silences_and_ramps() -> None:
    samples = asyncio.run(ToneEngine().speak(order("x" * 30))).samples
    assert not samples[:360].any()
    assert not samples[-12000:].any()
    assert np.abs(samples[360:384]).max() < 1500
    assert np.abs(samples[600:-13000]).max() == 8000


def test_a_tone_is_higher_with_more_pitch() -> None:
    def hertz(pitch: float) -> float:
        samples = asyncio.run(ToneEngine().speak(order("x" * 30, pitch=pitch))).samples
        return int(np.argmax(np.abs(np.fft.rfft(samples)))) * 24000 / len(samples)

    assert hertz(12) == pytest.approx(2 * hertz(0), rel=0.01)


def test_pitch_is_playing_faster_and_stretching_by_as_much() -> None:
    octave_up = delivery_of(order("x", rate=0.5, pitch=12.0))
    assert octave_up.native_rate == 2 * 22050
    assert octave_up.stretch == pytest.approx(2 / 0.5)


def test_faults_are_used_up_in_order_by_the_requests_that_match() -> None:
    faults = Faults()
    name = faults.add(["UNAVAILABLE", "INVALID_ARGUMENT:too odd"], "fox")
    assert faults.take("a dog") is None
    first, second = faults.take("a fox"), faults.take("fox again")
    assert (first and first.name, second and second.message) == ("UNAVAILABLE", "too odd")
    assert faults.take("fox") is None
    assert faults.status() == {name: {"completed": True, "left": []}}


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UnknownFault):
        Faults().add(["UNAVAILABLE", "GREMLIN"], "")


def test_the_quota_is_each_familys_own_and_comes_back_after_a_minute() -> None:
    quota = Quota(2)
    assert [quota.take("Studio", now) for now in (0.0, 1.0, 2.0)] == [True, True, False]
    assert quota.take("Neural2", 2.0)
    assert [quota.take("Studio", now) for now in (60.0, 60.5)] == [True, False]
