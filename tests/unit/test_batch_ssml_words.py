"""Whatever a document holds: it is read or refused, and of what is read no word is lost."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.scripts.batch.document import Document, End, Rest, Run
from dropcast.scripts.batch.ssml.reading import SsmlRefused, read_ssml


@dataclass(frozen=True)
class Markup:
    """A piece of a document, and the text that a reader must find in it."""

    written: str
    text: str

    def __add__(self, other: "Markup") -> "Markup":
        return Markup(self.written + other.written, self.text + other.text)


NOTHING = Markup("", "")
INLINE = [
    "prosody rate='fast'",
    "prosody pitch='+20%' volume='silent'",
    "emphasis",
    "lang xml:lang='de-DE'",
    "mstts:express-as style='sad'",
    "audio src='https://example.com'",
    "unheard-of",
]
UNITS = ["sub alias='x'", "say-as interpret-as='characters'", "phoneme ph='a'"]
BLOCKS = ["p", "s", "mstts:turn"]
EMPTY = [
    "break",
    "break time='0'",
    "bookmark mark='x'",
    "mstts:silence type='Leading' value='1s'",
    "lexicon uri='x'",
]


def element(opening: str, inside: Markup) -> Markup:
    return Markup(f"<{opening}>{inside.written}</{opening.split()[0]}>", inside.text)


def block(opening: str, inside: Markup) -> Markup:
    inner = element(opening, inside)
    return Markup(inner.written, f" {inner.text} ")


def joined(parts: list[Markup]) -> Markup:
    return sum(parts, NOTHING)


WORDS = st.text(alphabet="ab ,.\n\t<>&é中\u00a0", max_size=6).map(lambda text: Markup(escape(text), text))
NOWHERE = st.sampled_from(EMPTY).map(lambda tag: Markup(f"<{tag}/>", "")) | st.just(Markup("<!-- c -->", ""))
TEXT = st.lists(WORDS | NOWHERE, max_size=4).map(joined)
LEAF = TEXT | st.builds(element, st.sampled_from(UNITS), TEXT)
PHRASE = st.recursive(
    LEAF,
    lambda inner: (
        st.builds(element, st.sampled_from(INLINE), inner) | st.lists(inner, max_size=4).map(joined)
    ),
    max_leaves=8,
)
TREE = st.recursive(
    PHRASE,
    lambda inner: (
        st.builds(block, st.sampled_from(BLOCKS), inner)
        | st.builds(element, st.sampled_from(INLINE), inner)
        | st.lists(inner, max_size=4).map(joined)
    ),
    max_leaves=8,
)
VOICES = st.lists(
    st.builds(block, st.just("voice name='a'"), TREE | st.builds(block, st.just("voice name='b'"), TREE)),
    min_size=1,
    max_size=3,
).map(lambda voices: read_of(joined(voices)))


def read_of(markup: Markup) -> tuple[Document, str]:
    """A document as read, and the text that stands in it."""
    return read_ssml(f"<speak>{markup.written}</speak>"), markup.text


def spoken(document: Document) -> str:
    """The text of all runs; ends and voices part words."""
    text = ""
    for passage in document.passages:
        text += " "
        for item in passage.items:
            text += item.text if isinstance(item, Run) else " " if isinstance(item, End) else ""
    return text


def words(text: str) -> list[str]:
    """The words of a text, which only XML's white space parts."""
    return [word for word in re.split("[ \t\r\n]+", text) if word]


@given(VOICES)
def test_no_word_is_lost_or_added_or_torn(read: tuple[Document, str]) -> None:
    document, text = read
    assert words(spoken(document)) == words(text)


@given(VOICES)
def test_white_space_is_never_doubled_nor_at_an_edge(read: tuple[Document, str]) -> None:
    for passage in read[0].passages:
        runs = [item for item in passage.items if isinstance(item, Run)]
        text = "".join(run.text for run in runs)
        assert all(run.text for run in runs)
        assert "  " not in text
        assert text == text.strip(" ")
        assert not [run for run in runs if is_unit(run) and run.text != run.text.strip(" ")]


@given(VOICES)
def test_text_that_is_said_in_one_way_is_one_run(read: tuple[Document, str]) -> None:
    for passage in read[0].passages:
        for one, following in pairwise(passage.items):
            if isinstance(one, Run) and isinstance(following, Run) and not is_unit(one):
                assert replace(one, text="") != replace(following, text="")


@given(VOICES)
def test_every_end_ends_something(read: tuple[Document, str]) -> None:
    for passage in read[0].passages:
        said = False
        for item in passage.items:
            assert said or not isinstance(item, End)
            said = isinstance(item, Run) or (said and isinstance(item, Rest))


def is_unit(run: Run) -> bool:
    return bool(run.alias or run.say_as or run.phoneme)


SNIPPETS = [
    *("<speak>", "</speak>", "<voice name='a'>", "</voice>", "<p>", "</p>", "<break/>", "<sub alias='x'>"),
    *("</sub>", "<math>", "</math>", "<mstts:silence type='Leading' value='1s'/>", "<prosody rate='", "'>"),
    *("</prosody>", "text", " ", "&", "&amp;", "<", ">", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE a>"),
    *("<?xml version='1.0'?>", "\x00", "\ud800", "\ufffe", "\ufeff", "é", "𝄞", "&#x10FFFF;", "&#55296;"),
    *("xmlns:x='y'", ":", "<:a/>", "<a:/>", "="),
]


@given(st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=12).map("".join))
@example("<speak xml:lang=''><voice name='&#10;'>x</voice></speak>")
@example("<:speak><a:voice :name='b'/></:speak>")
def test_anything_is_read_or_refused(content: str) -> None:
    for document in (content, f"<speak><voice name='a'>{content}</voice></speak>"):
        try:
            assert isinstance(read_ssml(document), Document)
        except SsmlRefused as refused:
            assert str(refused).endswith(".")  # noqa: PT017  # either is right


@given(st.data())
def test_a_document_cut_anywhere_is_refused(data: st.DataObject) -> None:
    content = "<speak><voice name='é'>a &amp; <prosody rate='2'>b</prosody><!-- c --></voice></speak>"
    with pytest.raises(SsmlRefused):
        read_ssml(content[: data.draw(st.integers(0, len(content) - 1))])
