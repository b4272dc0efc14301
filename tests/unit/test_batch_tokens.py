"""The words and punctuation marks that boundary files name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.scripts.batch.tokens import tokens_in, tokens_of


def texts(text: str) -> list[str]:
    return [token.text for token in tokens_in(text)]


def words(text: str) -> list[str]:
    return [token.text for token in tokens_in(text) if token.is_word]


def test_marks_are_tokens_of_their_own() -> None:
    assert texts("The rainbow has seven colors.") == ["The", "rainbow", "has", "seven", "colors", "."]
    assert texts("(really?!) —yes…") == ["(", "really", "?", "!", ")", "—", "yes", "…"]


def test_a_row_of_one_mark_is_one_token() -> None:
    assert texts("wait... -- what!!") == ["wait", "...", "--", "what", "!!"]


@pytest.mark.parametrize(
    "word",
    [
        "don't",
        "rock’n’roll",
        "e-mail",
        "3.5",
        "1,000",
        "$3.50",
        "-5%",
        "10:30",
        "1/2",
        "U.S.",
        "z.B.",
        "R&D",
        "example.org",
        "me@example.org",
        "https://example.org/a?b=c,d",
        "नमस्ते",
        "안녕하세요",
        "naïve",
        "nai\u0308ve",
    ],
)
def test_what_belongs_to_a_word_stays_in_it(word: str) -> None:
    assert words(f"say {word} twice") == ["say", word, "twice"]
    assert texts(f"{word}, {word}") == [word, ",", word]


def test_what_only_stands_beside_a_word_does_not() -> None:
    assert texts("'dogs', (1,000), and/or") == [
        "'",
        "dogs",
        "'",
        ",",
        "(",
        "1,000",
        ")",
        ",",
        "and",
        "/",
        "or",
    ]
    assert texts("see https://example.org/a.") == ["see", "https://example.org/a", "."]


def test_scripts_without_spaces_are_told_by_characters_with_their_signs() -> None:
    assert texts("日本語です。") == ["日", "本", "語", "で", "す", "。"]
    assert texts("สวัสดี") == ["ส", "วั", "ส", "ดี"]


def test_an_emoji_is_one_token_and_no_word() -> None:
    emoji = ["👩‍👩‍👧", "🇩🇪", "🇫🇷", "👍🏽", "❤️"]
    assert texts("".join(emoji)) == emoji
    assert words("".join(emoji)) == []


def test_sentences_end_at_marks_and_at_line_ends() -> None:
    found = tokens_of("Dr. Who came. He left\nThe end")
    assert [sentence.text for sentence in found] == ["Dr. Who came. ", "He left\n", "The end"]
    assert [token.text for token in found[1].tokens] == ["He", "left"]


def test_a_sentence_of_white_space_is_none() -> None:
    assert [sentence.text for sentence in tokens_of("One.\n\n \nTwo.")] == ["One.\n", "Two."]


MIXED = st.text(
    st.sampled_from("ab1 .,'-:/@&\n\t\u00a0日ーก\u0e31é\u0301👩\u200d🇩️\ufe0f😀$%_+#(\u200b\u0000한")
)


@given(st.one_of(st.text(), MIXED))
def test_tokens_joined_are_the_text_without_white_space(text: str) -> None:
    assert "".join(token.text for s in tokens_of(text) for token in s.tokens) == "".join(text.split())


@given(st.one_of(st.text(), MIXED))
def test_every_token_stands_where_it_says(text: str) -> None:
    for sentence in tokens_of(text):
        assert all(sentence.text[token.start : token.end] == token.text for token in sentence.tokens)
        assert sentence.text in text


@pytest.mark.parametrize(
    "part", ["a+", "a.", "a'", "http://!!", "1,", "-+", "\u0301", "👩\u200d", "日本", "x", "…"]
)
def test_time_grows_with_the_text_and_no_faster(part: str) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        for _ in tokens_in(text):
            pass
        return time.process_time() - start

    small, large = "".join([part] * 4_000), "".join([part] * 64_000)
    assert seconds(large) < 16 * 8 * max(seconds(small), 0.002)
