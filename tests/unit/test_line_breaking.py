"""Text is cut where a reader would pause, into what can be read at once, and nothing of it is lost."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from captioned import HOSTILE
from dropcast.publishing.line_breaking import LEAST_COLUMNS, break_lines, columns_of, cut_cues

words = st.sampled_from(
    [
        "I",
        "well,",
        "Dr.",
        "Smith",
        "learned.",
        "Internationalisation",
        "(or",
        "not)?",
        "—",
        "über",
        "«oui",
        "!»",
    ]
)
sentences = st.lists(words, min_size=1, max_size=60).map(" ".join)
scripts = st.sampled_from("aé 。、「」日本語ーぁ한국 สวัเดี\u0301\u200d👩🏽\n\u00a0.,")
texts = sentences | st.text(scripts, max_size=200) | st.sampled_from(HOSTILE)


def shown(text, columns=32, name=""):
    """What is read: each cue in its lines, with the name before the first."""
    cues = cut_cues(text, columns, name)
    return [break_lines(f"{name} {cue}" if name and not at else cue, columns) for at, cue in enumerate(cues)]


def squeezed(text):
    return "".join(text.split())


@given(texts, st.sampled_from([32, 65]), st.sampled_from(["", "Claire:", "Dr. Claire van der Berg:"]))
@example("word " * 40, 32, "")
def test_every_cue_fits_two_lines_and_nothing_is_lost(text, columns, name):
    cues = shown(text, columns, name)
    assert all(1 <= len(lines) <= 2 for lines in cues)
    assert all(columns_of(line) <= columns and line == line.strip() != "" for lines in cues for line in lines)
    whole = squeezed("".join(line for lines in cues for line in lines))
    assert whole == (squeezed(name) if squeezed(text) else "") + squeezed(text)


@given(sentences)
def test_words_that_fit_a_line_are_not_broken(text):
    lines = [line for lines in shown(text) for line in lines]
    assert " ".join(lines).split() == text.split()


@given(sentences)
def test_a_text_that_fits_one_line_is_one_line_and_one_that_fits_two_is_one_cue(text):
    (*_, cue) = cut_cues(text, 32)
    assert cut_cues(cue, 32) == [cue]
    assert len(break_lines(cue, 32)) == (1 if columns_of(cue) <= 32 else 2)


def test_nothing_makes_no_cue():
    assert cut_cues(" \n ", 32, "Claire:") == []


def test_cues_end_with_sentences():
    assert cut_cues(
        "I never said that you were late again. You did, and everybody heard you say it.", 32
    ) == [
        "I never said that you were late again.",
        "You did, and everybody heard you say it.",
    ]


def test_else_cues_end_with_clauses():
    text = (
        "What nobody in the room had expected that day, and least of all the chairman, was a straight answer."
    )
    assert cut_cues(text, 32) == [
        "What nobody in the room had expected that day,",
        "and least of all the chairman, was a straight answer.",
    ]


def test_a_long_clause_is_cut_into_like_cues():
    cues = cut_cues("word " * 40, 32)
    assert len(cues) == 4
    assert all(44 <= len(cue) <= 54 for cue in cues)


def test_the_point_of_an_abbreviation_ends_no_cue():
    cues = cut_cues("It was the kind old gentleman we knew as Dr. Smith who opened that door for us.", 32)
    assert not any(cue.endswith("Dr.") for cue in cues)


def test_a_sentence_too_short_to_be_read_by_itself_is_shown_with_others():
    cues = cut_cues("Yes. When I was as old as you are we walked to school and back again.", 32)
    assert all(len(cue) >= LEAST_COLUMNS for cue in cues)


def test_the_first_cue_leaves_room_for_the_name():
    text = "one two three four five six seven eight nine ten eleven"
    assert len(cut_cues(text, 32)) == 1
    assert len(cut_cues(text, 32, "Claire Fontaine:")) == 2


def test_no_cue_is_a_name_alone():
    name = "Claire van der Berg-Fontaine:"
    first, *_ = shown("word " * 20, 32, name)
    assert len(" ".join(first)) > len(name) + 4


def test_a_name_that_fills_a_cue_leaves_none_empty():
    assert cut_cues("Yes.", 32, "Her Royal Highness " * 5 + "Ann:") == ["Yes."]


def test_two_lines_are_of_like_length():
    assert break_lines("the quick brown fox jumps over the lazy dog", 32) == [
        "the quick brown fox",
        "jumps over the lazy dog",
    ]


def test_the_lower_line_is_rather_the_longer():
    assert break_lines("aaaa aaaa aaaa bbbbbb cccc cccc ccccc", 32) == [
        "aaaa aaaa aaaa",  # 8 shorter; behind the next word the lower line would be 6 shorter
        "bbbbbb cccc cccc ccccc",
    ]


def test_lines_break_behind_punctuation_where_they_stay_alike():
    assert break_lines("He came back, and nobody said a word", 32) == [
        "He came back,",
        "and nobody said a word",
    ]


@pytest.mark.parametrize(
    "text", ["Nevertheless, we went on with it all", "We did see it all, incomprehensibility"]
)
def test_no_word_stands_alone_in_a_line(text):
    assert all(" " in line for line in break_lines(text, 32))


def test_an_end_of_a_line_is_a_good_place_to_break():
    assert break_lines("Roses are red\nviolets are blue, they say so", 32)[0] == "Roses are red"


def test_what_must_not_be_parted_is_not_parted():
    assert all(
        "\u00a0!" in line
        for line in break_lines("Bonjour tout le monde\u00a0! Ça va tout le monde\u00a0!", 32)
    )


def test_a_word_longer_than_a_line_is_broken():
    assert shown("https://example.com/" + "a" * 50) == [
        ["https://example.com/" + "a" * 12],
        ["a" * 32, "a" * 6],
    ]


def test_characters_that_belong_together_are_not_parted():
    family = "👨‍👩‍👧‍👦"
    lines = [line for lines in shown(family * 40) for line in lines]
    assert {unicodedata.name(line[0]) for line in lines} == {"MAN"}


def test_a_picture_wider_than_a_line_stands_by_itself():
    joined = "\u200d".join("👩" * 60)
    assert shown(f"a {joined} b") == [["a", joined], ["b"]]


def test_wide_characters_take_two_columns():
    assert columns_of("日本 é e\u0301 ok") == 2 + 2 + 1 + 1 + 1 + 1 + 1 + 2


def test_scripts_without_spaces_break_between_characters_and_rather_behind_clauses():
    text = "機械学習とは何か、どう動くのか、今日はゆっくりお話しします。それでは、始めましょう。"
    assert shown(text) == [
        ["機械学習とは何か、どう動くのか、", "今日はゆっくりお話しします。"],
        ["それでは、始めましょう。"],
    ]


def test_no_line_begins_with_what_belongs_to_the_character_before():
    lines = [line for lines in shown("あかっ" * 50) for line in lines]
    assert len(lines) > 8
    assert not any(line.startswith("っ") for line in lines)


def test_long_texts_take_time_in_proportion():
    text = "漢字" * 50_000
    began = time.process_time()
    assert len(cut_cues(text, 32)) == 3125
    assert time.process_time() - began < 5  # 0.3 s
