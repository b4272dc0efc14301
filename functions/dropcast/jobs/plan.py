"""The plan: a job's immutable description, laid once and read ever after.

It is stored as JSON lines, a head and then one line per spoken line of the script, so that ten thousand
lines can be written and read without holding their JSON at once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO

from dropcast.jobs.identity import Upload
from dropcast.jobs.stored import known
from dropcast.jobs.utterance import Utterance
from dropcast.scripts.problems import Problem
from dropcast.voices.request import SpeechRequest

VERSION = 1


@dataclass(frozen=True, slots=True)
class CastSpeaker:
    """A speaker of the script, with the name that captions show and the voice that was cast."""

    key: str
    name: str
    voice: str


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Entry `entry` of the script: what captions show, and what is spoken, in one utterance or several."""

    entry: int
    speaker: str
    caption: str
    first_utterance: int
    requests: tuple[SpeechRequest, ...]

    @property
    def utterances(self) -> slice:
        """Which of the job's utterances are this line's."""
        return slice(self.first_utterance, self.first_utterance + len(self.requests))


@dataclass(frozen=True, slots=True)
class Mp3Output:
    """The episode as MP3, mono, at a constant bitrate."""

    sample_rate_hertz: int
    bitrate_kbps: int


@dataclass(frozen=True, slots=True)
class Head:
    """What a plan says about the job as a whole.

    `pause_ms` is the silence between two lines; `skipped` are the entries of the script without text;
    `lines_pointer` is where its lines stand in the script (JSON pointer).
    """

    upload: Upload
    script_sha256: str
    title: str
    language_code: str
    on_error: str
    pause_ms: int
    sample_rate_hertz: int
    mp3: Mp3Output
    speakers: tuple[CastSpeaker, ...]
    lines_pointer: str
    skipped: tuple[int, ...]
    warnings: tuple[Problem, ...]
    utterances: int


@dataclass(frozen=True, slots=True)
class Plan:
    head: Head
    lines: tuple[PlannedLine, ...]

    def utterances(self) -> Iterator[Utterance]:
        """Every utterance, in speaking order."""
        job, total = self.head.upload.job, self.head.utterances
        for line in self.lines:
            for offset, request in enumerate(line.requests):
                yield Utterance(job, line.first_utterance + offset, total, line.entry, request)


def encode_plan(plan: Plan) -> Iterator[bytes]:
    """Yield the plan as JSON lines."""
    yield _line({"version": VERSION} | asdict(plan.head))
    for line in plan.lines:
        yield _line(
            {
                "entry": line.entry,
                "speaker": line.speaker,
                "caption": line.caption,
                "first": line.first_utterance,
                "requests": [request.to_json() for request in line.requests],
            }
        )


def decode_plan(plan: bytes) -> Plan:
    """Read what encode_plan wrote, line by line, so that it never stands in memory twice."""
    rows = BytesIO(plan)
    head = _decode_head(json.loads(next(rows)))
    return Plan(head, tuple(_decode_line(json.loads(row)) for row in rows))


def decode_head(plan: bytes) -> Head:
    """Read of an encoded plan only what it says about the job as a whole."""
    return _decode_head(json.loads(plan.partition(b"\n")[0]))


def _line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _decode_head(fields: dict[str, object]) -> Head:
    match fields:
        case {
            "version": int(),
            "upload": dict(upload),
            "mp3": dict(mp3),
            "speakers": list(speakers),
            "skipped": list(skipped),
            "warnings": list(warnings),
        }:
            parts = {
                "upload": known(Upload, upload),
                "mp3": known(Mp3Output, mp3),
                "speakers": tuple(known(CastSpeaker, speaker) for speaker in speakers),
                "skipped": tuple(skipped),
                "warnings": tuple(known(Problem, warning) for warning in warnings),
            }
            return known(Head, fields | parts)
        case _:
            raise ValueError("not the head of a plan")


def _decode_line(fields: dict[str, object]) -> PlannedLine:
    match fields:
        case {
            "entry": int(entry),
            "speaker": str(speaker),
            "caption": str(caption),
            "first": int(first),
            "requests": list(requests),
        }:
            return PlannedLine(
                entry,
                speaker,
                caption,
                first,
                tuple(SpeechRequest.from_json(request) for request in requests),
            )
        case _:
            raise ValueError(f"not a line of a plan: {fields}")
