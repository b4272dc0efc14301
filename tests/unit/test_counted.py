"""A stream of known length is taken whole, or not at all."""

import pytest

from dropcast.sound.counted import exactly, first_of


class Mistaken(Exception):
    """What the caller wants to hear."""


def failing_behind(*chunks):
    yield from chunks
    raise LookupError("the end is missing")


@pytest.mark.parametrize("chunks", [[], [b""], [b"abc"], [b"a", b"", b"bc"]])
def test_a_stream_of_the_right_length_is_passed_on(chunks):
    assert list(exactly(chunks, len(b"".join(chunks)), Mistaken)) == chunks


@pytest.mark.parametrize(
    ("size", "words"), [(4, "3 of 4 bytes"), (2, "more than 2 bytes"), (0, "more than 0")]
)
def test_any_other_length_is_an_error(size, words):
    with pytest.raises(Mistaken, match=words):
        list(exactly([b"ab", b"c"], size, Mistaken))


def test_what_is_too_much_is_not_passed_on():
    stream = exactly([b"ab", b"c"], 2, Mistaken)
    assert next(stream) == b"ab"
    with pytest.raises(Mistaken):
        next(stream)


@pytest.mark.parametrize("size", range(7))
def test_the_first_bytes_are_those_that_come_first(size):
    assert b"".join(first_of([b"ab", b"cdef"], size, Mistaken)) == b"abcdef"[:size]


def test_fewer_bytes_than_are_needed_are_an_error():
    with pytest.raises(Mistaken, match="6 of 7 bytes"):
        list(first_of([b"ab", b"cdef"], 7, Mistaken))


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_what_fails_behind_the_first_bytes_fails(size):
    with pytest.raises(LookupError):
        list(first_of(failing_behind(b"ab", b"cd", b"ef"), size, Mistaken))
