"""summary.json: what came of every input of a batch (contract, section 7)."""

import json
from collections.abc import Iterable, Iterator, Mapping

from dropcast.publishing.batch.files import file_names
from dropcast.publishing.batch.result import Heard, InputResult
from dropcast.scripts.batch.request import Wanted

MILLISECONDS = 1000
FAILED_CODE = "SynthesisFailed"
UNEXPLAINED = "The input could not be spoken."


def entry_json(result: InputResult, wanted: Wanted) -> bytes:
    """Return the element of "results" that tells of an input, or of all inputs where they are one file."""
    contents = list(result.contents)
    told = _failed(result.error) if result.heard is None else _succeeded(result.number, result.heard, wanted)
    # Verbatim: what is no character (half of a surrogate pair) is written as JSON escapes it.
    return json.dumps({"contents": contents, **told}, ensure_ascii=False).encode(errors="backslashreplace")


def summary_json(job_id: str, succeeded: bool, entries: Iterable[bytes]) -> Iterator[bytes]:  # noqa: FBT001
    """Yield the file, of which `entries` are the results in the order of the inputs."""
    status = "Succeeded" if succeeded else "Failed"
    yield f'{{"jobID": {json.dumps(job_id)}, "status": "{status}", "results": ['.encode()
    separator = b"\n"
    for entry in entries:
        yield separator + entry
        separator = b",\n"
    yield b"\n]}\n"


def _succeeded(number: int, heard: Heard, wanted: Wanted) -> Mapping[str, object]:
    names = file_names(number, wanted)
    files = {
        "audioFileName": names.audio,
        "wordBoundaryFileName": names.words,
        "sentenceBoundaryFileName": names.sentences,
    }
    # Strings, as typed readers declare them.
    properties = {
        "sizeInBytes": str(heard.audio_bytes),
        "durationInMilliseconds": str(heard.samples * MILLISECONDS // heard.sample_rate_hertz),
    }
    present = {member: name for member, name in files.items() if name}
    return {"status": "Succeeded", **present, "properties": properties}


def _failed(error: str | None) -> Mapping[str, object]:
    return {"status": "Failed", "error": {"code": FAILED_CODE, "message": error or UNEXPLAINED}}
