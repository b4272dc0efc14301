"""Music makes way for speech: it is never in the way, never louder than asked, and never jumps."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.sound.ducking import MAKES_WAY, RETURNS, SILENCE_DB, STAYS_DOWN, bed_levels

RATE = 1000  # so that a sample is a millisecond
LENGTH = 20_000
EPSILON = 1e-3  # dB; levels are rounded to a tenth of this


def levels(*spoken, start=0, end=LENGTH, gain=-6.0, duck=-14.0, fade_in=0, fade_out=0):
    return bed_levels(spoken, start, end, gain, duck, fade_in, fade_out, RATE)


def heard(found, places):
    """The gain in dB at some samples, as the mixer reads the levels: straight lines of magnitude."""
    at, decibels = zip(*found, strict=True)
    return 20 * np.log10(np.interp(places, at, 10 ** (np.array(decibels) / 20)))


@st.composite
def speeches(draw):
    """What is spoken, by rising starts, overlaps and all, also before the music and behind it."""
    spans = st.tuples(st.integers(-3000, LENGTH + 3000), st.integers(0, 4000))
    return sorted((start, start + samples) for start, samples in draw(st.lists(spans, max_size=12)))


spans_of_music = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(sorted)
decibels = st.floats(-40, 0)
fades = st.integers(0, LENGTH)


@given(speeches(), spans_of_music, st.floats(-40, 12), decibels, fades, fades)
def test_music_is_never_louder_than_asked_and_ducked_wherever_somebody_speaks(
    spoken, music, gain, duck, fade_in, fade_out
):
    start, end = music
    found = bed_levels(spoken, start, end, gain, duck, fade_in, fade_out, RATE)
    places = [place for place, _ in found]
    assert places[0] == start
    assert places[-1] == end
    assert all(before < after for before, after in pairwise(places))
    assert all(type(place) is int and type(level) is float for place, level in found)
    gains = heard(found, np.arange(start, end + 1))
    assert gains.max() <= gain + EPSILON
    for first, last in spoken:
        while_spoken = gains[max(0, first - start) : max(0, last - start)]
        assert np.all(while_spoken <= gain + duck + EPSILON)


@given(speeches(), decibels)
def test_music_never_jumps(spoken, duck):
    steps = np.diff(10 ** (heard(levels(*spoken, gain=0.0, duck=duck), np.arange(LENGTH)) / 20))
    assert np.abs(steps).max() <= 1 / (MAKES_WAY * RATE)


def test_music_goes_down_before_somebody_speaks_and_comes_back_after():
    assert levels((5000, 8000)) == (
        (0, -6.0),
        (4700, -6.0),
        (5000, -20.0),
        (8000, -20.0),
        (8800, -6.0),
        (LENGTH, -6.0),
    )


def test_between_two_places_the_magnitude_goes_in_a_straight_line():
    half_way = heard(levels((5000, 8000), gain=0.0, duck=-20.0), [4850])
    assert half_way == pytest.approx(20 * np.log10((1 + 0.1) / 2))


@pytest.mark.parametrize(("pause", "places"), [(1500, 6), (1501, 10)])
def test_music_stays_down_through_short_pauses_only(pause, places):
    assert len(levels((3000, 5000), (5000 + pause, 9000))) == places


def test_a_speaker_within_another_does_not_bring_the_music_back():
    assert levels((3000, 9000), (4000, 5000)) == levels((3000, 9000))


def test_the_way_up_and_the_next_way_down_never_cross():
    assert STAYS_DOWN >= MAKES_WAY + RETURNS


def test_music_that_begins_or_ends_within_speech_is_down_from_the_start_or_to_the_end():
    assert levels((-1000, 2000), (18_000, 25_000)) == (
        (0, -20.0),
        (2000, -20.0),
        (2800, -6.0),
        (17_700, -6.0),
        (18_000, -20.0),
        (LENGTH, -20.0),
    )


def test_music_that_begins_while_it_would_return_begins_on_the_way():
    found = levels((-2000, -400), gain=0.0, duck=-20.0)
    assert found[0] == (0, pytest.approx(20 * np.log10(0.55), abs=EPSILON))


def test_music_rises_from_silence_and_falls_back():
    assert levels(fade_in=1000, fade_out=2000) == (
        (0, SILENCE_DB),
        (1000, -6.0),
        (18_000, -6.0),
        (LENGTH, SILENCE_DB),
    )


def test_a_fade_under_speech_is_as_much_lower_as_the_music_is():
    found = dict(levels((-500, 500), fade_in=1000))
    assert found[500] == pytest.approx(-6 - 14 + 20 * np.log10(0.5), abs=EPSILON)


def test_fades_that_would_meet_share_the_time_in_proportion():
    assert levels(fade_in=30_000, fade_out=10_000) == ((0, SILENCE_DB), (15_000, -6.0), (LENGTH, SILENCE_DB))


def test_music_without_speech_is_as_loud_as_asked():
    assert levels() == ((0, -6.0), (LENGTH, -6.0))


def test_ten_thousand_lines_take_no_time():
    spoken = [(at * 200_000, at * 200_000 + 120_000) for at in range(10_000)]
    began = time.process_time()
    found = bed_levels(spoken, 0, 2_000_000_000, -6.0, -14.0, 24_000, 24_000, 24_000)
    assert time.process_time() - began < 0.5  # 0.03 s, with room for a machine that has more to do
    assert len(found) > 40_000
