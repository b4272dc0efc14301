"""The debug file says what is known, and is JSON whatever that is."""

import json

from dropcast.jobs.batch.timing import Boundary
from dropcast.publishing.batch.debug import debug_json
from dropcast.publishing.batch.result import Heard, InputResult

WORD = Boundary("Hi", 0, 24_000)


def debug(result):
    return json.loads(debug_json(result))


def heard(*, estimated):
    return Heard(60_000, 24_000, 120_000, (WORD,), (WORD,), estimated)


def test_it_says_whether_times_are_estimated():
    assert debug(InputResult(1, ("Hi",), heard(estimated=True)))["sound"]["boundariesAreEstimated"] is True
    assert debug(InputResult(1, ("Hi",), heard(estimated=False)))["sound"]["boundariesAreEstimated"] is False


def test_it_holds_all_that_it_is_given():
    voices = {"en-US-JennyNeural": "en-US-Neural2-F"}
    told = debug(InputResult(3, ("Hi",), heard(estimated=True), debug={"voices": voices, "notes": ["é"]}))
    assert (told["number"], told["voices"], told["notes"]) == (3, voices, ["é"])


def test_of_an_input_that_failed_it_says_why():
    told = debug(InputResult(3, ("Hi",), None, "refused"))
    assert (told["error"], told["sound"]) == ("refused", None)


def test_half_of_a_surrogate_pair_does_not_spoil_it():
    assert debug(InputResult(3, ("Hi",), None, "\ud83d"))["error"] == "\ud83d"
