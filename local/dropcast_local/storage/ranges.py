"""The two headers about parts of a body: Range on the way down, Content-Range on the way up."""

import re
from dataclasses import dataclass
from typing import Final

from dropcast_local.storage.refusals import Refusal, invalid

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_RANGE: Final = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Which bytes of an upload a request carries (none: it asks how far the upload is), and of how many."""

    span: Span | None
    total: int | None


def requested_span(header: str | None, size: int) -> Span | None:
    """The part of an object that is asked for; none for all of it; 416 where there is no such part.

    What cannot be understood is ignored, as HTTP demands.
    """
    found = _RANGE.fullmatch(header) if header else None
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        span = Span(max(0, size - int(last)), size)
    else:
        span = Span(int(first), min(size, int(last) + 1) if last else size)
        if last and int(last) < int(first):
            return None
    if span.start >= span.end:
        raise Refusal(416, "requestedRangeNotSatisfiable", "Request range not satisfiable")
    return span


def content_range(header: str | None) -> ContentRange | None:
    """What a chunk of a resumable upload says of itself; none for a body that is the whole upload."""
    if header is None:
        return None
    found = _CONTENT_RANGE.fullmatch(header.strip())
    if found is None:
        raise invalid(f"Invalid Content-Range: {header!r}")
    first, last, total = found.groups()
    span = None if first is None else Span(int(first), int(last) + 1)
    if span is not None and span.start >= span.end:
        raise invalid(f"Invalid Content-Range: {header!r}")
    return ContentRange(span, None if total == "*" else int(total))
