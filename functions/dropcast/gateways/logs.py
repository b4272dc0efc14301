"""Structured logs: one JSON object a line, with the severity, the message, and what the event is about.

A message is a constant word, so that entries can be counted by it (infra/monitoring.tf); whatever differs
from one to the next is a field. What scripts say is never logged: logs are read by more people than scripts.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OURS = "dropcast"
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}

_facts: ContextVar[dict[str, object] | None] = ContextVar("facts", default=None)


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Have every entry that is logged meanwhile say these facts too, but for those that are None."""
    token = _facts.set(_known(facts))
    try:
        yield
    finally:
        _facts.reset(token)


def note(**facts: object) -> None:
    """Add facts that were learnt meanwhile to those that entries say."""
    if (noted := _facts.get()) is not None:
        noted.update(_known(facts))


def _known(facts: dict[str, object]) -> dict[str, object]:
    return {name: fact for name, fact in facts.items() if fact is not None}


class JsonLines(logging.Formatter):
    """Formats as Cloud Logging reads it; what was passed as `extra` (job, line …) becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in PLAIN}
        entry = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            entry["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps({**entry, **(_facts.get() or {}), **extra}, ensure_ascii=False, default=str)


def log_as_json() -> None:
    """Send what our own modules log to standard output as JSON lines; others keep their ways."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    ours = logging.getLogger(OURS)
    ours.handlers[:] = [handler]
    ours.setLevel(logging.INFO)
    ours.propagate = False
