"""Captions are WebVTT that any player reads, whatever people write."""

import html
import re

from hypothesis import example, given
from hypothesis import strategies as st

from captioned import HOSTILE, in_turn, placed, planned, written
from dropcast.publishing.line_breaking import columns_of
from dropcast.publishing.webvtt import webvtt

texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
TIME = r"(\d{2,}:[0-5]\d:[0-5]\d\.\d{3})"
ESCAPED = r"(?:[^\n\r&<>]|&(?:amp|lt|gt);)"
# WebVTT 2019-04-04, section 4: a cue without identifier and settings, whose text is one voice span.
CUE = re.compile(rf"{TIME} --> {TIME}\n<v ({ESCAPED}+)>({ESCAPED}+(?:\n{ESCAPED}+)?)")


def read(captions):
    """Read captions as a player does, into (start, end, voice, text)."""
    head, *blocks = captions.removesuffix("\n").split("\n\n")
    assert head == "WEBVTT"
    for block in blocks:
        start, end, voice, text = CUE.fullmatch(block).groups()
        yield start, end, html.unescape(voice), html.unescape(text)


def squeezed(text):
    return "".join(text.split())


def test_a_line_is_a_cue_with_its_time_and_its_speaker():
    plan = planned(("A", "Welcome back."), ("B", "So & so?"), A="Claire", B="<B>")
    assert written(webvtt(plan, placed((0, 36_000), (42_000, 66_012)))) == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 00:00:01.500\n<v Claire>Welcome back.\n"
        "\n00:00:01.750 --> 00:00:02.751\n<v &lt;B&gt;>So &amp; so?\n"
    )


@given(texts, texts)
@example(HOSTILE[0], HOSTILE[1])
def test_whatever_people_write_is_shown_as_they_wrote_it(caption, name):
    plan = planned(("A", caption), ("A", "next"), A=name)
    *first, last = read(written(webvtt(plan, in_turn(plan))))
    called = " ".join(name.split()) or "Narrator"
    assert last == ("00:00:01.000", "00:00:02.000", called, "next")
    assert squeezed("".join(text for *_, text in first)) == squeezed(caption)
    assert {voice for _, _, voice, _ in first} <= {called}


def test_every_cue_of_a_long_line_has_its_speaker_and_two_lines():
    plan = planned(("A", "What a long line this is, and how & why it goes on! " * 20))
    found = list(read(written(webvtt(plan, in_turn(plan, 60)))))
    assert len(found) > 5
    assert all(voice == "A" for _, _, voice, _ in found)
    assert all(columns_of(line) <= 65 for *_, text in found for line in text.split("\n"))
    assert any("\n" in text for *_, text in found)


def test_nothing_said_is_a_file_without_cues():
    assert written(webvtt(planned(), placed())) == "WEBVTT\n"


def test_captions_are_written_cue_by_cue():
    plan = planned(*[("A", "Hi.")] * 3)
    assert len(list(webvtt(plan, in_turn(plan)))) == 4
