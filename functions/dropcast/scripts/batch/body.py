"""From the bytes of a request to the JSON object in them, or a clear word about what is broken."""

import json
from math import isfinite

from dropcast.scripts.findings import quoted
from dropcast.scripts.source import EXPECTED, INSTEAD

LONGEST_NUMBER = 300  # digits; the largest double has 309


class Unreadable(Exception):
    """These bytes are no JSON object; the message says what stands in the way."""


def read_body(data: bytes) -> dict[str, object]:
    """Return the object that a request is. Raises Unreadable.

    Of a member that stands twice the last counts. NaN and numbers without end are no JSON.
    """
    if not data.strip():
        raise Unreadable('The request has no body; it must be a JSON object with "inputKind" and "inputs".')
    body = _parsed(_decoded(data))
    if not isinstance(body, dict):
        raise Unreadable(
            f'The request is {quoted(body)}, but must be a JSON object with "inputKind" and "inputs".'
        )
    return body


def _decoded(data: bytes) -> str:
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"The request is not UTF-8; it breaks at byte {error.start:,}.") from None


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(
            text, parse_int=_whole_number, parse_float=_number, parse_constant=_not_a_number
        )
    except json.JSONDecodeError as error:
        raise Unreadable(_malformed(text, error)) from None
    except RecursionError:
        raise Unreadable(
            "Lists or objects stand in one another hundreds deep; four levels suffice."
        ) from None
    return value


def _whole_number(digits: str) -> int:
    # Python would read more, but in a time that grows with the square of their number.
    return int(digits) if len(digits) <= LONGEST_NUMBER else _not_a_number(digits)


def _number(digits: str) -> float:
    value = float(digits) if len(digits) <= LONGEST_NUMBER else float("inf")
    return value if isfinite(value) else _not_a_number(digits)


def _not_a_number(written: str) -> int:
    short = written if len(written) <= 20 else f"{written[:20]}…"
    raise Unreadable(f"The request is not JSON; {short} is no number that can be meant.")


def _malformed(text: str, error: json.JSONDecodeError) -> str:
    place = f"Line {error.lineno:,}, column {error.colno:,}"
    expected = EXPECTED.get(error.msg, error.msg)
    if error.msg.startswith("Unterminated string"):
        return f"{place}: the request ends within the string that begins here. Is it only half of it?"
    if error.pos >= len(text.rstrip()):
        return f"{place}: the request ends here, but {expected}. Is it only half of it?"
    return f"{place}: the request is not JSON; {INSTEAD.get(text[error.pos], expected)}."
