"""What is to be said: plain text, SSML or markup, taken apart once for every engine.

SSML is read strictly (malformed is refused) and spoken leniently: a tag that espeak-ng cannot speak leaves
its text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from dropcast_local.speech.request import InputKind

LONGEST_BREAK_SECONDS = 10.0


class MalformedSsml(Exception):
    """The SSML cannot be read."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A pause."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place whose time the caller may ask for."""

    name: str


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening or closing tag that espeak understands, rendered."""

    rendered: str
    ends_sentence: bool = False


Piece = Text | Break | Mark | Tag

STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.75, "x-strong": 1.0}
PAUSES = {"[pause short]": 0.3, "[pause]": 0.6, "[pause long]": 1.2}
PAUSE = re.compile(r"(\[pause(?: short| long)?\])")
SENTENCE_TAGS = frozenset({"p", "s"})
KEPT_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "p": (),
    "s": (),
    "emphasis": ("level",),
    "prosody": ("rate", "pitch", "range", "volume"),
}
SPELT_OUT = frozenset({"characters", "spell-out", "verbatim"})


def content_of(kind: InputKind, text: str) -> tuple[Piece, ...]:
    """The pieces of one input; raises MalformedSsml."""
    if kind is InputKind.SSML:
        return tuple(_SsmlReader().read(text))
    if kind is InputKind.MARKUP:
        return tuple(
            Break(PAUSES[part]) if part in PAUSES else Text(part) for part in PAUSE.split(text) if part
        )
    return (Text(text),)


def words_of(pieces: Iterable[Piece]) -> str:
    """The text that is spoken, without anything around it."""
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


def is_plain(pieces: Iterable[Piece]) -> bool:
    """Whether there is nothing but text."""
    return all(isinstance(piece, Text) for piece in pieces)


def as_espeak_ssml(pieces: Iterable[Piece], break_scale: float) -> str:
    """The same in the SSML that espeak reads; breaks are scaled because its sound is stretched later."""
    return "<speak>" + "".join(_rendered(piece, break_scale) for piece in pieces) + "</speak>"


def _rendered(piece: Piece, break_scale: float) -> str:
    match piece:
        case Text(text):
            return escape(text)
        case Break(seconds):
            return f'<break time="{round(1000 * seconds * break_scale)}ms"/>'
        case Mark(name):
            return f"<mark name={quoteattr(name)}/>"
        case Tag(rendered):
            return rendered


SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？｡।॥؟۔])")


def sentences_of(pieces: Iterable[Piece]) -> Iterator[str]:
    """The sentences as the service counts them: line ends do not end one."""
    for run in _runs(pieces):
        yield from (sentence.strip() for sentence in SENTENCE_END.split(run) if sentence.strip())


def _runs(pieces: Iterable[Piece]) -> Iterator[str]:
    run = ""
    for piece in pieces:
        if isinstance(piece, Text):
            run += piece.text
        elif isinstance(piece, Tag) and piece.ends_sentence:
            yield run
            run = ""
    yield run


class _SsmlReader:
    """Collects pieces from expat's calls; what lies in an element that is replaced is left out."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._closing: list[Tag | None] = []
        self._replaced_depth = 0

    def read(self, ssml: str) -> list[Piece]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(ssml.strip().encode(), True)  # noqa: FBT003 (expat takes no keywords)
        except expat.ExpatError as error:
            raise MalformedSsml(str(error)) from error
        return self._pieces

    def _doctype(self, *_: object) -> None:
        raise MalformedSsml("a document type declaration")

    def _text(self, text: str) -> None:
        if not self._replaced_depth:
            self._pieces.append(Text(text))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._closing and name != "speak":
            raise MalformedSsml("the root element must be <speak>")
        opening, closing = self._tags(name, attributes)
        self._closing.append(closing)
        if self._replaced_depth or name == "sub":
            self._replaced_depth += 1
        elif opening:
            self._pieces.append(opening)
        if name == "sub" and self._replaced_depth == 1:
            self._pieces.append(Text(attributes.get("alias", "")))

    def _end(self, _: str) -> None:
        closing = self._closing.pop()
        if self._replaced_depth:
            self._replaced_depth -= 1
        elif closing:
            self._pieces.append(closing)

    def _tags(self, name: str, attributes: dict[str, str]) -> tuple[Piece | None, Tag | None]:
        if name == "break":
            return Break(_break_seconds(attributes)), None
        if name == "mark":
            return Mark(_required(attributes, "name")), None
        if name == "say-as" and attributes.get("interpret-as") in SPELT_OUT:
            return Tag('<say-as interpret-as="characters">'), Tag("</say-as>")
        if name not in KEPT_ATTRIBUTES:
            return None, None
        kept = "".join(f" {a}={quoteattr(attributes[a])}" for a in KEPT_ATTRIBUTES[name] if a in attributes)
        ends = name in SENTENCE_TAGS
        return Tag(f"<{name}{kept}>", ends), Tag(f"</{name}>", ends)


def _required(attributes: Mapping[str, str], name: str) -> str:
    if not attributes.get(name):
        raise MalformedSsml(f"the attribute {name!r} is missing")
    return attributes[name]


DURATION = re.compile(r"\+?(\d+(?:\.\d*)?|\.\d+)(ms|s)")


def _break_seconds(attributes: Mapping[str, str]) -> float:
    if "time" not in attributes:
        return STRENGTHS.get(attributes.get("strength", "medium"), STRENGTHS["medium"])
    duration = DURATION.fullmatch(attributes["time"].strip())
    if duration is None:
        raise MalformedSsml("a break's time must be seconds or milliseconds")
    seconds = float(duration[1]) / (1000 if duration[2] == "ms" else 1)
    return min(seconds, LONGEST_BREAK_SECONDS)
