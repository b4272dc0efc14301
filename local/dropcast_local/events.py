"""What the processes of the local stack say while they run, one value a line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One line that a process of the stack wrote, or one thing that happened to it.

    A line of a function's log says which job it is about, and mostly which line and utterance of it.
    """

    source: str
    severity: str
    message: str
    job: str | None = None
    line: int | None = None
    utterance: int | None = None
    cached: bool = False
    reason: str | None = None


WORTH_A_COMPLAINT = ("WARNING", "ERROR", "CRITICAL")


def told(event: Event) -> str:
    """Say an event in a line: whose, what, of which line, and why."""
    # What is heard beside the lines is no line, of which it says -1.
    place = "" if event.line is None or event.line < 0 else f" line {event.line}"
    cached = " (cached)" if event.cached else ""
    reason = f": {event.reason}" if event.reason else ""
    return f"{event.job or event.source}: {event.message}{place}{cached}{reason}"


class Troubles:
    """The last thing that went wrong, of all that a stack told."""

    def __init__(self) -> None:
        self.last: str | None = None

    def hear(self, event: Event) -> None:
        """Keep an event that is worth a complaint, in a line: of a traceback its first and its last."""
        if event.severity in WORTH_A_COMPLAINT:
            first, *rest = told(event).splitlines()
            self.last = ": ".join([first, *rest[-1:]])


def read_event(source: str, text: str) -> Event:
    """Read a line of a process's output: a log entry where it is one, else whatever it says."""
    match _json(text):
        case {"severity": str(severity), "message": str(message), **rest}:
            return Event(
                source,
                severity,
                "\n".join(filter(None, (message, _text(rest, "stack_trace")))),
                job=_text(rest, "job"),
                line=_number(rest, "line"),
                utterance=_number(rest, "utterance"),
                cached=rest.get("cached") is True,
                reason=_text(rest, "reason"),
            )
    return Event(source, "DEFAULT", text)


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return value


def _text(fields: Mapping[Any, object], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _number(fields: Mapping[Any, object], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None
