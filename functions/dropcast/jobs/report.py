"""The report: the last object a job writes, with every line's state. It exists = the job is over.

It is one JSON object whose first line of text holds all but the lines of the script, which follow one by
one: people can read it, ten thousand lines never stand in memory as JSON, and whoever needs only the ending
reads one line.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Outcome, Rejection, Spoken
from dropcast.jobs.plan import Plan
from dropcast.jobs.recording import Recording
from dropcast.jobs.stored import known
from dropcast.scripts.findings import quoted
from dropcast.scripts.problems import Problem
from dropcast.voices.families import family_of
from dropcast.voices.prices import PRICES_DATE, cost_usd
from dropcast.voices.request import SpeechRequest

VERSION = 1

State = Literal["spoken", "rejected"]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of the episode: its result in the jobs bucket, its stable name in the episodes bucket, its size.

    A report of an older release may not say the size.
    """

    format: str
    result: str
    name: str
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What must be published of a job that is over."""

    upload: Upload
    outputs: tuple[OutputFile, ...]


@dataclass(frozen=True, slots=True)
class LineState:
    """What became of one line; times in seconds from the start of the episode, None where it is not heard.

    A recording is nobody's voice (""). `clips` names its sound in the jobs bucket; `gain_db` is what was
    added to its level, `lufs` its loudness then, None where they are not known.
    """

    entry: int
    speaker: str
    voice: str
    state: State
    start_time: float | None
    end_time: float | None
    characters: int
    cached: bool
    reason: str | None
    clips: tuple[str, ...] = ()
    gain_db: float | None = None
    lufs: float | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """How long the episode is, in samples at a rate."""

    samples: int
    sample_rate_hertz: int


def refused_report(upload: Upload, script_sha256: str | None, problems: Iterable[Problem]) -> Iterator[bytes]:
    """Report a script that was not rendered at all, with everything that is wrong with it."""
    head = {
        "version": VERSION,
        "status": "failed",
        "job": upload.job,
        "script": script_facts(upload, script_sha256),
        "errors": [asdict(problem) for problem in problems],
        "outputs": [],
    }
    return _encode(head, [])


def job_report(
    plan: Plan,
    outcomes: Sequence[Outcome],
    lines: Iterable[LineState],
    length: Length | None,
    outputs: tuple[OutputFile, ...],
    levels: Mapping[str, object] | None = None,
) -> Iterator[bytes]:
    """Report a job whose utterances all have their outcome; it succeeded where there is a length.

    `levels` is what is to be said of the episode's loudness.
    """
    head = plan.head
    facts = {
        "version": VERSION,
        "status": "failed" if length is None else "succeeded",
        "job": head.upload.job,
        "script": script_facts(head.upload, head.script_sha256),
        "title": head.title,
        "languageCode": head.language_code,
        "onError": head.on_error,
        "speakers": [asdict(speaker) for speaker in head.speakers],
        "skipped": list(head.skipped),
        "warnings": [asdict(warning) for warning in head.warnings],
        "errors": [asdict(problem) for problem in _rejections(plan, outcomes)],
        "billing": _billing(plan, outcomes),
        "outputs": [asdict(output) for output in outputs],
    }
    loudness = {} if levels is None else {"loudness": dict(levels)}
    return _encode(facts | _length(length) | loudness, (_line(line) for line in lines))


def complete_report(
    draft: bytes | Iterable[bytes], outputs: Iterable[OutputFile], facts: Mapping[str, object]
) -> Iterator[bytes]:
    """Yield a report that was written before there were any files, with its files and other facts in place.

    Facts that the draft had are replaced; its lines go through as they are. Raises ValueError if it is none.
    """
    chunks = iter([draft] if isinstance(draft, bytes) else draft)
    first, rest = _first_line(chunks)
    told = _decode_first_line(first)
    yield _opening(told | {"outputs": [asdict(output) for output in outputs]} | dict(facts))
    yield rest
    yield from chunks


def decode_ending(report: bytes) -> Ending:
    """Read from a report what must be published."""
    match decode_facts(report):
        case {"script": dict(script), "outputs": list(outputs)}:
            return Ending(known(Upload, script), tuple(known(OutputFile, output) for output in outputs))
        case _:
            raise ValueError("not a report")


def decode_facts(report: bytes) -> dict[str, object]:
    """Read all that a report says but of its lines. Raises ValueError."""
    return _decode_first_line(report.partition(b"\n")[0])


def script_facts(upload: Upload, sha256: str | None) -> dict[str, object]:
    """Return what a report says of the script."""
    fields = asdict(upload) | {"sha256": sha256}
    return {name: value for name, value in fields.items() if name != "created" or value}


def _rejections(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Problem]:
    for line in plan.lines:
        pointer = f"{plan.head.lines_pointer}/{line.entry}"
        for request, outcome in zip(line.requests, outcomes[line.utterances], strict=True):
            if isinstance(outcome, Rejection):
                said = request.name if isinstance(request, Recording) else line.caption
                yield Problem(pointer, outcome.reason, quoted(said))
    for extra in plan.head.extras:
        outcome = outcomes[extra.utterance]
        if isinstance(outcome, Rejection):
            yield Problem(f"/audio/{extra.extra.role}", outcome.reason, quoted(extra.recording.name))


def _billing(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, object]:
    # What was refused is not billed, and what the cache held was paid for before.
    characters: Counter[str] = Counter()
    cached = 0
    for utterance, outcome in zip(plan.utterances(), outcomes, strict=True):
        match outcome, utterance.request:
            case Spoken(cached=True), SpeechRequest() as request:
                cached += request.characters()
            case Spoken(), SpeechRequest() as request:
                characters[family_of(request.voice).name] += request.characters()
    return {
        "characters": dict(characters),
        "cachedCharacters": cached,
        "estimatedUsd": round(cost_usd(characters), 6),
        "pricesDate": PRICES_DATE,
    }


def _length(length: Length | None) -> dict[str, object]:
    if length is None:
        return {}
    return {
        "samples": length.samples,
        "sampleRateHertz": length.sample_rate_hertz,
        "durationSeconds": round(length.samples / length.sample_rate_hertz, 6),
    }


def _line(line: LineState) -> dict[str, object]:
    heard = line.start_time is not None and line.end_time is not None
    return {
        "line": line.entry,
        "speaker": line.speaker,
        **({"voice": line.voice} if line.voice else {}),
        "state": line.state,
        **({"startTime": line.start_time, "endTime": line.end_time} if heard else {}),
        "characters": line.characters,
        "cached": line.cached,
        **({"clips": list(line.clips)} if line.clips else {}),
        **({} if line.gain_db is None else {"gainDb": line.gain_db}),
        **({} if line.lufs is None else {"lufs": line.lufs}),
        **({"reason": line.reason} if line.reason else {}),
    }


def _encode(facts: dict[str, object], lines: Iterable[dict[str, object]]) -> Iterator[bytes]:
    yield _opening(facts)
    separator = b"\n"
    for line in lines:
        yield separator + _json(line)
        separator = b",\n"
    yield b"\n]}\n"


def _opening(facts: dict[str, object]) -> bytes:
    """Return the first line of text, which is cut off where the lines of the script begin."""
    return _json(facts)[:-1] + b',"lines":['


def _first_line(chunks: Iterator[bytes]) -> tuple[bytes, bytes]:
    """Take as many chunks as the first line needs; return it, and what else was in them."""
    taken = b""
    for chunk in chunks:
        taken += chunk
        if b"\n" in chunk:
            break
    first, end, rest = taken.partition(b"\n")
    if not end:
        raise ValueError("not a report: it has one line")
    return first, end + rest


def _decode_first_line(first: bytes) -> dict[str, object]:
    match facts := json.loads(first + b"]}"):
        case {"script": dict(), "outputs": list(), "lines": []}:
            return {name: value for name, value in facts.items() if name != "lines"}
        case _:
            raise ValueError("not a report")


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(_told(fields), ensure_ascii=False, allow_nan=False).encode()


def _told(value: object) -> object:
    """Say null of a number that JSON has none for: silence has a loudness of minus infinity."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _told(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_told(inner) for inner in value]
        case _:
            return value
