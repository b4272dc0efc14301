"""What the report says of a line follows from its outcomes and its place in the timeline."""

import pytest

from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, Spoken
from dropcast.jobs.planning import Defaults, plan_conversation
from dropcast.publishing.states import line_states
from dropcast.scripts.reading import read_conversation
from dropcast.sound.timeline import lay_timeline

LONG = "A sentence that is said again. " * 200  # more than one request holds
SCRIPT = f'[{{"speaker": "A", "line": "Hi."}}, {{"line": ""}}, {{"speaker": "B", "line": "{LONG}"}}]'
PLAN = plan_conversation(
    Upload("uploads", "story.json", 7), read_conversation(SCRIPT.encode()), "", Defaults()
)


def outcomes(*changed, cached=False):
    spoken = [Spoken(at, "x", 24_000, cached) for at in range(PLAN.head.utterances)]
    for outcome in changed:
        spoken[outcome.utterance] = outcome
    return spoken


def states(outcomes, *, heard=True):
    return list(line_states(PLAN, outcomes, lay_timeline(PLAN, outcomes) if heard else None))


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


@pytest.mark.parametrize("changed", [Spoken(2, "x", 24_000, cached=False), Rejection(2, "no")])
def test_a_line_is_cached_if_all_its_pieces_were(changed):
    assert [line.cached for line in states(outcomes(cached=True))] == [True, True]
    assert [line.cached for line in states(outcomes(changed, cached=True))] == [True, False]
