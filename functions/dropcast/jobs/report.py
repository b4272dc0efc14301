"""The report: the last object a job writes, with every line's state. It exists = the job is over.

It is one JSON object whose first line of text holds all but the lines of the script, which follow one by
one: people can read it, ten thousand lines never stand in memory as JSON, and whoever needs only the ending
reads one line.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Outcome, Rejection, Spoken
from dropcast.jobs.plan import Plan
from dropcast.jobs.stored import known
from dropcast.scripts.problems import Problem
from dropcast.voices.families import family_of
from dropcast.voices.prices import PRICES_DATE, cost_usd

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
    """What became of one line; times in seconds from the start of the episode, None where it is not heard."""

    entry: int
    speaker: str
    voice: str
    state: State
    start_time: float | None
    end_time: float | None
    characters: int
    cached: bool
    reason: str | None


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
        "script": asdict(upload) | {"sha256": script_sha256},
        "errors": [asdict(problem) for problem in problems],
        "outputs": [],
    }
    return _encode(head, [])


def job_report(
    plan: Plan,
    outcomes: list[Outcome],
    lines: Iterable[LineState],
    length: Length | None,
    outputs: tuple[OutputFile, ...],
) -> Iterator[bytes]:
    """Report a job whose utterances all have their outcome; it succeeded where there is a length."""
    head = plan.head
    rejections = _rejections(plan, outcomes)
    facts = {
        "version": VERSION,
        "status": "failed" if length is None else "succeeded",
        "job": head.upload.job,
        "script": asdict(head.upload) | {"sha256": head.script_sha256},
        "title": head.title,
        "languageCode": head.language_code,
        "onError": head.on_error,
        "speakers": [asdict(speaker) for speaker in head.speakers],
        "skipped": list(head.skipped),
        "warnings": [asdict(warning) for warning in head.warnings],
        "errors": [asdict(problem) for problem in rejections],
        "billing": _billing(plan, outcomes),
        "outputs": [asdict(output) for output in outputs],
    }
    return _encode(facts | _length(length), (_line(line) for line in lines))


def decode_ending(report: bytes) -> Ending:
    """Read from a report what must be published."""
    first, _, _ = report.partition(b"\n")
    facts = json.loads(first + b"]}")
    script = facts["script"]
    upload = Upload(script["bucket"], script["name"], script["generation"])
    return Ending(upload, tuple(known(OutputFile, output) for output in facts["outputs"]))


def _rejections(plan: Plan, outcomes: list[Outcome]) -> list[Problem]:
    return [
        Problem(f"{plan.head.lines_pointer}/{line.entry}", outcome.reason, _quoted(line.caption))
        for line in plan.lines
        for outcome in outcomes[line.utterances]
        if isinstance(outcome, Rejection)
    ]


def _quoted(caption: str) -> str:
    return json.dumps(caption[:80], ensure_ascii=False)


def _billing(plan: Plan, outcomes: list[Outcome]) -> dict[str, object]:
    # What was refused is not billed, and what the cache held was paid for before.
    characters: Counter[str] = Counter()
    cached = 0
    for utterance, outcome in zip(plan.utterances(), outcomes, strict=True):
        match outcome:
            case Spoken(cached=True):
                cached += utterance.request.characters()
            case Spoken():
                characters[family_of(utterance.request.voice).name] += utterance.request.characters()
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
        "voice": line.voice,
        "state": line.state,
        **({"startTime": line.start_time, "endTime": line.end_time} if heard else {}),
        "characters": line.characters,
        "cached": line.cached,
        **({"reason": line.reason} if line.reason else {}),
    }


def _encode(facts: dict[str, object], lines: Iterable[dict[str, object]]) -> Iterator[bytes]:
    yield _json(facts)[:-1] + b',"lines":['
    separator = b"\n"
    for line in lines:
        yield separator + _json(line)
        separator = b",\n"
    yield b"\n]}\n"


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()
