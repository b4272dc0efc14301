"""Whether SSML can be sent at all; what a voice can do with it is the voice's affair."""

from xml.parsers import expat


def ssml_flaw(text: str) -> str | None:
    """Say what is wrong with an SSML document, or None if it is well-formed and its root is <speak>.

    A document type is refused, with it every entity but XML's own five: nothing here is ever expanded.
    """
    document = _Document()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = document.start
    parser.StartDoctypeDeclHandler = document.refuse_doctype
    try:
        parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003  # expat takes it by position only
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        return f"is not well-formed XML: {expat.ErrorString(error.code)} in {place}"
    except _Refused:
        return "has a document type (<!DOCTYPE …>), which is never read; remove it"
    if document.root != "speak":
        return f"must stand in <speak> … </speak>, not in <{document.root[:40]}>"
    return None


class _Refused(Exception):
    """The document has a part that is not read."""


class _Document:
    """What the parser has told so far."""

    def __init__(self) -> None:
        self.root = ""

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.root = self.root or name

    def refuse_doctype(self, *_declaration: object) -> None:
        raise _Refused
