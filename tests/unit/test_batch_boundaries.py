"""word.json and sentence.json: valid, in whole milliseconds, none reaching into the next."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.batch.timing import Boundary
from dropcast.publishing.batch.boundaries import boundaries_json

RATES = st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000])


def written(*boundaries, rate=24_000):
    return json.loads(b"".join(boundaries_json(boundaries, rate)))


def test_a_boundary_has_exactly_the_members_that_azure_gives_it():
    assert written(Boundary("the", 912, 4_584)) == [{"Text": "the", "AudioOffset": 38, "Duration": 153}]


def test_milliseconds_are_truncated_and_are_integers():
    assert written(Boundary("a", 47, 24 * 3 - 1)) == [{"Text": "a", "AudioOffset": 1, "Duration": 1}]
    assert b'"AudioOffset": 1,' in b"".join(boundaries_json([Boundary("a", 47, 71)], 24_000))


def test_without_words_there_is_an_empty_array():
    assert b"".join(boundaries_json((), 24_000)) == b"[]\n"


@pytest.mark.parametrize("text", ['"', "\\", "你好", "\n", "😀", "\ud83d", "</script>"])
def test_a_text_comes_out_as_it_was_written(text):
    assert written(Boundary(text, 0, 24))[0]["Text"] == text


def test_what_people_can_read_is_not_escaped():
    assert "你好".encode() in b"".join(boundaries_json([Boundary("你好", 0, 24)], 24_000))


@given(st.lists(st.integers(0, 10_000_000), min_size=2, max_size=40), RATES)
def test_none_reaches_into_the_next_one_or_beyond_the_audio(edges, rate):
    edges = sorted(edges)
    words = [Boundary("a", *span) for span in zip(edges[::2], edges[1::2], strict=False)]
    found = written(*words, rate=rate)
    starts = [word["AudioOffset"] for word in found]
    ends = [word["AudioOffset"] + word["Duration"] for word in found]
    assert all(word["Duration"] >= 0 for word in found)
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] <= edges[-1] * 1000 // rate


def test_they_are_written_as_they_come():
    asked = []

    def boundaries():
        for number in range(3):
            asked.append(number)
            yield Boundary("a", number, number + 1)

    next(boundaries_json(boundaries(), 24_000))
    assert asked == [0]
