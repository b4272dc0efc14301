"""Speakers come out equally loud and the episode as loud as asked, when it is rendered with the gains."""

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropcast.jobs.measures import Measures
from dropcast.scripts.loudness import TARGETS, Target
from dropcast.sound.levels import level_episode
from dropcast.sound.limiter import limit
from dropcast.sound.loudness import stored_energies
from dropcast.sound.measuring import float_samples, measure
from dropcast.sound.programme import BESIDE, PlacedMusic, PlacedSpeech, music_energies
from sounds import clip, decibels, metered, noise, silence, sine, speech_like

RATE = 24_000
STEP = 0.05 + 1e-6  # dB: gains are rounded to tenths


def in_decibels(magnitude):
    return 20 * math.log10(magnitude)


def spoken(speaker, start, said, offset_db=0.0):
    """A clip that is heard from the first sample of its speech to its last."""
    measures = measure(said)
    return PlacedSpeech(speaker, start, measures.speech_start, measures.heard, measures, offset_db)


def conversation(apart, lines=8, seed=0):
    """Clips of two speakers in turn, the second so many LU louder, a quarter of a second between them."""
    clips, placed, now = [], [], 0
    for line in range(lines):
        level = -22 + apart * (line % 2)
        # Squeezed to peaks 16 dB above the loudness, which is what voices have.
        words = decibels(level) * np.tanh(2 * speech_like(2 + line % 3, RATE, level=0, seed=seed + line))
        said = clip(silence(0.1), words, silence(0.6))
        placed.append(spoken("AB"[line % 2], now, said))
        clips.append(said)
        now += placed[-1].samples + 6000
    return clips, placed, now


def gains(levels):
    return {speaker.speaker: speaker.gain_db for speaker in levels.speakers}


def rendered(clips, placed, samples, levels, ceiling=None):
    gain_of = gains(levels)
    episode = np.zeros(samples, np.float32)
    for each, at in zip(clips, placed, strict=True):
        heard = float_samples(each)[at.first : at.first + at.samples]
        episode[at.start : at.start + at.samples] += heard * 10 ** ((gain_of[at.speaker] + at.offset_db) / 20)
    return episode if ceiling is None else limit(episode, ceiling, RATE)


def of_speaker(episode, placed, speaker):
    return np.concatenate(
        [episode[at.start : at.start + at.samples] for at in placed if at.speaker == speaker]
    )


@pytest.mark.parametrize("preset", ["podcast", "broadcast", "video"])
def test_speakers_six_units_apart_end_equally_loud_and_the_episode_at_its_target(preset):
    """After it was limited, which takes up to three decibels from the loudest preset here."""
    clips, placed, samples = conversation(apart=6)
    target = TARGETS[preset]
    levels = level_episode(placed, [], samples, RATE, target)
    episode = rendered(clips, placed, samples, levels, target.ceiling)
    one, other = (metered(of_speaker(episode, placed, speaker), RATE).lufs for speaker in "AB")
    assert one == pytest.approx(other, abs=0.15)
    assert metered(episode, RATE).lufs == pytest.approx(target.lufs, abs=0.1)
    assert levels.lufs == pytest.approx(target.lufs, abs=0.06)
    assert metered(episode, RATE).true_peak <= levels.true_peak + 0.1


def test_what_limiting_takes_is_made_up_for():
    clips, placed, samples = conversation(apart=6)
    levels = level_episode(placed, [], samples, RATE, TARGETS["video"])
    louder = metered(rendered(clips, placed, samples, levels), RATE).lufs
    assert louder > TARGETS["video"].lufs + 0.5
    assert levels.true_peak == in_decibels(TARGETS["video"].ceiling)


def test_what_limiting_cannot_give_is_not_asked_for_without_end():
    said = spoken("A", 0, clip(sine(997, -6, 5, RATE)))
    levels = level_episode([said], [], 5 * RATE, RATE, Target(3, -1))
    assert levels.speakers[0].gain_db < 30
    assert levels.lufs == pytest.approx(-1.5 - 3.01, abs=0.1), "a tone is as loud as its peak allows"


def test_without_a_target_everything_stays_as_it_was_spoken():
    clips, placed, samples = conversation(apart=6)
    levels = level_episode(placed, [], samples, RATE, TARGETS["off"])
    assert gains(levels) == {"A": 0.0, "B": 0.0}
    assert levels.lufs == pytest.approx(
        metered(rendered(clips, placed, samples, levels), RATE).lufs, abs=0.05
    )


def test_without_matching_all_get_one_gain():
    clips, placed, samples = conversation(apart=6)
    levels = level_episode(placed, [], samples, RATE, TARGETS["broadcast"], match_speakers=False)
    assert len(set(gains(levels).values())) == 1
    assert levels.speakers[1].spoken.lufs - levels.speakers[0].spoken.lufs == pytest.approx(6, abs=1)
    episode = rendered(clips, placed, samples, levels)
    assert metered(episode, RATE).lufs == pytest.approx(TARGETS["broadcast"].lufs, abs=0.1)


def test_an_intro_is_as_loud_as_the_programme_also_where_speakers_are_not_matched():
    quiet = [spoken("A", at * 100_000, clip(sine(400, -30, 3, RATE), silence(0.5))) for at in range(3)]
    intro = spoken(BESIDE + "intro", 300_000, clip(sine(400, -6, 3, RATE), silence(0.5)))
    found = gains(level_episode([*quiet, intro], [], 400_000, RATE, TARGETS["podcast"], match_speakers=False))
    assert found["A"] - found[BESIDE + "intro"] == pytest.approx(24, abs=0.2)


def test_a_speaker_too_soft_to_be_measured_with_the_gain_of_all_is_no_reason_to_fail():
    loud = spoken("A", 0, clip(sine(400, -1, 5, RATE), silence(0.5)))
    soft = spoken("B", 150_000, clip(sine(25, -45, 5, RATE), silence(0.5)))
    target = Target(-35.0, -1.0)
    levels = level_episode([loud, soft], [], 300_000, RATE, target, match_speakers=False)
    assert all(map(math.isfinite, gains(levels).values()))


def test_the_true_peak_is_foretold():
    clips, placed, samples = conversation(apart=6)
    levels = level_episode(placed, [], samples, RATE, TARGETS["broadcast"])
    highest = max(in_decibels(at.measures.true_peak) + gains(levels)[at.speaker] for at in placed)
    assert levels.true_peak == pytest.approx(highest, abs=0.002)
    sample_peak = in_decibels(float(np.abs(rendered(clips, placed, samples, levels)).max()))
    assert sample_peak - 0.01 <= levels.true_peak < sample_peak + 1


def gains_of(*, match_speakers=True, **speakers):
    """The gains for speakers of so many seconds at such a level (dBFS of a sine)."""
    placed, now = [], 0
    for name, (seconds, level) in speakers.items():
        placed.append(spoken(name, now, clip(sine(997, level, seconds, RATE))))
        now += placed[-1].samples
    return gains(level_episode(placed, [], now, RATE, TARGETS["podcast"], match_speakers=match_speakers))


def test_a_speaker_of_one_short_word_gets_the_gain_of_the_others():
    found = gains_of(long=(10, -20), hm=(0.3, -30))
    assert found["hm"] == found["long"]


def test_the_more_somebody_says_the_more_their_own_level_counts():
    found = [gains_of(long=(10, -20), short=(seconds, -30)) for seconds in (0.3, 0.6, 0.9, 1.2, 1.5, 3)]
    apart = [each["short"] - each["long"] for each in found]
    assert apart == sorted(apart)
    assert apart[0] == pytest.approx(0, abs=0.01)
    assert 1 < apart[2] < 9
    assert apart[-1] == pytest.approx(10, abs=2 * STEP)


def test_a_speaker_of_few_words_is_not_taken_for_a_quiet_one():
    """Each word of a third of a second is too short for a block of its own."""
    word = clip(silence(0.2), sine(997, -20, 0.33, RATE), silence(0.5))
    words = [spoken("A", line * RATE, word) for line in range(20)]
    levels = level_episode(words, [], 20 * RATE, RATE, None)
    # The margins and the edges of words are silent: they cost a sixth of the energy.
    assert levels.speakers[0].spoken.lufs == pytest.approx(-23.01, abs=0.9)


def test_a_silent_speaker_moves_nobody():
    assert gains_of(long=(10, -20), silent=(5, -120))["long"] == pytest.approx(4.01, abs=STEP)


@pytest.mark.parametrize("level", [-120, -20])
def test_where_nobody_can_be_measured_nothing_is_changed(level):
    assert gains_of(hm=(0.2, level)) == {"hm": 0.0}
    assert gains_of(hm=(0.2, level), match_speakers=False) == {"hm": 0.0}


def test_an_episode_of_nothing_has_no_levels():
    levels = level_episode([], [], 0, RATE, TARGETS["podcast"])
    assert levels.speakers == ()
    assert levels.lufs == levels.true_peak == -math.inf


def test_speakers_stand_in_the_order_of_their_appearance():
    assert list(gains_of(zoe=(2, -20), adam=(2, -20), mia=(2, -20))) == ["zoe", "adam", "mia"]


def test_an_offset_is_how_much_louder_a_clip_comes_out_than_the_programme():
    clips, placed, now = conversation(apart=6)
    jingle = clip(noise(-8, 6, RATE))
    placed, clips = [*placed, spoken("\0intro", now, jingle, offset_db=-4.0)], [*clips, jingle]
    now += placed[-1].samples
    levels = level_episode(placed, [], now, RATE, TARGETS["podcast"])
    episode = rendered(clips, placed, now, levels, TARGETS["podcast"].ceiling)
    speech, intro = (metered(of_speaker(episode, placed, who), RATE).lufs for who in ("A", "\0intro"))
    assert intro - speech == pytest.approx(-4, abs=0.15)
    assert metered(episode, RATE).lufs == pytest.approx(TARGETS["podcast"].lufs, abs=0.1)


def test_what_limiting_takes_of_a_clip_that_shall_be_louder_is_foretold():
    clips, placed, samples = conversation(apart=0)
    placed = [replace(at, offset_db=9.0 * (at.speaker == "B")) for at in placed]
    levels = level_episode(placed, [], samples, RATE, TARGETS["podcast"])
    loud, limited = (rendered(clips, placed, samples, levels, each) for each in (None, 0.8414))
    assert metered(loud, RATE).lufs - metered(limited, RATE).lufs > 0.3
    assert levels.lufs == pytest.approx(metered(limited, RATE).lufs, abs=0.1)


def music(said, start, end, *levels):
    return PlacedMusic(measure(said), start, end, levels)


def bed(said, placed, gain_db, samples):
    """Music as it is rendered."""
    looped = np.resize(float_samples(said), placed.end - placed.start)
    at, level = zip(*placed.levels, strict=True)
    magnitudes = np.interp(np.arange(placed.start, placed.end), at, 10 ** (np.array(level) / 20))
    heard = np.zeros(samples)
    heard[placed.start : placed.end] = looped * magnitudes * 10 ** (gain_db / 20)
    return heard


def test_music_is_as_loud_as_the_programme_where_its_level_is_nothing():
    said = clip(noise(-30, 7, RATE))
    placed = music(said, 0, 20 * RATE, (0, 0.0))
    (gain,) = level_episode([], [placed], 20 * RATE, RATE, TARGETS["podcast"]).music
    assert metered(bed(said, placed, gain, 20 * RATE), RATE).lufs == pytest.approx(-19, abs=0.1)


def test_music_counts_in_the_programme():
    """At levels that move, in a loop that fits nowhere, under speech."""
    clips, placed, samples = conversation(apart=6)
    samples += 5 * RATE
    said = clip(noise(-30, 3.217, RATE))
    under = music(said, 12_345, samples - 1000, (RATE, -40.0), (3 * RATE, -3.0), (9 * RATE, -9.0))
    levels = level_episode(placed, [under], samples, RATE, TARGETS["podcast"])
    episode = rendered(clips, placed, samples, levels) + bed(said, under, levels.music[0], samples)
    quiet = level_episode(placed, [], samples, RATE, TARGETS["podcast"])
    assert abs(gains(levels)["A"] - gains(quiet)["A"]) > 0.3, "the music is heard"
    heard = metered(limit(episode.astype(np.float32), TARGETS["podcast"].ceiling, RATE), RATE).lufs
    assert levels.lufs == pytest.approx(heard, abs=0.1)
    assert heard == pytest.approx(-19, abs=0.12)


def test_music_goes_on_across_the_seams_of_its_loop():
    looped = music(clip(sine(1000, -20, 0.73, RATE)), 1234, 9 * RATE, (0, 0.0))
    energies = music_energies([looped], [0.0], 10 * RATE, RATE)
    assert energies[1:90] == pytest.approx(energies[1], rel=0.1)
    assert not energies[90:].any()


def test_the_peak_of_music_counts_at_its_highest_level():
    said = clip(noise(-30, 3, RATE))
    placed = music(said, 0, 3 * RATE, (0, -30.0), (RATE, -6.0))
    levels = level_episode([], [placed], 3 * RATE, RATE, TARGETS["broadcast"])
    highest = in_decibels(placed.measures.true_peak) + levels.music[0] - 6
    assert levels.true_peak == pytest.approx(highest)


def test_silent_music_and_music_without_a_target_stay():
    hush, hiss = (music(clip(said), 0, RATE, (0, -6.0)) for said in (silence(1), noise(-30, 1, RATE)))
    assert level_episode([], [hush], RATE, RATE, TARGETS["podcast"]).music == (0.0,)
    assert level_episode([], [hiss], RATE, RATE, None).music == (0.0,)


def steady(turns):
    """Speakers of so many hundredths of a second at such a loudness, one after the other."""
    placed, now = [], 0
    for speaker, hundredths, lufs in turns:
        energies = stored_energies(np.full(hundredths, 10 ** ((lufs + 0.691) / 10)))
        samples = 240 * hundredths
        measures = Measures(samples, 0, samples, 0.5, 0.5, energies)
        placed.append(PlacedSpeech(speaker, now, 0, samples, measures))
        now += samples
    return placed, now


# A stretch that lies at the relative gate counts or not, as each speaker's gain is rounded: 0.8 LU.
AT_THE_GATE = [
    *(("A", 50, -10.0), ("A", 65, -10.0), ("A", 897, -23.0), ("A", 900, -10.0)),
    *(("B", 373, -27.625), ("B", 388, -14.9375)),
]


@settings(max_examples=40)
@example(AT_THE_GATE, "podcast")
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(50, 900), st.floats(-45, -10)), min_size=1, max_size=12
    ),
    st.sampled_from(["podcast", "broadcast", "video"]),
)
def test_the_episode_reaches_its_target_whoever_speaks(turns, preset):
    """Speakers of steady level, of half a second and more each time."""
    placed, now = steady(turns)
    levels = level_episode(iter(placed), [], now, RATE, TARGETS[preset])
    assert levels.lufs == pytest.approx(TARGETS[preset].lufs, abs=0.06)
    assert level_episode(placed, [], now, RATE, TARGETS[preset]) == levels


def test_gains_are_tenths_of_a_decibel_so_that_another_take_of_a_line_moves_none():
    placed, now = steady([("AB"[line % 2], 500, -25 + 4 * (line % 2)) for line in range(100)])
    before = gains(level_episode(placed, [], now, RATE, TARGETS["podcast"]))
    louder = stored_energies(np.full(500, 10 ** ((-24.5 + 0.691) / 10)))
    placed[10] = replace(placed[10], measures=replace(placed[10].measures, energy_bytes=louder))
    assert gains(level_episode(placed, [], now, RATE, TARGETS["podcast"])) == before == {"A": 6.0, "B": 2.0}


def test_clips_are_read_once_and_little_is_kept_of_each():
    energies = stored_energies(np.full(550, 0.01))
    kept = []

    def lines():
        for line in range(1000):
            measures = Measures(132_000, 0, 132_000, 0.5, 0.5, bytes(energies), (0.9,) * 12, str(line))
            yield PlacedSpeech("AB"[line % 2], line * 140_000, 0, 132_000, measures)
            if line in (1, 999):
                kept.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    level_episode(lines(), [], 140_000_000, RATE, TARGETS["podcast"])
    tracemalloc.stop()
    assert (kept[1] - kept[0]) / 998 < 1500
