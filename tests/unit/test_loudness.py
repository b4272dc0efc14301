"""Loudness is what ITU-R BS.1770-4 says, and what an independent meter says, with and without audio."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.measures import Measures
from dropcast.sound.kweighting import k_weighted_energies
from dropcast.sound.loudness import (
    HOPS_PER_SECOND,
    clip_lufs,
    energies_of,
    gated,
    heard_hops,
    hops_of,
    integrated_loudness,
    measured_loudness,
    stored_energies,
)
from dropcast.sound.measuring import float_samples, measure
from sounds import clip, decibels, metered, noise, silence, sine, speech_like

RATE = 24_000
# BS.1770-4, tables 1 and 2: the filters at 48 kHz.
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585]
HIGH_PASS = [1.0, -2.0, 1.0], [1, -1.99004745483398, 0.99007225036621]


def rendered_hops(samples, rate):
    """The exact energies of each 100 ms, which the quick way is held against."""
    return k_weighted_energies(samples, rate, HOPS_PER_SECOND)


def filtered(samples, forward, back):
    out, x1, x2, y1, y2 = [], 0.0, 0.0, 0.0, 0.0
    for x in samples.tolist():
        y = forward[0] * x + forward[1] * x1 + forward[2] * x2 - back[1] * y1 - back[2] * y2
        x1, x2, y1, y2 = x, x1, y, y1
        out.append(y)
    return np.array(out)


def measured(samples, rate):
    """The loudness of samples, from what is measured of a clip."""
    measures = measure(clip(samples, rate=rate))
    return clip_lufs(measures, 0, len(samples), rate)


@dataclass
class Heard:
    measures: Measures
    start: int
    gain: float = 1.0


def episode(heard, samples, rate=RATE):
    """The energies of an episode of clips from the first sample of their speech to its last."""
    energies = np.zeros(samples * 10 // rate)
    for each in heard:
        measures = each.measures
        found = heard_hops(measures, measures.speech_start, measures.heard, each.start, rate)
        there = energies[found.first : found.first + len(found.energies)]
        there += each.gain**2 * found.energies[: len(there)]
    return energies


def programme_loudness(heard, samples, rate):
    return integrated_loudness(episode(heard, samples, rate))


def hops(*stretches):
    """Energies of so many seconds of so many LUFS each."""
    return np.concatenate(
        [np.full(round(10 * each), 10 ** ((lufs + 0.691) / 10)) for each, lufs in stretches]
    )


def test_energies_are_those_of_the_recommendations_own_filters():
    samples = speech_like(2.4, 48_000)[: 48_000 * 2 + 317]
    weighted = filtered(filtered(samples, *SHELF), *HIGH_PASS)
    wanted = [np.sum(weighted[at : at + 480] ** 2) / 480 for at in range(0, len(samples), 480)]
    assert k_weighted_energies(samples, 48_000) == pytest.approx(wanted, rel=1e-4, abs=1e-9)


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
    joined = np.zeros(now)
    for each, placed in zip(clips, timeline, strict=True):
        heard = float_samples(each)[placed.measures.speech_start : placed.measures.speech_end]
        joined[placed.start : placed.start + placed.measures.heard] += placed.gain * heard
    predicted = programme_loudness(timeline, now, rate)
    assert predicted == pytest.approx(integrated_loudness(rendered_hops(joined, rate)), abs=0.01)
    assert predicted == pytest.approx(metered(joined, rate).lufs, abs=0.05)


def test_two_voices_at_once_add_up():
    measures = measure(clip(speech_like(4, RATE)))
    alone, twice = [Heard(measures, 1234)], [Heard(measures, 1234), Heard(measures, 1234)]
    assert programme_loudness(twice, 5 * RATE, RATE) == pytest.approx(
        programme_loudness(alone, 5 * RATE, RATE) + 3.01, abs=0.001
    )


def test_no_energy_is_lost_wherever_a_clip_lies():
    measures = measure(clip(speech_like(2, RATE)))
    whole = energies_of(measures)[measures.speech_start // 240 : measures.speech_end // 240].sum()
    for start in (0, 1, 119, 2399, 2400, 77_777):
        energies = episode([Heard(measures, start)], 10 * RATE)
        assert energies.sum() * 10 == pytest.approx(whole, rel=1e-3)


def test_only_what_is_to_be_heard_counts():
    measures = measure(clip(silence(0.5), sine(997, -20, 1, RATE), silence(0.5)))
    assert 1.0 < measures.heard / RATE < 1.1
    energies = episode([Heard(measures, 0)], 2 * RATE)
    assert np.flatnonzero(energies > 1e-6).tolist() == list(range(11))


def test_more_or_less_of_a_clip_can_be_heard_than_its_speech():
    measures = measure(clip(silence(0.5), sine(997, -20, 1, RATE), silence(0.5)))
    found = heard_hops(measures, 0, 2 * RATE, 3 * RATE, RATE)
    assert found.first == 30
    assert np.flatnonzero(found.energies > 1e-4).tolist() == list(range(5, 15))
    assert np.count_nonzero(heard_hops(measures, RATE, RATE // 4, 0, RATE).energies > 1e-4) == 3


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
    assert measured_loudness([]) == -math.inf
    assert clip_lufs(measure(clip(silence(1))), 0, RATE, RATE) == -math.inf


def test_it_is_said_how_much_the_loudness_rests_on():
    assert gated(hops((10, -23), (10, -80))).seconds == pytest.approx(10, abs=0.3)
    assert gated(np.zeros(50)).seconds == 0


def test_a_louder_clip_is_louder_by_as_much():
    quiet, loud = (speech_like(3, RATE, level=level) for level in (-12, -6))
    assert measured(loud, RATE) - measured(quiet, RATE) == pytest.approx(6, abs=0.01)


def test_a_word_shorter_than_a_block_is_as_loud_as_a_long_one():
    for seconds in (0.05, 0.33, 0.39, 0.41, 3):
        assert measured(sine(997, -20, seconds, RATE), RATE) == pytest.approx(-23.01, abs=0.3)


@given(st.floats(-150, 20))
def test_energies_are_stored_to_a_five_hundredth_of_a_decibel(decibels):
    stored = stored_energies(np.array([0.0, 10 ** (decibels / 10)]))
    nothing, found = energies_of(Measures(480, 0, 480, 0, 0, stored))
    assert nothing == 0
    assert 10 * np.log10(found) == pytest.approx(decibels, abs=1 / 500)


def test_what_nobody_could_hear_is_stored_as_nothing():
    assert energies_of(Measures(240, 0, 240, 0, 0, stored_energies(np.array([1e-16])))).tolist() == [0]


@pytest.mark.parametrize("rate", [24_000, 22_050, 48_000])
def test_the_loudness_of_rendered_parts_is_that_of_the_whole(rate):
    """Parts that begin on no grid, in the gaps between lines."""
    random = np.random.default_rng(5)

    def part(seed):
        envelope = np.repeat(random.uniform(0.1, 1, 140), round(0.143 * rate))
        hiss = noise(-20, len(envelope) / rate, rate, seed) * envelope
        return np.concatenate([hiss, np.zeros(random.integers(rate // 4, rate))])

    parts = [part(seed) for seed in range(4)]
    apart = measured_loudness(rendered_hops(part.astype(np.float32), rate) for part in parts)
    assert apart == pytest.approx(metered(np.concatenate(parts), rate).lufs, abs=0.05)
    assert apart == pytest.approx(measured_loudness([rendered_hops(np.concatenate(parts), rate)]), abs=0.02)


@pytest.mark.parametrize("length", [0, 1, 100, 6751, 6752, 6753, 4 * 6752, 4 * 6752 + 1, 123_457])
def test_energies_are_the_same_however_many_blocks_they_are_made_of(length):
    samples = noise(-20, 6, RATE)[:length]
    energies = k_weighted_energies(samples, RATE)
    assert len(energies) == -(-length // 240)
    longer = k_weighted_energies(np.concatenate([samples, np.zeros(50_000)]), RATE)[: len(energies)]
    assert energies[:-1] == pytest.approx(longer[:-1], rel=1e-5)
    by_hops = k_weighted_energies(samples, RATE, 10)
    assert by_hops.sum() == pytest.approx(energies.sum() / 10, rel=1e-5)


@pytest.mark.parametrize("rate", [24_000, 48_000])
def test_the_quick_way_measures_a_programme_as_the_exact_one_does(rate):
    said = clip(
        *[decibels(-6 * (turn % 3)) * speech_like(2, rate, seed=turn) for turn in range(10)], rate=rate
    )
    quick = np.frombuffer(hops_of(said.pcm[:-1000], rate), "<f4")
    exact = rendered_hops(float_samples(said)[:-500], rate)
    assert len(quick) == len(exact)
    assert measured_loudness([quick]) == pytest.approx(measured_loudness([exact]), abs=0.01)
    steady = clip(sine(997, -20, 3, rate), rate=rate)
    hops = np.frombuffer(hops_of(memoryview(steady.pcm), rate), "<f4")
    assert -0.691 + 10 * np.log10(hops[5]) == pytest.approx(-23.0, abs=0.05)
    assert hops_of(b"", rate) == b""
