"""An outcome is one line, so that the outcomes of a block can be joined inside storage."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.measures import Measures
from dropcast.jobs.outcome import Rejection, Spoken, decode_outcomes, encode_outcome

# Reasons quote what the speech service answers, with whatever line ends it puts there.
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["a\nb\r\nc\rd", "\u2028\x85\x0b"]
)
fractions = st.floats(0, 8)
measured = st.builds(
    Measures,
    *[st.integers(0)] * 3,
    *[fractions] * 2,
    st.binary(max_size=40).map(lambda data: data[: len(data) // 4 * 4]),
    st.lists(fractions, max_size=12).map(tuple),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
)
outcomes = st.builds(Spoken, st.integers(0), texts, measured, st.booleans()) | st.builds(
    Rejection, st.integers(0), texts
)
MEASURES = Measures(100, 10, 90, 0.5, 0.6, bytes(16), (1.0, 0.9), "ab" * 32)


@given(st.lists(outcomes))
def test_joined_outcomes_are_read_back_in_order(several):
    assert decode_outcomes(b"".join(map(encode_outcome, several))) == several


@given(outcomes)
def test_an_outcome_is_one_line_that_ends_where_the_next_begins(outcome):
    encoded = encode_outcome(outcome)
    assert encoded.endswith(b"\n")
    assert len(encoded.splitlines()) == 1


def test_what_a_newer_release_adds_is_left_aside():
    for outcome in (Spoken(3, "clips/ab.wav", MEASURES, cached=True), Rejection(3, "no")):
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
        b'{"utterance": 1, "audio": "x", "samples": 100, "cached": true}',
    ],
)
def test_what_is_no_outcome_is_refused_aloud(line):
    with pytest.raises(ValueError, match="not an outcome"):
        decode_outcomes(line)


def test_measures_that_are_damaged_are_refused_aloud():
    line = json.loads(encode_outcome(Spoken(3, "clips/ab.wav", MEASURES, cached=True)))
    del line["measures"]["digest"]
    with pytest.raises(ValueError, match="not measures"):
        decode_outcomes(json.dumps(line).encode())
