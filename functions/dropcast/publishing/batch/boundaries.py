"""Where words or sentences are heard: `NNNN.word.json`, `NNNN.sentence.json` (contract, section 7)."""

import json
from collections.abc import Iterable, Iterator

from dropcast.jobs.batch.timing import Boundary

MILLISECONDS = 1000


def boundaries_json(boundaries: Iterable[Boundary], sample_rate_hertz: int) -> Iterator[bytes]:
    """Yield a JSON array of boundaries in whole milliseconds, `[]` where there are none.

    Start and end are truncated, not start and duration: so none reaches into the next one or beyond the
    audio, whose duration is truncated as well.
    """
    separator = "["
    for boundary in boundaries:
        start, end = (at * MILLISECONDS // sample_rate_hertz for at in (boundary.start, boundary.end))
        entry = {"Text": boundary.text, "AudioOffset": start, "Duration": end - start}
        # What is no character (half of a surrogate pair) is written as JSON escapes it.
        text = json.dumps(entry, ensure_ascii=False)
        yield f"{separator}\n{text}".encode(errors="backslashreplace")
        separator = ","
    yield b"[]\n" if separator == "[" else b"\n]\n"
