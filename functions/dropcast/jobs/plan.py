"""The plan: a job's immutable description, laid once and read ever after.

It is stored as JSON lines, a head and then one line per spoken line of the script, so that ten thousand
lines can be written and read without holding their JSON at once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO

from dropcast.jobs.identity import Upload
from dropcast.jobs.recording import Recording
from dropcast.jobs.stored import Value, known
from dropcast.jobs.utterance import Utterance, request_from_json
from dropcast.scripts.conversation import AS_USUAL, Chapter, Extra, Output, Pacing, Pauses, Sounding
from dropcast.scripts.loudness import Target
from dropcast.scripts.problems import Problem
from dropcast.voices.request import SpeechRequest

VERSION = 1
NO_LINE = -1  # the entry of what stands beside the lines


@dataclass(frozen=True, slots=True)
class CastSpeaker:
    """A speaker of the script, with the name that captions show and the voice that was cast."""

    key: str
    name: str
    voice: str


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Entry `entry` of the script: what captions show ("" is nothing), and what is heard, in one utterance or
    several.
    """

    entry: int
    speaker: str
    caption: str
    first_utterance: int
    requests: tuple[SpeechRequest | Recording, ...]
    pacing: Pacing = AS_USUAL
    chapter: Chapter | None = None

    @property
    def utterances(self) -> slice:
        """Which of the job's utterances are this line's."""
        return slice(self.first_utterance, self.first_utterance + len(self.requests))


@dataclass(frozen=True, slots=True)
class PlannedExtra:
    """A recording beside the lines, and which utterance decodes it."""

    extra: Extra
    utterance: int
    recording: Recording


@dataclass(frozen=True, slots=True)
class Head:
    """What a plan says about the job as a whole.

    `skipped` are the entries of the script that are not heard; `lines_pointer` is where its lines stand in
    the script (JSON pointer); `rest_ms` is the silence behind the last line. Every output says its sample
    rate and bitrate, where its format has any. `utterances` counts those of lines and extras.
    """

    upload: Upload
    script_sha256: str
    title: str
    language_code: str
    on_error: str
    sounding: Sounding
    sample_rate_hertz: int
    outputs: tuple[Output, ...]
    speakers: tuple[CastSpeaker, ...]
    lines_pointer: str
    skipped: tuple[int, ...]
    warnings: tuple[Problem, ...]
    utterances: int
    extras: tuple[PlannedExtra, ...] = ()
    rest_ms: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    head: Head
    lines: tuple[PlannedLine, ...]

    def utterances(self) -> Iterator[Utterance]:
        """Every utterance: those of the lines, in speaking order, then those of the extras."""
        job, total = self.head.upload.job, self.head.utterances
        for line in self.lines:
            for offset, request in enumerate(line.requests):
                yield Utterance(job, line.first_utterance + offset, total, line.entry, request)
        for extra in self.head.extras:
            yield Utterance(job, extra.utterance, total, NO_LINE, extra.recording)


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
                **({"pacing": asdict(line.pacing)} if line.pacing != AS_USUAL else {}),
                **({"chapter": asdict(line.chapter)} if line.chapter else {}),
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
            "sounding": dict(sounding),
            "outputs": list(outputs),
            "speakers": list(speakers),
            "skipped": list(skipped),
            "warnings": list(warnings),
            "extras": list(extras),
        }:
            parts = {
                "upload": known(Upload, upload),
                "sounding": _decode_sounding(sounding),
                "outputs": tuple(known(Output, output) for output in outputs),
                "speakers": tuple(known(CastSpeaker, speaker) for speaker in speakers),
                "skipped": tuple(skipped),
                "warnings": tuple(known(Problem, warning) for warning in warnings),
                "extras": tuple(map(_decode_extra, extras)),
            }
            return known(Head, fields | parts)
        case _:
            raise ValueError("not the head of a plan")


def _decode_sounding(fields: dict[str, object]) -> Sounding:
    match fields:
        case {"pauses": dict(pauses), "loudness": dict() | None as loudness}:
            target = known(Target, loudness) if loudness else None
            return known(Sounding, fields | {"pauses": known(Pauses, pauses), "loudness": target})
        case _:
            raise ValueError(f"not how an episode sounds: {fields}")


def _decode_extra(fields: dict[str, object]) -> PlannedExtra:
    match fields:
        case {"extra": dict(extra), "utterance": int(utterance), "recording": dict(recording)}:
            return PlannedExtra(known(Extra, extra), utterance, known(Recording, recording))
        case _:
            raise ValueError(f"not an extra: {fields}")


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
                tuple(request_from_json(request) for request in requests),
                _optional(Pacing, fields.get("pacing")) or AS_USUAL,
                _optional(Chapter, fields.get("chapter")),
            )
        case _:
            raise ValueError(f"not a line of a plan: {fields}")


def _optional(kind: type[Value], fields: object) -> Value | None:
    return known(kind, fields) if isinstance(fields, dict) else None
