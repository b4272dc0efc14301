"""What the report says of a line follows from its outcomes and its place in the timeline."""

import math
from dataclasses import replace

import pytest

from dropcast.jobs.identity import Upload
from dropcast.jobs.measures import Measures
from dropcast.jobs.outcome import Rejection, Spoken
from dropcast.jobs.planning import Defaults, plan_conversation
from dropcast.jobs.recording import Recording
from dropcast.publishing.states import line_states
from dropcast.scripts.reading import read_conversation
from dropcast.sound.timeline import PlacedClip, PlacedLine, Timeline

LONG = "A sentence that is said again. " * 200  # more than one request holds
SCRIPT = f'[{{"speaker": "A", "line": "Hi."}}, {{"line": ""}}, {{"speaker": "B", "line": "{LONG}"}}]'
PLAN = plan_conversation(
    Upload("uploads", "story.json", 7), read_conversation(SCRIPT.encode()), "", Defaults()
)


def spoken(utterance, *, cached=False, samples=24_000):
    return Spoken(utterance, f"clips/{utterance}.wav", Measures(samples, 0, samples, 0.5, 0.5, b""), cached)


def outcomes(*changed, cached=False):
    spoken_ones = [spoken(at, cached=cached) for at in range(PLAN.head.utterances)]
    for outcome in changed:
        spoken_ones[outcome.utterance] = outcome
    return spoken_ones


def timeline(outcomes):
    """One second for each clip, a quarter between two lines; what has a piece missing is left out."""
    lines, start = [], 0
    for line in PLAN.lines:
        if all(isinstance(outcome, Spoken) for outcome in outcomes[line.utterances]):
            numbers = range(PLAN.head.utterances)[line.utterances]
            clips = [PlacedClip(number, start + at * 24_000, 24_000) for at, number in enumerate(numbers)]
            lines.append(PlacedLine(line.entry, tuple(clips)))
            start = clips[-1].end + 6_000
    return Timeline(24_000, start, tuple(lines))


def states(outcomes, *, heard=True, **levels):
    return list(line_states(PLAN, outcomes, timeline(outcomes) if heard else None, **levels))


def test_the_second_line_is_spoken_in_two_pieces():
    assert [len(line.requests) for line in PLAN.lines] == [1, 2]


def test_a_spoken_line_has_its_place_its_voice_and_its_times():
    first, second = states(outcomes())
    assert (first.entry, first.speaker, first.state, first.reason) == (0, "A", "spoken", None)
    assert (first.start_time, first.end_time) == (0, 1)
    assert (second.entry, second.start_time, second.end_time) == (2, 1.25, 3.25)
    assert {first.voice, second.voice} == {speaker.voice for speaker in PLAN.head.speakers}


def test_the_characters_of_a_line_are_those_of_all_its_pieces():
    first, second = states(outcomes())
    assert first.characters == len("Hi.")
    assert second.characters == sum(len(request.content) for request in PLAN.lines[1].requests)


def test_a_line_of_which_a_piece_was_refused_is_rejected_with_the_first_reason():
    _, second = states(outcomes(Rejection(2, "too loud")))
    assert (second.state, second.reason) == ("rejected", "too loud")
    assert (second.start_time, second.end_time) == (None, None)
    _, second = states(outcomes(Rejection(1, "first"), Rejection(2, "second")))
    assert second.reason == "first"


def test_without_a_timeline_nothing_is_heard_but_what_was_spoken_is_said():
    first, second = states(outcomes(Rejection(2, "no")), heard=False)
    assert (first.state, first.start_time) == ("spoken", None)
    assert (second.state, second.start_time) == ("rejected", None)


@pytest.mark.parametrize("changed", [spoken(2), Rejection(2, "no")])
def test_a_line_is_cached_if_all_its_pieces_were(changed):
    assert [line.cached for line in states(outcomes(cached=True))] == [True, True]
    assert [line.cached for line in states(outcomes(changed, cached=True))] == [True, False]


def test_a_line_names_the_clips_that_it_was_made_of():
    assert [line.clips for line in states(outcomes())] == [
        ("clips/0.wav",),
        ("clips/1.wav", "clips/2.wav"),
    ]
    assert states(outcomes(Rejection(1, "no")))[1].clips == ("clips/2.wav",)


def test_the_loudness_of_a_line_is_that_of_its_pieces_one_after_the_other():
    levels = {0: (1.5, -19.012), 1: (-2.0, -20.0), 2: (-2.0, -10.0)}
    first, second = states(outcomes(spoken(1, samples=72_000)), levels=levels)
    assert (first.gain_db, first.lufs) == (1.5, -19.01)
    # Three quarters of the power of -20 LUFS and one of -10: (3 * 0.01 + 0.1) / 4 = 0.0325.
    assert (second.gain_db, second.lufs) == (-2.0, -14.88)


def test_what_is_silent_or_not_heard_has_no_loudness():
    levels = {0: (0.0, -math.inf), 1: (0.0, -19.0)}
    first, second = states(outcomes(Rejection(2, "no")), levels=levels)
    assert (first.gain_db, first.lufs) == (0.0, None)
    assert (second.gain_db, second.lufs) == (None, None)


def test_without_levels_none_are_told():
    assert [(line.gain_db, line.lufs) for line in states(outcomes())] == [(None, None)] * 2


def test_a_recording_is_nobodys_voice_and_costs_nothing():
    insert = replace(PLAN.lines[0], requests=(Recording("door.wav", 24_000),))
    plan = replace(PLAN, lines=(insert, PLAN.lines[1]))
    first = next(line_states(plan, outcomes(), timeline(outcomes())))
    assert (first.voice, first.characters, first.state, first.end_time) == ("", 0, "spoken", 1)
