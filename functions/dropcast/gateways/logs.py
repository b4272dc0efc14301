"""Structured logs: one JSON object a line, with the severity, the message, and what the event is about."""

import json
import logging
import sys

OURS = "dropcast"
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class JsonLines(logging.Formatter):
    """Formats as Cloud Logging reads it; what was passed as `extra` (job, line …) becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in PLAIN}
        entry = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            entry["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(entry | extra, ensure_ascii=False, default=str)


def log_as_json() -> None:
    """Send what our own modules log to standard output as JSON lines; others keep their ways."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    ours = logging.getLogger(OURS)
    ours.handlers[:] = [handler]
    ours.setLevel(logging.INFO)
    ours.propagate = False
