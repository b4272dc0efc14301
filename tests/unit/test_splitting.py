"""Text too long for one request is cut where a reader would take breath, and nothing of it is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.scripts.splitting import LEAST_BYTES, split_text

SPEECH = st.text(
    alphabet=st.sampled_from("aé語ป👩🏽\u200d🎓🇫🇷e\u0301.!?。,;— \u00a0\n’\u1100\u1161"), max_size=200
)


@given(st.text() | SPEECH, st.integers(LEAST_BYTES, 100))
def test_pieces_fit_and_joined_they_are_the_text(text: str, max_bytes: int) -> None:
    pieces = split_text(text, max_bytes)
    assert all(len(piece.encode()) <= max_bytes for piece in pieces)
    assert "".join(pieces).split() == text.split()


@given(st.text() | SPEECH, st.integers(LEAST_BYTES, 100))
def test_every_piece_has_something_to_say(text: str, max_bytes: int) -> None:
    assert all(piece.strip() for piece in split_text(text, max_bytes))


@given(st.text(alphabet="abc d.,", min_size=1, max_size=300), st.integers(20, 60))
def test_no_word_that_fits_is_cut(text: str, max_bytes: int) -> None:
    words = text.split()
    if max(map(len, words), default=0) >= max_bytes:
        return
    assert [word for piece in split_text(text, max_bytes) for word in piece.split()] == words


def test_text_that_fits_stays_whole_but_for_space_around_it() -> None:
    assert split_text("  One.  Two. \n", 5000) == ("One.  Two.",)


def test_no_text_is_no_piece() -> None:
    assert split_text(" \n", 100) == ()


def test_the_limit_is_in_bytes_and_inclusive() -> None:
    assert split_text("é" * 50, 100) == ("é" * 50,)
    assert split_text("é" * 50, 99) == ("é" * 25, "é" * 25)


@pytest.mark.parametrize(
    ("text", "max_bytes", "pieces"),
    [
        ("He came. He saw, as I said. He won.", 28, ("He came. ", "He saw, as I said. He won.")),
        ("Is it? It is! Well… yes.", 14, ("Is it? It is! ", "Well… yes.")),
        ("“Go.” “No.” “Why?” “Because.”", 32, ("“Go.” “No.” ", "“Why?” “Because.”")),
        ("今日は晴れ。明日は雨。", 20, ("今日は晴れ。", "明日は雨。")),
        ("هل أنت هنا؟ نعم أنا هنا۔ شكرا", 30, ("هل أنت هنا؟ ", "نعم أنا هنا۔ ", "شكرا")),
        ("यह एक है। यह दो है।", 30, ("यह एक है। ", "यह दो है।")),
        ("one without a point\nanother of them", 25, ("one without a point\n", "another of them")),
    ],
)
def test_it_cuts_behind_sentences_of_any_language(text: str, max_bytes: int, pieces: tuple[str, ...]) -> None:
    assert split_text(text, max_bytes) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "I asked Dr. Smith about it today",
        "the value is 3.14 or maybe more",
        "some of it, e.g. the first part",
        "music by J. S. Bach for an organ",
        "it began in the U.S. Congress then",
        "wir sehen uns am 5. Mai in Berlin",
        "approx. five of them were left over",
        "elle a vu M. Dupont hier au marché",
    ],
)
def test_the_point_of_an_abbreviation_ends_no_sentence(text: str) -> None:
    first, second = split_text(text + ". And", len(text.encode()) + 2)
    assert (first, second) == (text + ". ", "And")


def test_a_long_sentence_is_cut_behind_clauses() -> None:
    assert split_text("when it rains, and it often does, we stay", 20) == (
        "when it rains, ",
        "and it often does, ",
        "we stay",
    )


def test_a_long_clause_is_cut_between_words_into_pieces_of_like_size() -> None:
    pieces = split_text("word " * 101, 500)
    assert [len(piece) for piece in pieces] == [250, 254]


@pytest.mark.parametrize("max_bytes", range(16, 40))
def test_french_marks_stay_with_their_words(max_bytes: int) -> None:
    pieces = split_text("tu viens bien ? il dit « oui oui » puis « non » ; et voici la fin !", max_bytes)
    assert len(pieces) > 1
    assert not any(piece.startswith(("»", "?", ";", "!")) or piece.endswith("« ") for piece in pieces)


@pytest.mark.parametrize("character", ["e\u0301", "👩🏽\u200d🎓", "🇫🇷", "क्षि"[2:], "\u1112\u1161\u11ab"])
def test_a_word_too_long_is_cut_between_what_a_reader_takes_for_characters(character: str) -> None:
    for max_bytes in range(16, 60):
        pieces = split_text(character * 30, max_bytes)
        assert all(piece == character * (len(piece) // len(character)) for piece in pieces)


def test_a_character_too_long_is_still_cut_between_code_points() -> None:
    zalgo = "a" + "\u0301" * 30
    pieces = split_text(zalgo + " b", 16)
    assert unicodedata.normalize("NFC", "".join(pieces)) == unicodedata.normalize("NFC", zalgo + " b")


def test_space_behind_a_word_too_long_is_no_piece_of_its_own() -> None:
    assert split_text("👩🏽👩🏽 b", 8) == ("👩🏽", "👩", "🏽 b")


def test_pieces_too_small_for_any_character_are_refused() -> None:
    with pytest.raises(ValueError, match="7 bytes"):
        split_text("text", LEAST_BYTES - 1)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "unit", ["a", "é ", ". ", ".", "!?…", "語", "語。", "e\u0301", ", ", "\u00a0", "\u200d"]
)
def test_a_megabyte_of_anything_is_cut_in_linear_time(unit: str) -> None:
    text = "x" + unit * (1_000_000 // len(unit.encode())) + "x"
    assert max(len(piece.encode()) for piece in split_text(text, 5000)) <= 5000
