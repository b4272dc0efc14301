"""Pieces as SSML, in the dialect that Google's voices read.

The values of say-as, prosody and the rest: Google's page on SSML, read in a stored copy, 2026-11.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from dropcast.jobs.batch.pieces_parts import Bit, Cut, Manner, Unit
from dropcast.jobs.batch.pieces_text import is_marked, speakable_text
from dropcast.scripts.batch.document import NATURAL, Phoneme, Prosody, SayAs
from dropcast.scripts.batch.tokens import Written, tokens_in

# A sentence that is too long is refused for good, and SSML cannot be halved afterwards. One of 838 bytes was
# refused, and one project cuts at 250 (reference/google-cloud.md, 2.1).
LONGEST_SENTENCE = 500
LONGEST_ELEMENT = 1_000  # bytes of one element with its text: a word and its sounds take a tenth of it
FRAME_BYTES = len("<speak><p></p></speak>")
SENTENCE_BYTES = len("<s></s>")
PARAGRAPH_BYTES = len("<p></p>")
BREAK_BYTES = len('<break time="9999ms"/>')
MARK_BYTES = len('<mark name="9999"/>')
SHORT = 2  # characters, in which there are no two words with a mark each
WHITE_SPACE = re.compile(r"[^\S\u00a0\u202f]+")

# From Azure's names. Of the others (address, name, duration …) Google has nothing: they are read as text.
SAY_AS = {
    "characters": "characters",
    "spell-out": "characters",
    "number_digit": "characters",  # '10' is then 'one oh'
    "cardinal": "cardinal",
    "number": "cardinal",
    "ordinal": "ordinal",
    "fraction": "fraction",
    "date": "date",
    "time": "time",
    "telephone": "telephone",
    "currency": "currency",
}
FORMATS = {
    "date": re.compile("mdy|dmy|ymd|ydm|ym|my|md|dm|d|m|y"),
    "time": re.compile("hms12|hms24"),
    "telephone": re.compile("[0-9]{1,3}"),  # a country code
}

Fragment = tuple[Manner, str]


def say_as_element(say_as: SayAs) -> str | None:
    """Return the element that says text as Azure's would, None where Google has none."""
    kind = SAY_AS.get(say_as.interpret_as.strip().lower())
    if kind is None:
        return None
    form = (say_as.format or "").strip().lower()
    known = kind in FORMATS and FORMATS[kind].fullmatch(form)
    return f'say-as interpret-as="{kind}"' + (f' format="{form}"' if known else "")


def phoneme_element(phoneme: Phoneme) -> str:
    """Return the element that gives text these sounds."""
    return f'phoneme alphabet="{phoneme.alphabet}" ph="{escaped(phoneme.sounds.strip())}"'


def escaped(text: str) -> str:
    """Return a text as SSML writes it, also in an attribute."""
    text = speakable_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;")


class SsmlWriter:
    """Writes units as SSML, and counts before, never too little, what they take.

    Prosody that holds for all of a piece is said in the request's options instead: `base`. With `marks`, each
    word that can be told apart from the one before it gets one, named by its number among the tokens.
    """

    longest_sentence: int | None = LONGEST_SENTENCE

    def __init__(self, max_bytes: int, base: Prosody, *, marks: bool) -> None:
        self.room = max_bytes - FRAME_BYTES
        self._base, self._marks = base, marks

    def bytes_of(self, text: str) -> int:
        """Count a text of which each character alone holds no more than one word."""
        marks = 0
        if self._marks:
            marks = 1 if len(text) <= SHORT else len(marked(tokens_in(text)))
        return len(escaped(text).encode()) + MARK_BYTES * marks

    def bytes_within(self, bit: Bit) -> int:
        opening, closing = _tags(bit.element)
        marks = len(self._marked(bit)) if self._marks else 0
        return len((opening + escaped(bit.said) + closing).encode()) + MARK_BYTES * marks

    def bytes_around(self, manner: Manner) -> int:
        return sum(len(opening) + len(closing) for opening, closing in map(_tags, self._elements(manner)))

    def bytes_behind(self, unit: Unit) -> int:
        paragraph = PARAGRAPH_BYTES if unit.cut == Cut.PARAGRAPH else 0
        sentence = SENTENCE_BYTES if _shows_no_end(unit) else 0
        return paragraph + sentence + (BREAK_BYTES if unit.pause_ms else 0) + 1

    def interruptions(self, unit: Unit) -> int:
        if unit.cut == Cut.PARAGRAPH:
            return 1
        return 2 if _shows_no_end(unit) else 0

    def written(self, units: Iterable[Unit]) -> str:
        """Return units as one document."""
        rendered = list(self._rendered(units))
        paragraphs = [self._paragraph(part) for part in _split(rendered, _Rendered.ends_paragraph)]
        if len(paragraphs) > 1:
            paragraphs = [f"<p>{paragraph}</p>" for paragraph in paragraphs]
        return f"<speak>{''.join(paragraphs)}</speak>"

    def _rendered(self, units: Iterable[Unit]) -> Iterator["_Rendered"]:
        number = 0
        for unit in units:
            fragments = []
            for bit in unit.bits:
                fragments.append((bit.manner, self._text(bit, number)))
                number += len(bit.tokens)
            if unit.pause_ms:
                fragments.append((fragments[-1][0], f'<break time="{unit.pause_ms}ms"/>'))
            yield _Rendered(unit, tuple(fragments))

    def _text(self, bit: Bit, number: int) -> str:
        """Return a bit with its marks; its first token has this number."""
        marks = self._marked(bit) if self._marks else ()
        if bit.is_whole:
            before = "".join(f'<mark name="{number + place}"/>' for place in marks)
            return before + _enclosed(_one_line(bit.said), bit.element)
        written = _one_line(bit.said)
        if not marks:
            return written
        # Most text is written as it is, and so then are its parts.
        write = str if written == bit.said else _one_line
        parts, done = [], 0
        for place in marks:
            start = bit.tokens[place].start
            parts += [write(bit.said[done:start]), f'<mark name="{number + place}"/>']
            done = start
        return "".join((*parts, write(bit.said[done:])))

    def _marked(self, bit: Bit) -> Sequence[int]:
        """Return which tokens of a bit get a mark: of what is said otherwise than written, one can."""
        if not bit.is_whole:
            return marked(bit.tokens)
        if not bit.tokens or not bit.speaks:
            return ()
        return (next((place for place, token in enumerate(bit.tokens) if token.is_word), 0),)

    def _paragraph(self, rendered: Sequence["_Rendered"]) -> str:
        """Mark the ends of sentences that the text does not show."""
        parts: list[str] = []
        running: list[Fragment] = []
        for sentence in _split(rendered, _Rendered.ends_sentence):
            fragments = [fragment for part in sentence for fragment in part.fragments]
            if sentence[-1] is rendered[-1] or not _shows_no_end(sentence[-1].unit):
                running += fragments
            else:
                parts += [self._spoken(running), f"<s>{self._spoken(fragments).strip()}</s>"]
                running = []
        return "".join((*parts, self._spoken(running))).strip()

    def _spoken(self, fragments: Iterable[Fragment]) -> str:
        """Join fragments, those in one manner in one element for each thing it says."""
        text = ""
        for manner, alike in groupby(fragments, key=lambda fragment: fragment[0]):
            spoken = "".join(part for _, part in alike)
            for element in self._elements(manner):
                spoken = _enclosed(spoken, element)
            text += spoken
        return text

    def _elements(self, manner: Manner) -> Iterator[str]:
        """Yield the elements of a manner, the innermost first."""
        if manner.emphasis:
            yield f'emphasis level="{manner.emphasis}"'
        if manner.prosody not in (self._base, NATURAL) and (said := _prosody(manner.prosody)):
            yield f"prosody {said}"
        if manner.language:
            yield f'lang xml:lang="{manner.language}"'


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A unit and its texts, each with the manner that is yet to be put around it."""

    unit: Unit
    fragments: tuple[Fragment, ...]

    def ends_paragraph(self) -> bool:
        return self.unit.cut == Cut.PARAGRAPH

    def ends_sentence(self) -> bool:
        """Say whether the service is to take what follows for another sentence."""
        return self.unit.cut != Cut.PAUSE


def marked(tokens: Iterable[Written]) -> list[int]:
    """Return which tokens get a mark: words, but not in mid-script where no spaces are set.

    There a token is a character, and a mark would part those of one word.
    """
    numbers, end = [], -1
    for number, token in enumerate(tokens):
        if token.is_word:
            if token.start != end:
                numbers.append(number)
            end = token.end
    return numbers


def _shows_no_end(unit: Unit) -> bool:
    """Say whether a sentence ends here, or is made to, of which the text shows nothing."""
    if unit.cut == Cut.SENTENCE:
        last = next((bit.said for bit in reversed(unit.bits) if bit.said.strip()), "")
        return not is_marked(last.rstrip())
    return unit.cut < Cut.PAUSE


def _prosody(prosody: Prosody) -> str:
    rate = f'rate="{100 * prosody.rate:g}%"' if prosody.rate != 1 else ""
    pitch = f'pitch="{prosody.pitch_semitones:+g}st"' if prosody.pitch_semitones else ""
    volume = f'volume="{prosody.volume_db:+g}dB"' if prosody.volume_db else ""
    return " ".join(filter(None, (rate, pitch, volume)))


def _tags(element: str) -> tuple[str, str]:
    return (f"<{element}>", f"</{element.split()[0]}>") if element else ("", "")


def _enclosed(text: str, element: str) -> str:
    opening, closing = _tags(element)
    return f"{opening}{text}{closing}"


def _one_line(text: str) -> str:
    return escaped(WHITE_SPACE.sub(" ", text))


def _split(rendered: Iterable[_Rendered], ends: Callable[[_Rendered], bool]) -> Iterator[list[_Rendered]]:
    """Yield what stands up to each end."""
    part: list[_Rendered] = []
    for one in rendered:
        part.append(one)
        if ends(one):
            yield part
            part = []
    if part:
        yield part
