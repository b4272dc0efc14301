"""What is measured of a clip is all that anybody asks of it later, and survives being stored."""

import json
import tracemalloc
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from dropcast.jobs.measures import decode_measures, encode_measures
from dropcast.sound.kweighting import k_weighted_energies
from dropcast.sound.limiter import limit
from dropcast.sound.loudness import energies_of
from dropcast.sound.measuring import float_samples, measure
from dropcast.sound.wav import Clip
from sounds import clip, decibels, noise, silence, sine, speech_like

RATE = 24_000


def spoken():
    return clip(silence(0.2), speech_like(3, RATE, level=-6), silence(0.7))


def test_a_clip_is_measured_in_all_that_its_place_and_level_need():
    measures = measure(spoken())
    assert measures.samples == round(3.9 * RATE)
    assert 0.1 * RATE < measures.speech_start < 0.3 * RATE
    assert 2.8 * RATE < measures.speech_end < 3.3 * RATE
    assert measures.heard == measures.speech_end - measures.speech_start
    assert measures.sample_peak == pytest.approx(10 ** (-6 / 20), abs=0.0001)
    assert measures.sample_peak <= measures.true_peak < 1.1 * measures.sample_peak
    assert len(energies_of(measures)) == 390


def test_measures_survive_json():
    measures = measure(spoken())
    assert decode_measures(json.loads(json.dumps(encode_measures(measures)))) == measures


def test_they_take_two_kilobytes_for_five_and_a_half_seconds():
    encoded = json.dumps(encode_measures(measure(clip(speech_like(5.6, RATE)[: round(5.5 * RATE)]))))
    assert len(encoded) < 1800


@pytest.mark.parametrize(
    "broken",
    [
        {"samples": "1"},
        {"speech": [1]},
        {"peaks": None},
        {"energies": "AAAAA"},
        {"energies": "AAAA"},
        {"energies": "AAA!"},
        {"limiting": [0.9, None]},
        {"limiting": 0.9},
        {"digest": None},
    ],
    ids=str,
)
def test_what_is_not_measures_is_refused(broken):
    fields = encode_measures(measure(spoken()))
    with pytest.raises(ValueError):  # noqa: PT011 - the base of what binascii raises
        decode_measures(fields | broken)


@pytest.mark.parametrize("samples", [0, 1, 2, 119, 241])
def test_the_shortest_clips_are_measured(samples):
    measures = measure(clip(sine(200, -6, 1, RATE)[:samples]))
    assert (measures.samples, measures.speech_start, measures.speech_end) == (samples, 0, samples)
    assert len(energies_of(measures)) == -(-samples // 240)
    assert decode_measures(encode_measures(measures)) == measures


def test_full_scale_is_one():
    assert measure(Clip(np.full(100, -32_768, "<i2").tobytes(), RATE)).sample_peak == 1.0


def test_equal_clips_have_equal_measures_and_others_have_not():
    assert measure(spoken()) == measure(spoken())
    assert measure(spoken()) != replace(measure(spoken()), energy_bytes=b"")


def test_the_digest_is_that_of_the_sound():
    said = spoken()
    assert measure(said).digest == sha256(said.pcm).hexdigest()


@pytest.mark.parametrize("rate", [22_050, 24_000, 44_100])
def test_what_the_limiter_will_take_is_foretold(rate):
    """Within a fifth of the loss in decibels, or 0.03 LU, up to 8 dB; by the limiter itself."""
    for seed in range(4):
        measures = measure(clip(silence(0.1, rate), speech_like(3, rate, seed=seed), rate=rate))
        said = float_samples(clip(silence(0.1, rate), speech_like(3, rate, seed=seed), rate=rate))
        whole = k_weighted_energies(said, rate).sum()
        for down in range(1, 9):
            limited = limit(said, measures.true_peak * decibels(-down), rate)
            lost = -10 * np.log10(k_weighted_energies(limited, rate).sum() / whole)
            foretold = -10 * np.log10(measures.limiting[down - 1])
            assert foretold == pytest.approx(lost, rel=0.2, abs=0.03)


def test_around_a_peak_its_neighbours_are_turned_down_as_well():
    """A click each 10 ms in a tone, each at the end of its 2.5 ms: of the next as much is lost."""
    said = sine(1000, -20, 1, RATE)
    said[59::240] = 0.5
    kept = measure(clip(said)).limiting[11]
    limited = limit(said.astype(np.float32), 0.5 * decibels(-12), RATE)
    energies = [k_weighted_energies(each, RATE).sum() for each in (limited, said)]
    assert kept == pytest.approx(energies[0] / energies[1], rel=0.2)


def test_the_less_is_left_the_lower_the_limit_and_of_a_tone_all_but_nothing_is_spared():
    kept = measure(clip(sine(997, -6, 2, RATE))).limiting
    assert kept == pytest.approx([decibels(-down) ** 2 for down in range(1, 13)], abs=0.01)
    assert list(measure(spoken()).limiting) == sorted(measure(spoken()).limiting, reverse=True)


def test_of_a_single_click_limiting_takes_little():
    said = clip(sine(997, -26, 2, RATE) + np.eye(1, 2 * RATE, RATE)[0] * 0.9)
    assert min(measure(said).limiting) > 0.9


def test_silence_has_nothing_to_lose():
    assert measure(clip(silence(1))).limiting == (1.0,) * 12


def test_ten_minutes_take_little_memory_and_are_measured_as_their_pieces_are():
    piece = np.concatenate([speech_like(9, RATE), silence(1)]) + noise(-70, 10, RATE)
    long = Clip(clip(piece).pcm * 60, RATE)
    tracemalloc.start()
    measures = measure(long)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert grown < 100e6
    alone = measure(clip(piece))
    assert energies_of(measures)[1000:2000] == pytest.approx(energies_of(alone), rel=0.01, abs=1e-9)
    assert measures.true_peak == pytest.approx(alone.true_peak, abs=2e-6)
    assert measures.limiting == pytest.approx(alone.limiting, abs=0.001)
    assert measures.speech_end == 590 * RATE + alone.speech_end
