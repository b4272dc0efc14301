"""From an SSML document to what is to be said (contract, section 10).

A reader keeps, for every element that is open, how its text is said; ends and rests go straight into the
passage of the voice that is speaking. Nothing here is recursive, and nothing is looked at twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dropcast.scripts.batch.document import Document
from dropcast.scripts.batch.ssml.context import Context
from dropcast.scripts.batch.ssml.elements import SILENT, inside
from dropcast.scripts.batch.ssml.flaws import SsmlRefused
from dropcast.scripts.batch.ssml.notes import Notes, quoted
from dropcast.scripts.batch.ssml.parsing import BLANK, parse
from dropcast.scripts.batch.ssml.passage import PassageWriter, Voice
from dropcast.scripts.batch.ssml.silences import break_milliseconds, with_silence

INSTANTS = frozenset(("break", "silence"))

__all__ = ["SsmlRefused", "read_ssml"]


def read_ssml(content: str) -> Document:
    """Return what an SSML document says. Raises SsmlRefused where Azure would answer 400.

    No word in a voice is lost: what an element asks for in vain is left out with a note, its text is said.
    """
    reader = _Reader()
    parse(content, reader)
    return reader.document()


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that is open: how its text is said, and the voice that it began, if it did."""

    element: str
    context: Context
    voice: Voice | None = None


class _Reader:
    """Listens to a document and has what was read of it."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._voices: list[Voice] = []  # those that are open, the one that speaks last
        self._passages: list[PassageWriter] = []
        self._notes = Notes()

    def document(self) -> Document:
        if not self._passages:
            raise SsmlRefused('The SSML has no <voice>; its text must stand in <voice name="…"> … </voice>.')
        passages = (writer.passage() for writer in self._passages if not writer.is_idle)
        return Document(tuple(passages), self._notes.sentences())

    def started(self, element: str, attributes: Mapping[str, str]) -> None:
        opened = self._opened(element, attributes) if self._open else _root(element)
        self._open.append(opened)
        self._keep_apart(opened.context)

    def ended(self) -> None:
        closed = self._open.pop()
        self._keep_apart(closed.context)
        if closed.voice:
            self._resume()
        else:
            self._end(closed.element)

    def heard(self, text: str) -> None:
        if self._voices:
            self._passages[-1].text(text, self._open[-1].context)
        elif text.strip(BLANK):
            begins = quoted(" ".join(text.split()))
            raise SsmlRefused(f'"{begins}" stands outside of <voice>; put it into a <voice name="…">.')

    def _opened(self, element: str, attributes: Mapping[str, str]) -> _Open:
        outer = self._open[-1].context
        if outer.unit or outer.formula:
            return self._within(element, outer)
        if element == "voice":
            return self._voice(attributes, outer)
        if element in INSTANTS:
            self._instant(element, attributes)
            return _Open(element, outer)
        self._end(element)  # what stands before a paragraph is none of it
        return _Open(element, inside(element, attributes, outer, self._notes))

    def _within(self, element: str, outer: Context) -> _Open:
        """Open an element where one text is said as a whole: there it changes nothing, and ends nothing."""
        if outer.unit and element not in SILENT:
            whole = f"<{outer.unit.element}>"
            self._notes.add(f"<{quoted(element)}> inside {whole} was left out: {whole} is said as a whole.")
        return _Open("", outer)

    def _voice(self, attributes: Mapping[str, str], outer: Context) -> _Open:
        name = attributes.get("name", "").strip()
        if not name:
            raise SsmlRefused('A <voice> has no name; write <voice name="…">')
        for left_out in ("effect", "parameters"):
            if left_out in attributes:
                self._notes.add(f'The attribute "{left_out}" of <voice> was left out.')
        voice = Voice(name)
        self._voices.append(voice)
        self._passages.append(PassageWriter(voice))
        return _Open("voice", outer, voice)

    def _resume(self) -> None:
        """End the voice that speaks; the one around it, if there is one, goes on in a passage of its own."""
        self._voices.pop()
        if self._voices:
            self._passages.append(PassageWriter(self._voices[-1], resumed=True))

    def _instant(self, element: str, attributes: Mapping[str, str]) -> None:
        if not self._voices:
            self._notes.add(f"A <{element}> outside of <voice> was left out.")
        elif element == "break":
            self._passages[-1].rest(break_milliseconds(attributes))
        else:
            self._silence(attributes)

    def _silence(self, attributes: Mapping[str, str]) -> None:
        voice = self._voices[-1]
        silences = with_silence(voice.silences, attributes)
        if silences:
            voice.silences = silences
        else:
            kind, value = (quoted(attributes.get(name, "")) for name in ("type", "value"))
            written = f'<mstts:silence type="{kind}" value="{value}">'
            self._notes.add(f"{written} is not known and was left out.")

    def _end(self, element: str) -> None:
        if self._voices and element == "p":
            self._passages[-1].paragraph_end()
        elif self._voices and element in ("s", "turn"):
            self._passages[-1].sentence_end()

    def _keep_apart(self, context: Context) -> None:
        if self._voices and context.formula:
            self._passages[-1].gap()


def _root(element: str) -> _Open:
    if element != "speak":
        raise SsmlRefused(f"The SSML must stand in <speak> … </speak>, not in <{quoted(element)}>")
    return _Open("speak", Context())
