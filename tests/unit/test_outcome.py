"""An outcome is one line, so that the outcomes of a block can be joined inside storage."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.outcome import Rejection, Spoken, decode_outcomes, encode_outcome

# Reasons quote what the speech service answers, with whatever line ends it puts there.
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["a\nb\r\nc\rd", "\u2028\x85\x0b"]
)
outcomes = st.builds(Spoken, st.integers(0), texts, st.integers(0), st.booleans()) | st.builds(
    Rejection, st.integers(0), texts
)


@given(st.lists(outcomes))
def test_joined_outcomes_are_read_back_in_order(several):
    assert decode_outcomes(b"".join(map(encode_outcome, several))) == several


@given(outcomes)
def test_an_outcome_is_one_line_that_ends_where_the_next_begins(outcome):
    encoded = encode_outcome(outcome)
    assert encoded.endswith(b"\n")
    assert len(encoded.splitlines()) == 1


def test_what_a_newer_release_adds_is_left_aside():
    for outcome in (Spoken(3, "clips/ab.wav", 100, cached=True), Rejection(3, "no")):
        newer = json.loads(encode_outcome(outcome)) | {"newer": [1]}
        assert decode_outcomes(json.dumps(newer).encode()) == [outcome]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b'{"utterance": 1}',
        b'{"utterance": "1", "reason": "x"}',
        b'{"utterance": 1, "audio": "x"}',
    ],
)
def test_what_is_no_outcome_is_refused_aloud(line):
    with pytest.raises(ValueError, match="not an outcome"):
        decode_outcomes(line)
