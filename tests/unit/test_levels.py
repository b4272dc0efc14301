"""Speakers come out equally loud and the episode as loud as asked, when it is rendered with the gains."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.sound.levels import TARGETS, PlacedSpeech, Target, decibels, level_speakers
from dropcast.sound.measures import Measures
from dropcast.sound.measuring import float_samples, measure
from sounds import clip, metered, silence, sine, speech_like

RATE = 24_000


def conversation(apart, lines=8, seed=0):
    """Clips of two speakers in turn, the second so many LU louder, a quarter of a second between them."""
    clips, placed, now = [], [], 0
    for line in range(lines):
        level = -22 + apart * (line % 2)
        said = clip(
            silence(0.1), speech_like(2 + line % 3, RATE, level=level, seed=seed + line), silence(0.6)
        )
        placed.append(PlacedSpeech("AB"[line % 2], now, measure(said)))
        clips.append(said)
        now += placed[-1].measures.heard + 6000
    return clips, placed, now


def rendered(clips, placed, samples, levels):
    gains = {speaker.speaker: speaker.gain for speaker in levels.speakers}
    episode = np.zeros(samples)
    for each, at in zip(clips, placed, strict=True):
        heard = float_samples(each)[at.measures.speech_start : at.measures.speech_end]
        episode[at.start : at.start + len(heard)] += gains[at.speaker] * heard
    return episode


def of_speaker(episode, placed, speaker):
    return np.concatenate(
        [episode[at.start : at.start + at.measures.heard] for at in placed if at.speaker == speaker]
    )


@pytest.mark.parametrize("preset", ["podcast", "broadcast", "video"])
def test_speakers_six_units_apart_end_equally_loud_and_the_episode_at_its_target(preset):
    clips, placed, samples = conversation(apart=6)
    levels = level_speakers(placed, samples, RATE, TARGETS[preset])
    episode = rendered(clips, placed, samples, levels)
    one, other = (metered(of_speaker(episode, placed, speaker), RATE).lufs for speaker in "AB")
    assert one == pytest.approx(other, abs=0.1)
    assert metered(episode, RATE).lufs == pytest.approx(TARGETS[preset].lufs, abs=0.1)
    assert levels.lufs == pytest.approx(TARGETS[preset].lufs, abs=0.002)


def test_without_a_target_everything_stays_as_it_was_spoken():
    clips, placed, samples = conversation(apart=6)
    levels = level_speakers(placed, samples, RATE, TARGETS["off"])
    assert [speaker.gain for speaker in levels.speakers] == [1.0, 1.0]
    assert levels.lufs == pytest.approx(
        metered(rendered(clips, placed, samples, levels), RATE).lufs, abs=0.05
    )


def test_the_true_peak_is_predicted():
    clips, placed, samples = conversation(apart=6)
    levels = level_speakers(placed, samples, RATE, TARGETS["video"])
    highest = max(
        decibels(at.measures.true_peak * speaker.gain)
        for at in placed
        for speaker in levels.speakers
        if speaker.speaker == at.speaker
    )
    assert levels.true_peak == pytest.approx(highest, abs=0.002)
    sample_peak = decibels(float(np.abs(rendered(clips, placed, samples, levels)).max()))
    assert sample_peak - 0.01 <= levels.true_peak < sample_peak + 1


def test_stereo_figures_are_three_units_more_than_a_mono_file_measures():
    assert {name: target and target.lufs for name, target in TARGETS.items()} == {
        "podcast": -19.0,
        "broadcast": -26.0,
        "video": -17.0,
        "off": None,
    }


def test_the_ceiling_leaves_room_for_the_encoder():
    assert decibels(Target(-16, -1).ceiling) == pytest.approx(-1.5)


def gains_of(**speakers):
    """The gains for speakers of so many seconds at such a level (dBFS of a sine)."""
    placed, now = [], 0
    for name, (seconds, level) in speakers.items():
        placed.append(PlacedSpeech(name, now, measure(clip(sine(997, level, seconds, RATE)))))
        now += placed[-1].measures.heard
    levels = level_speakers(placed, now, RATE, TARGETS["podcast"])
    return {speaker.speaker: speaker.gain_db for speaker in levels.speakers}


def test_a_speaker_of_one_short_word_gets_the_gain_of_the_others():
    gains = gains_of(long=(10, -20), hm=(0.3, -30))
    assert gains["hm"] == pytest.approx(gains["long"], abs=0.01)


def test_the_more_somebody_says_the_more_their_own_level_counts():
    gains = [gains_of(long=(10, -20), short=(seconds, -30)) for seconds in (0.3, 0.6, 0.9, 1.2, 1.5, 3)]
    apart = [each["short"] - each["long"] for each in gains]
    assert apart == sorted(apart)
    assert apart[0] == pytest.approx(0, abs=0.01)
    assert 1 < apart[2] < 9
    assert apart[-1] == pytest.approx(10, abs=0.1)


def test_a_silent_speaker_moves_nobody():
    assert gains_of(long=(10, -20), silent=(5, -120))["long"] == pytest.approx(4.01, abs=0.05)


@pytest.mark.parametrize("level", [-120, -20])
def test_where_nobody_can_be_measured_nothing_is_changed(level):
    assert gains_of(hm=(0.2, level)) == {"hm": 0.0}


def test_an_episode_of_nothing_has_no_levels():
    levels = level_speakers([], 0, RATE, TARGETS["podcast"])
    assert levels.speakers == ()
    assert levels.lufs == levels.true_peak == -math.inf


def test_speakers_stand_in_the_order_of_their_appearance():
    assert list(gains_of(zoe=(2, -20), adam=(2, -20), mia=(2, -20))) == ["zoe", "adam", "mia"]


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(50, 900), st.floats(-45, -10)), min_size=1, max_size=12
    ),
    st.sampled_from(["podcast", "broadcast", "video"]),
)
def test_the_episode_reaches_its_target_whoever_speaks(turns, preset):
    """Speakers of steady level, of half a second and more each time."""
    placed, now = [], 0
    for speaker, hops, lufs in turns:
        energies = np.full(hops, 10 ** ((lufs + 0.691) / 10), "<f4").tobytes()
        placed.append(PlacedSpeech(speaker, now, Measures(240 * hops, 0, 240 * hops, 0.5, 0.5, energies)))
        now += 240 * hops
    levels = level_speakers(placed, now, RATE, TARGETS[preset])
    assert levels.lufs == pytest.approx(TARGETS[preset].lufs, abs=0.1)
    again = level_speakers(placed, now, RATE, TARGETS[preset])
    assert levels == again
