"""XML as events, in time and memory that grow with its length and nothing else.

Namespaces are not looked up, since many clients leave xmlns out: `mstts:silence` is "silence" with any prefix
or none, and `Voice` is "voice". A document type is refused, and with it every entity but XML's own five.
"""

from collections.abc import Mapping
from typing import Protocol
from xml.parsers import expat

from dropcast.scripts.batch.ssml.flaws import SsmlRefused, flaw, place

DEEPEST = 64  # elements in each other; people nest a handful
MOST_ELEMENTS = 100_000  # in 2 MiB that is one for every 20 characters
MOST_ATTRIBUTES = 32  # of one element; the contract knows none with more than five
LONGEST_ATTRIBUTE = 10_000  # characters; twice what one speech call takes
CHUNK_BYTES = 64 * 1024  # what expat reads on for after a refusal
BLANK = "\ufeff \t\r\n"


class Listener(Protocol):
    """Is told what a document holds, in order."""

    def started(self, element: str, attributes: Mapping[str, str]) -> None:
        """Take an element. What it raises as SsmlRefused, without a full stop, gets the place added."""
        ...

    def ended(self) -> None: ...

    def heard(self, text: str) -> None: ...


def parse(content: str, listener: Listener) -> None:
    """Tell a listener all elements and text of a document. Raises SsmlRefused, with the place and a hint.

    A declaration's encoding means nothing, since what we have are characters. Halves of characters, which
    JSON can bring along, are left out.
    """
    text = content.lstrip(BLANK)
    if not text.startswith("<"):
        raise SsmlRefused("The SSML begins with text, not with <speak …>." if text else "The SSML is empty.")
    blank = content[: len(content) - len(text)].encode()
    data = text.encode("utf-8", "ignore")
    parser = expat.ParserCreate("utf-8")
    watched = _Watched(parser, listener)
    try:
        for start in range(0, len(data), CHUNK_BYTES):
            parser.Parse(data[start : start + CHUNK_BYTES], False)  # noqa: FBT003  # expat's own signature
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise flaw(error.code, blank + data, len(blank) + parser.ErrorByteIndex, watched.open) from None
    except _RefusedTag as refused:
        where = place(blank + data, len(blank) + refused.index)
        raise SsmlRefused(f"{refused} ({where}).") from None


class _RefusedTag(Exception):
    """A tag is refused; `index` is its first byte."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class _Watched:
    """Hands on to a listener what is within bounds. `open` are the elements not yet closed, as written."""

    def __init__(self, parser: expat.XMLParserType, listener: Listener) -> None:
        self.open: list[str] = []
        self._elements = 0
        self._parser = parser
        self._listener = listener
        parser.buffer_text = True  # else every line and every &amp; would be an event
        parser.buffer_size = CHUNK_BYTES
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = listener.heard

    def _doctype(self, *_declaration: object) -> None:
        message = "The SSML has a document type, which is never read; remove <!DOCTYPE …>"
        raise _RefusedTag(message, self._parser.CurrentByteIndex)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self.open.append(name)
        self._elements += 1
        try:
            self._listener.started(_local(name), self._bounded(name, attributes))
        except SsmlRefused as refused:
            # Now, since after an exception expat reads on to the end of its chunk.
            raise _RefusedTag(str(refused), self._parser.CurrentByteIndex) from None

    def _ended(self, _name: str) -> None:
        self.open.pop()
        self._listener.ended()

    def _bounded(self, element: str, attributes: Mapping[str, str]) -> Mapping[str, str]:
        if len(self.open) > DEEPEST:
            raise SsmlRefused(f"The SSML has more than {DEEPEST} elements inside each other")
        if self._elements > MOST_ELEMENTS:
            raise SsmlRefused(f"The SSML has more than {MOST_ELEMENTS:,} elements; split it")
        return _bounded(element, attributes)


def _bounded(element: str, attributes: Mapping[str, str]) -> Mapping[str, str]:
    if len(attributes) > MOST_ATTRIBUTES:
        raise SsmlRefused(f"<{element[:40]}> has more than {MOST_ATTRIBUTES} attributes")
    for name, value in attributes.items():
        if len(value) > LONGEST_ATTRIBUTE:
            size = f"{len(value):,} characters; {LONGEST_ATTRIBUTE:,} are the most"
            raise SsmlRefused(f'The attribute "{name[:40]}" of <{element[:40]}> has {size}')
    # Those without a prefix come last, and so count where both stand there.
    by_prefix = sorted(attributes, key=lambda name: ":" not in name)
    return {_local(name): attributes[name] for name in by_prefix if not name.startswith("xmlns")}


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
