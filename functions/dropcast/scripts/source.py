"""From the bytes of a file to the JSON value in it, or a clear word about what is broken."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from dropcast.scripts.conversation import MAX_SCRIPT_BYTES
from dropcast.scripts.findings import Findings, child, readable

LONGEST_NUMBER = 400  # digits; the largest double has 309

# What Python's parser expected, in words for whoever wrote the file.
EXPECTED = {
    "Expecting value": "a value was expected",
    "Expecting property name enclosed in double quotes": 'a key in double quotes, or "}", was expected',
    "Expecting ',' delimiter": "a comma, or the bracket that closes the list or object, was expected",
    "Expecting ':' delimiter": "a colon was expected, between a key and its value",
    "Invalid control character at": "a string goes over the end of its line here; inside a string write \\n",
    "Invalid \\escape": 'there is no such escape; write a backslash as "\\\\"',
    "Invalid \\uXXXX escape": "four hexadecimal digits were expected after \\u",
    "Illegal trailing comma before end of array": "a comma stands before the closing bracket; remove it",
    "Illegal trailing comma before end of object": "a comma stands before the closing bracket; remove it",
    "Extra data": (
        "the script ended before this; there can be only one array or object "
        "(one object per line? put them between [ and ] with commas)"
    ),
}
INSTEAD = {
    "'": "JSON strings stand in double quotes, not single ones",
    "“": 'a curly quote stands here; strings begin and end with straight ones (")',
    "”": 'a curly quote stands here; strings begin and end with straight ones (")',
    "`": "remove the ``` around the script",
    "/": "JSON has no comments; remove it",
    "#": "JSON has no comments; remove it",
    "<": "this is HTML or XML, not JSON",
}


def read_source(data: bytes, findings: Findings) -> object:
    """Return the JSON value in a file. Raises ScriptRejected where there is none; what else is odd, it notes.

    A key that stands twice, NaN and numbers without end are errors, but the rest can still be read.
    """
    text = _decode(_of_bearable_size(data, findings), findings)
    if not text.strip():
        findings.error("", "The file is empty.")
        raise findings.reject()
    return _parse(text, findings)


def _of_bearable_size(data: bytes, findings: Findings) -> bytes:
    if len(data) > MAX_SCRIPT_BYTES:
        findings.error(
            "", f"The file has {len(data):,} bytes; {MAX_SCRIPT_BYTES:,} are the most. Split the script."
        )
        raise findings.reject()
    return data


def _decode(data: bytes, findings: Findings) -> str:
    # UTF-16 and UTF-32 are read all the same: nothing in them can be misunderstood.
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        findings.error("", _undecodable(data, error))
        raise findings.reject() from None
    if not encoding.startswith("utf-8"):
        findings.warn("", f"The file is {encoding[:6].upper()}. It was read; better save it as UTF-8.")
    return text


def _undecodable(data: bytes, error: UnicodeDecodeError) -> str:
    if not error.encoding.startswith("utf-8"):
        looks = f"The file looks like {error.encoding[:6].upper()}"
        return f"{looks} but is broken at byte {error.start:,}. Save it as UTF-8."
    # utf-8-sig counts from behind the byte order mark.
    start = error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
    line = data.count(b"\n", 0, start) + 1
    return (
        f"Byte {start:,} (0x{data[start]:02x}, in line {line:,}) is not UTF-8. Save the file as UTF-8, "
        "not as Windows-1252 or another encoding."
    )


_Container = dict[str, object] | list[object]


@dataclass(slots=True)
class _Unusable:
    """Stands in the parsed value for something that must be reported, until its place is known."""

    message: str
    instead: object = None


class _Parser:
    """Python's own parser, with what it would let pass marked where it stands."""

    def __init__(self) -> None:
        self.has_unusable = False

    def parse(self, text: str) -> object:
        value: object = json.loads(
            text,
            object_pairs_hook=self._object,
            parse_int=self._int,
            parse_float=self._float,
            parse_constant=self._constant,
        )
        return value

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        value = dict(pairs)
        if len(value) < len(pairs):
            self._mark_repeated(value, pairs)
        return value

    def _mark_repeated(self, value: dict[str, object], pairs: list[tuple[str, object]]) -> None:
        times: dict[str, int] = {}
        for key, _ in pairs:
            times[key] = times.get(key, 0) + 1
        for key, count in times.items():
            if count > 1:
                message = f'The key "{readable(key)}" stands {count} times in one object; only one can count.'
                value[key] = self._unusable(message, value[key])

    def _int(self, digits: str) -> object:
        return int(digits) if len(digits) <= LONGEST_NUMBER else self._too_long(digits)

    def _float(self, digits: str) -> object:
        if len(digits) > LONGEST_NUMBER:
            return self._too_long(digits)
        value = float(digits)
        return value if isfinite(value) else self._unusable(f"{digits[:20]} is too large a number.")

    def _constant(self, name: str) -> object:
        return self._unusable(f"{name} is no number that JSON knows.")

    def _too_long(self, digits: str) -> object:
        return self._unusable(f"A number of {len(digits):,} digits cannot be meant.")

    def _unusable(self, message: str, instead: object = None) -> _Unusable:
        self.has_unusable = True
        return _Unusable(message, instead)


def _parse(text: str, findings: Findings) -> object:
    parser = _Parser()
    try:
        value = parser.parse(text)
    except json.JSONDecodeError as error:
        findings.error("", _malformed(text, error))
        raise findings.reject() from None
    except RecursionError:
        findings.error("", "Lists or objects stand in one another hundreds deep; a script needs five levels.")
        raise findings.reject() from None
    return _report_unusable(value, findings) if parser.has_unusable else value


def _malformed(text: str, error: json.JSONDecodeError) -> str:
    place = f"Line {error.lineno:,}, column {error.colno:,}"
    if error.msg.startswith("Unterminated string"):
        return f"{place}: the file ends within the string that begins here. Is it only half of it?"
    if error.pos >= len(text.rstrip()):
        return (
            f"{place}: the file ends here, but {EXPECTED.get(error.msg, error.msg)}. Is it only half of it?"
        )
    wrong = INSTEAD.get(text[error.pos]) or _trailing_comma(text, error) or EXPECTED.get(error.msg, error.msg)
    return f"{place}: the file is not JSON; {wrong}."


def _trailing_comma(text: str, error: json.JSONDecodeError) -> str | None:
    before = text[max(0, error.pos - 200) : error.pos].rstrip()
    if text[error.pos] in "]}" and before.endswith(","):
        return f'a comma stands before the closing "{text[error.pos]}"; remove it'
    return None


def _report_unusable(value: object, findings: Findings) -> object:
    """Tell the place of everything marked, and return the value without the marks."""
    root: list[object] = [value]
    # A stack of our own: what people drop may be nested as deep as Python's parser goes. Places are spelt out
    # only for what is told, or depth times marks would be the work.
    steps: list[str | int] = []
    open_: list[tuple[_Container, Iterator[tuple[str | int, object]]]] = [(root, _entries(root))]
    while open_:
        container, entries = open_[-1]
        for key, entry in entries:
            if isinstance(entry, _Unusable):
                entry = _usable(entry, [*steps, key], findings)
                _put(container, key, entry)
            if isinstance(entry, dict | list):
                steps.append(key)
                open_.append((entry, _entries(entry)))
                break
        else:
            open_.pop()
            del steps[-1:]
    return root[0]


def _usable(entry: object, steps: list[str | int], findings: Findings) -> object:
    place = (
        "" if findings.are_many else "".join(child("", step) for step in steps[1:])
    )  # the first is the root's
    while isinstance(entry, _Unusable):
        findings.error(place, entry.message)
        entry = entry.instead
    return entry


def _entries(container: _Container) -> Iterator[tuple[str | int, object]]:
    return iter(container.items() if isinstance(container, dict) else enumerate(container))


def _put(container: _Container, key: str | int, value: object) -> None:
    if isinstance(container, dict):
        container[str(key)] = value
    else:
        container[int(key)] = value
