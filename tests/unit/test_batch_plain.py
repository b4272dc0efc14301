"""Plain text becomes paragraphs of one voice, and what no voice here can do is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.scripts.batch.document import End, Passage, Prosody, Run
from dropcast.scripts.batch.plain import plain_document
from dropcast.scripts.batch.request import Manner

JENNY = Manner("en-US-JennyNeural")
PARAGRAPH = End("paragraph")


def paragraphs(content: str) -> list[str]:
    (passage,) = plain_document(content, JENNY).passages
    return [item.text for item in passage.items if isinstance(item, Run)]


def test_a_sentence_is_one_paragraph_of_the_voice() -> None:
    document = plain_document("The rainbow has seven colors.", JENNY)
    items = (Run("The rainbow has seven colors."), PARAGRAPH)
    assert document.passages == (Passage("en-US-JennyNeural", items),)
    assert document.notes == ()


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r", "\n\n", "\n \r\n", "\u2029", "\f"])
def test_newlines_separate_paragraphs(newline: str) -> None:
    (passage,) = plain_document(f"One.{newline}Two.", JENNY).passages
    assert passage.items == (Run("One."), PARAGRAPH, Run("Two."), PARAGRAPH)


def test_what_nothing_can_carry_is_dropped() -> None:
    assert paragraphs("a\x00b\x1b\x7f\x9f\ud83dc\ufffe\tüß🙂") == ["abc\tüß🙂"]


def test_markup_is_text() -> None:
    assert paragraphs("<speak>a &amp; b</speak>") == ["<speak>a &amp; b</speak>"]


@pytest.mark.parametrize("nothing", [" ", "\r\n", "\x00", "\t\n "])
def test_white_space_alone_says_nothing(nothing: str) -> None:
    assert paragraphs(nothing) == []


def test_rate_pitch_and_volume_are_followed() -> None:
    (passage,) = plain_document("a", Manner("x", rate="+50%", pitch="+2st", volume="0")).passages
    assert passage.items[0] == Run("a", Prosody(rate=1.5, pitch_semitones=2.0, silent=True))


def test_values_that_are_none_change_nothing() -> None:
    (passage,) = plain_document("a", Manner("x", rate="quick", pitch="", volume="11 dB")).passages
    assert passage.items[0] == Run("a")


@pytest.mark.parametrize(
    ("manner", "note"),
    [
        (Manner("x", style="cheerful"), "The style 'cheerful' was left out: Google's voices have no styles."),
        (Manner("x", style_degree=1.5), "The styleDegree 1.5 was left out: Google's voices have no styles."),
        (Manner("x", role="Girl"), "The role 'Girl' was left out: Google's voices play no roles."),
        (
            Manner("x", background_audio="https://a.example/b.mp3?sig=secret"),
            "The background audio 'https://a.example/b.mp3' was left out: no recordings are fetched.",
        ),
        (
            Manner("x", speaker_profile_id="p1"),
            "The speakerProfileId 'p1' was left out: there are no personal voices.",
        ),
        (
            Manner("x", pitch="+20Hz"),
            "The pitch in Hz was taken against a typical voice's; % and st are exact.",
        ),
    ],
)
def test_what_is_left_out_is_said(manner: Manner, note: str) -> None:
    assert plain_document("a", manner).notes == (note,)


def test_a_note_stays_short() -> None:
    (note,) = plain_document("a", Manner("x", style="s" * 1_000_000)).notes
    assert len(note) < 200


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_said_is_lost_and_all_can_be_written(text: str) -> None:
    kept = "".join(paragraphs(text))
    kept.encode()
    assert [sign for sign in text if sign.isalnum()] == [sign for sign in kept if sign.isalnum()]
