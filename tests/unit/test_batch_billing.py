"""Every character is counted, Chinese ones twice, and tags that only carry a voice are not (section 9)."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.scripts.batch.billing import billed_characters

RAINBOW = "The rainbow has seven colors."
WRAPPED = '<speak version="1.0" xml:lang="en-US"><voice name="en-US-JennyNeural">{}</voice></speak>'


def test_the_rainbow_counts_29_as_text_and_29_in_speak_and_voice() -> None:
    assert billed_characters(RAINBOW, "PlainText") == 29
    assert billed_characters(WRAPPED.format(RAINBOW), "SSML") == 29


def test_other_markup_counts_as_it_is_written() -> None:
    inside = "a <break time='1s'/> b &amp; c<!-- d -->\r\n"
    assert billed_characters(WRAPPED.format(inside), "SSML") == len(inside)


@pytest.mark.parametrize(
    "tag",
    [
        "<speak>",
        "</speak >",
        "<voice name='a>b'>",
        '<voice name="it\'s"\n effect="eq_car"/>',
        "</voice>",
        "<Voice name='x'>",
        "<ssml:voice name='x'>",
        "</ssml:speak>",
    ],
)
def test_tags_of_speak_and_voice_are_free_however_they_are_written(tag: str) -> None:
    assert billed_characters(f"a{tag}b", "SSML") == 2


@pytest.mark.parametrize(
    "text",
    [
        "<voices>",
        "<mstts:voiceconversion url='x'/>",
        "<voice",
        "<voice <p>",
        "<!-- <voice name='x'> -->",
        "<![CDATA[<speak>]]>",
        "<?x <speak>?>",
        "<!-- <voice>",
        "< voice>",
        "&lt;voice>",
    ],
)
def test_what_is_no_such_tag_counts(text: str) -> None:
    assert billed_characters(text, "SSML") == len(text)


def test_plain_text_has_no_tags() -> None:
    assert billed_characters("<speak>a</speak>", "PlainText") == 16


@pytest.mark.parametrize("letter", "中漢々〇豈⼀㐀𠀀𪜀𬺰𰀀𱍐")
def test_a_chinese_character_counts_two(letter: str) -> None:
    assert billed_characters(f"a{letter}b", "PlainText") == 4


@pytest.mark.parametrize("letter", ["é", "あ", "ア", "한", "ー", "。", "！", "𝒜", "🙂", "\u0301", "ㄅ"])
def test_every_other_character_counts_one(letter: str) -> None:
    assert billed_characters(letter, "SSML") == 1


def test_chinese_in_the_name_of_a_voice_is_free_and_in_other_markup_counts_two() -> None:
    assert billed_characters("<voice name='中'><sub alias='中'>x</sub></voice>", "SSML") == 22 + 1


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_wrapping_costs_nothing(text: str) -> None:
    escaped = text.replace("<", "").replace("&", "")
    assert billed_characters(WRAPPED.format(escaped), "SSML") == billed_characters(escaped, "PlainText")


@pytest.mark.parametrize(
    "start", ["<voice ", "<!--", "<![CDATA[", "<?", "<a:", "<voice a=\"'", "<voice ''\"", "<" + "a" * 99]
)
def test_hostile_text_takes_a_time_that_grows_with_its_length(start: str) -> None:
    began = process_time()
    billed_characters(start * (1_000_000 // len(start)), "SSML")
    billed_characters(start + start[-1] * 1_000_000, "SSML")
    assert process_time() - began < 3  # a twentieth of that; hours if it grew with the square
