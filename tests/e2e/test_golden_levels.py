"""Golden audio: how loud finished files are, by ffmpeg's own meter; one voice is 6 LU above the other."""

import zlib

import numpy as np
import pytest

from golden import FADE, RATE, Studio, Take
from sounds import decibels, metered, speech_like

FORMATS = ["wav", "mp3", "m4a"]
TRUE_PEAK = -1.0  # dBTP
PRESETS = {"podcast": -19.0, "broadcast": -26.0, "video": -17.0}  # LUFS of a mono file
OTHER_MP3 = {"format": "mp3", "sampleRateHertz": 48_000, "bitrateKbps": 64}
SQUEEZED = 2
PEAKS = [(preset, extension) for preset in PRESETS for extension in FORMATS]
LINES = [
    {"speaker": speaker, "line": f"{speaker} says sentence {number}."}
    for number in range(7)
    for speaker in "AB"
]


def spoken_with_peaks(text, level):
    """Syllables with peaks 18 dB above their loudness (a real clip: 15), the same sounds for both voices."""
    seed = zlib.crc32(text[1:].encode())
    sound = np.tanh(SQUEEZED * speech_like(2 + seed % 1000 / 1000, RATE, level=0, seed=seed))
    sound *= decibels(level + 15) / np.abs(sound).max()
    whole = np.concatenate([np.zeros(RATE // 10), sound, np.zeros(RATE // 2)])
    samples = np.rint(whole * 32_768).astype("<i2")
    return Take(samples, 0, len(samples), RATE // 10, RATE // 10 + len(sound))


@pytest.fixture(scope="module")
def render(tmp_path_factory):
    """A function that renders the same dialogue to another loudness."""
    studio = Studio(tmp_path_factory.mktemp("golden"), spoken_with_peaks)

    def rendered(loudness, outputs=FORMATS, **script):
        return studio.render(LINES, outputs=outputs, audio={"loudness": loudness}, **script)

    return rendered


@pytest.fixture(scope="module")
def levelled(render):
    """The dialogue at the loudness of each preset."""
    return {preset: render(preset) for preset in PRESETS}


def measured(episode, extension):
    return metered(episode.decoded(extension) / 32_768, episode.rates[extension])


def of_speaker(episode, extension, speaker):
    """The loudness of all that a speaker says."""
    samples = episode.heard(extension) / 32_768
    own = [samples[line.start : line.end] for line in episode.lines if line.speaker == speaker]
    return metered(np.concatenate(own), RATE).lufs


def test_the_voices_are_6_lu_apart_and_too_peaky_for_the_loudness_asked_for(levelled):
    a, b = levelled["video"].report["loudness"]["speakers"]
    assert a["spokenLufs"] - b["spokenLufs"] == pytest.approx(6, abs=0.1)
    # The limiter has work to do: with their gains alone, some peaks would be above full scale.
    peaks = [np.abs(line.take.samples).max() * decibels(line.gain_db) for line in levelled["video"].lines]
    assert max(peaks) > 1.1 * 32_768


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("preset", PRESETS)
def test_speakers_are_equally_loud(levelled, preset, extension):
    episode = levelled[preset]
    difference = of_speaker(episode, extension, "A") - of_speaker(episode, extension, "B")
    assert difference == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_programme_is_as_loud_as_asked_for(levelled, preset):
    assert measured(levelled[preset], "wav").lufs == pytest.approx(PRESETS[preset], abs=0.1)


@pytest.mark.parametrize("extension", ["mp3", "m4a"])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_programme_is_as_loud_after_encoding(levelled, preset, extension):
    assert measured(levelled[preset], extension).lufs == pytest.approx(PRESETS[preset], abs=0.3)


def test_an_mp3_at_48_khz_is_as_loud(render):
    episode = render("podcast", [OTHER_MP3])
    found = measured(episode, "mp3")
    assert found.lufs == pytest.approx(PRESETS["podcast"], abs=0.3)
    assert found.true_peak < TRUE_PEAK


@pytest.mark.parametrize(("preset", "extension"), PEAKS)
def test_no_peak_is_too_high(levelled, preset, extension):
    assert measured(levelled[preset], extension).true_peak < TRUE_PEAK


@pytest.mark.parametrize("preset", PRESETS)
def test_the_report_tells_what_a_meter_says(levelled, preset):
    found, told = measured(levelled[preset], "wav"), levelled[preset].report["loudness"]["measured"]
    assert told["monoLufs"] == pytest.approx(found.lufs, abs=0.1)
    assert told["truePeakDbtp"] == pytest.approx(found.true_peak, abs=0.1)


def test_off_leaves_every_sample_as_it_was_spoken(render):
    episode = render("off", ["wav"], defaults={"trimSilence": False})
    assert all(line.end - line.start == len(line.take.samples) for line in episode.lines)
    heard = episode.decoded("wav")
    for line in episode.lines:
        inside = slice(line.start + FADE, line.end - FADE)
        assert np.array_equal(heard[inside], line.take.samples[FADE:-FADE])
