"""What is measured of a clip is all that anybody asks of it later, and survives being stored."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dropcast.sound.measures import decode_measures, encode_measures
from dropcast.sound.measuring import measure
from dropcast.sound.wav import Clip
from sounds import clip, silence, sine, speech_like

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
    assert len(measures.energies) == 390


def test_measures_survive_json():
    measures = measure(spoken())
    assert decode_measures(json.loads(json.dumps(encode_measures(measures)))) == measures


def test_they_take_three_kilobytes_for_five_and_a_half_seconds():
    encoded = json.dumps(encode_measures(measure(clip(speech_like(5.6, RATE)[: round(5.5 * RATE)]))))
    assert len(encoded) < 3100


@pytest.mark.parametrize(
    "broken",
    [
        {"samples": "1"},
        {"speech": [1]},
        {"peaks": None},
        {"energies": "AAAAA"},
        {"energies": "AAAA"},
        {"energies": "AAAAAA!=="},
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
    assert len(measures.energies) == -(-samples // 240)
    assert decode_measures(encode_measures(measures)) == measures


def test_full_scale_is_one():
    assert measure(Clip(np.full(100, -32_768, "<i2").tobytes(), RATE)).sample_peak == 1.0


def test_equal_clips_have_equal_measures_and_others_have_not():
    assert measure(spoken()) == measure(spoken())
    assert measure(spoken()) != replace(measure(spoken()), energy_bytes=b"")
