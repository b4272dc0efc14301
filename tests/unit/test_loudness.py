"""Loudness is what ITU-R BS.1770-4 says, and what an independent meter says, with and without audio."""

import math

import numpy as np
import pytest

from dropcast.sound.kweighting import k_weighted_energies
from dropcast.sound.loudness import (
    Heard,
    episode_energies,
    gated,
    integrated_loudness,
    programme_loudness,
    speech_loudness,
)
from dropcast.sound.measuring import float_samples, measure
from sounds import clip, metered, silence, sine, speech_like

RATE = 24_000
# BS.1770-4, tables 1 and 2: the filters at 48 kHz.
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585]
HIGH_PASS = [1.0, -2.0, 1.0], [1, -1.99004745483398, 0.99007225036621]


def filtered(samples, forward, back):
    out, x1, x2, y1, y2 = [], 0.0, 0.0, 0.0, 0.0
    for x in samples.tolist():
        y = forward[0] * x + forward[1] * x1 + forward[2] * x2 - back[1] * y1 - back[2] * y2
        x1, x2, y1, y2 = x, x1, y, y1
        out.append(y)
    return np.array(out)


def measured(samples, rate):
    """The loudness of samples, from energies of their own."""
    return speech_loudness([whole(samples, rate)], rate).lufs


def whole(samples, rate):
    """The measures of a clip that is heard from its first sample to its last."""
    measures = measure(clip(samples, rate=rate))
    return type(measures)(len(samples), 0, len(samples), 0, 0, measures.energy_bytes)


def hops(*stretches):
    """Energies of so many seconds of so many LUFS each."""
    return np.concatenate(
        [np.full(round(10 * each), 10 ** ((lufs + 0.691) / 10)) for each, lufs in stretches]
    )


def test_energies_are_those_of_the_recommendations_own_filters():
    samples = speech_like(2.4, 48_000)[: 48_000 * 2 + 317]
    weighted = filtered(filtered(samples, *SHELF), *HIGH_PASS)
    wanted = [np.sum(weighted[at : at + 480] ** 2) / 480 for at in range(0, len(samples), 480)]
    assert k_weighted_energies(samples, 48_000) == pytest.approx(wanted, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_a_full_scale_sine_in_one_channel_is_at_minus_3_01_lufs(rate):
    assert measured(sine(997, 0, 3, rate), rate) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize(("rate", "apart"), [(48_000, 0.05), (24_000, 0.05), (22_050, 0.1), (8000, 0.1)])
def test_ffmpeg_says_the_same(rate, apart):
    samples = np.concatenate(
        [speech_like(4, rate), silence(2, rate), speech_like(3, rate, level=-30, seed=2)]
    )
    assert measured(samples, rate) == pytest.approx(metered(samples, rate).lufs, abs=apart)


@pytest.mark.parametrize("rate", [24_000, 22_050])
def test_what_is_predicted_of_an_episode_is_what_is_measured_of_it(rate):
    """With trims, gains, gaps and starts on no grid. A block may fall to either side of the gate."""
    random = np.random.default_rng(3)
    clips = [
        clip(
            silence(random.uniform(0, 0.3), rate),
            speech_like(random.uniform(1, 5), rate, level=random.uniform(-15, -9), seed=seed),
            silence(random.uniform(0, 0.9), rate),
            rate=rate,
        )
        for seed in range(60)
    ]
    timeline, now = [], 0
    for each in clips:
        measures = measure(each)
        timeline.append(Heard(measures, now, random.uniform(0.7, 1.4)))
        now += measures.heard + random.integers(0, rate)
    episode = np.zeros(now)
    for each, placed in zip(clips, timeline, strict=True):
        heard = float_samples(each)[placed.measures.speech_start : placed.measures.speech_end]
        episode[placed.start : placed.start + placed.measures.heard] += placed.gain * heard
    predicted = programme_loudness(timeline, now, rate)
    energies = k_weighted_energies(episode, rate)
    joined = integrated_loudness(energies[: len(energies) // 10 * 10].reshape(-1, 10).mean(axis=1))
    assert predicted == pytest.approx(joined, abs=0.01)
    assert predicted == pytest.approx(metered(episode, rate).lufs, abs=0.05)


def test_two_voices_at_once_add_up():
    measures = measure(clip(speech_like(4, RATE)))
    alone, twice = [Heard(measures, 1234)], [Heard(measures, 1234), Heard(measures, 1234)]
    assert programme_loudness(twice, 5 * RATE, RATE) == pytest.approx(
        programme_loudness(alone, 5 * RATE, RATE) + 3.01, abs=0.001
    )


def test_no_energy_is_lost_wherever_a_clip_lies():
    measures = whole(speech_like(2, RATE), RATE)
    for start in (0, 1, 119, 2399, 2400, 77_777):
        energies = episode_energies([Heard(measures, start)], 10 * RATE, RATE)
        assert energies.sum() * 10 == pytest.approx(measures.energies.sum(), rel=1e-6)


def test_only_what_is_to_be_heard_counts():
    measures = measure(clip(silence(0.5), sine(997, -20, 1, RATE), silence(0.5)))
    assert 1.0 < measures.heard / RATE < 1.1
    energies = episode_energies([Heard(measures, 0)], 2 * RATE, RATE)
    assert np.flatnonzero(energies > 1e-6).tolist() == list(range(11))


def test_a_gain_is_a_gain_of_loudness():
    measures = measure(clip(speech_like(4, RATE)))
    one, half = ([Heard(measures, 0, gain)] for gain in (1.0, 0.5))
    assert programme_loudness(half, 4 * RATE, RATE) - programme_loudness(
        one, 4 * RATE, RATE
    ) == pytest.approx(20 * math.log10(0.5))


@pytest.mark.parametrize(
    "stretches",  # EBU Tech 3341, minimum requirements 3 to 5
    [
        [(10, -36), (60, -23), (10, -36)],
        [(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)],
        [(20, -26), (20.1, -20), (20, -26)],
    ],
    ids=["relative gate", "absolute gate", "average"],
)
def test_the_gates_pass_what_the_ebu_asks_of_meters(stretches):
    assert integrated_loudness(hops(*stretches)) == pytest.approx(-23, abs=0.1)


def test_pauses_make_nothing_less_loud():
    assert integrated_loudness(hops((10, -23), (90, -80))) == pytest.approx(-23, abs=0.1)


def test_nothing_has_no_loudness():
    assert integrated_loudness(np.zeros(0)) == -math.inf
    assert integrated_loudness(np.zeros(100)) == -math.inf
    assert integrated_loudness(hops((10, -71))) == -math.inf
    assert integrated_loudness(hops((0.3, -20))) == -math.inf, "less than a block of 400 ms"
    assert programme_loudness([], 0, RATE) == -math.inf
    assert speech_loudness([], RATE).lufs == -math.inf


def test_it_is_said_how_much_the_loudness_rests_on():
    assert gated(hops((10, -23), (10, -80))).seconds == pytest.approx(10, abs=0.3)
    assert gated(np.zeros(50)).seconds == 0


def test_a_speaker_of_few_words_is_not_taken_for_a_quiet_one():
    """Each word of a third of a second is too short for a block of its own."""
    word = sine(997, -20, 0.33, RATE)
    words = [measure(clip(silence(0.2), word, silence(0.5))) for _ in range(20)]
    # The margins and the edges of words are silent: they cost a sixth of the energy.
    assert speech_loudness(words, RATE).lufs == pytest.approx(-23.01, abs=0.9)


def test_a_louder_clip_is_louder_by_as_much():
    quiet, loud = (clip(speech_like(3, RATE, level=level)) for level in (-12, -6))
    apart = speech_loudness([measure(loud)], RATE).lufs - speech_loudness([measure(quiet)], RATE).lufs
    assert apart == pytest.approx(6, abs=0.01)
