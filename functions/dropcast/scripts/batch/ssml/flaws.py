"""What is wrong with a document, in words for whoever wrote it."""

import re
from collections.abc import Sequence
from xml.parsers.expat import ErrorString, errors

NEAR = 200  # bytes before a flaw in which its cause is looked for

NOT_CLOSED = {errors.codes[errors.XML_ERROR_NO_ELEMENTS], errors.codes[errors.XML_ERROR_TAG_MISMATCH]}
NO_ENTITY = errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]
AFTER_THE_END = errors.codes[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]

BARE_AMPERSAND = re.compile(rb"&(?![A-Za-z][A-Za-z0-9]{0,31};|#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};)[^&]{0,40}\Z")
ENTITY = re.compile(rb"&[A-Za-z][A-Za-z0-9]{0,31};")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
WRITE_AMP = "a bare & stands there; write &amp;"


class SsmlRefused(Exception):
    """An SSML document cannot be read, or is none; the message says why in a sentence."""


def flaw(code: int, data: bytes, index: int, still_open: Sequence[str]) -> SsmlRefused:
    """Return the refusal of a document in which the parser stopped at a byte with an error code."""
    hint = _hint(code, data, index, still_open)
    reason = str(ErrorString(code)).removeprefix("not well-formed ").strip("()")
    where = f"{reason} in {place(data, index)}"
    return SsmlRefused(f"The SSML is not well-formed XML: {where}{hint and '; '}{hint}.")


def place(data: bytes, index: int) -> str:
    """Say where a byte of a document is, counted in characters from 1."""
    before = data[: max(index, 0)].decode("utf-8", "ignore")
    line_start = before.rfind("\n")
    return f"line {before.count(chr(10)) + 1}, column {len(before) - line_start}"


def _hint(code: int, data: bytes, index: int, still_open: Sequence[str]) -> str:
    before, rest = data[max(index - NEAR, 0) : max(index, 0)], data[max(index, 0) :][:NEAR]
    if code in NOT_CLOSED:
        return f"<{still_open[-1][:40]}> is not closed" if still_open else ""
    if code == NO_ENTITY:
        return _entity_hint(rest)
    if code == AFTER_THE_END:
        return "nothing may stand behind </speak>"
    if CONTROL.match(rest):
        return f"XML has no place for the control character U+{rest[0]:04X}"
    if BARE_AMPERSAND.search(before):
        return WRITE_AMP
    if before.endswith(b"<"):
        return "a bare < stands there; write &lt;"
    return "values of attributes stand in straight quotes" if before.rstrip().endswith(b"=") else ""


def _entity_hint(rest: bytes) -> str:
    found = ENTITY.match(rest)
    if not found:
        return WRITE_AMP
    return f'XML has no "{found[0].decode()}"; write the character itself, or &amp; for a mere &'
