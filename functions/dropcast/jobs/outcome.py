"""What became of an utterance: a clip, or a rejection with its reason. Exactly one, for ever.

An outcome is one line of JSON, so that the outcomes of a block, joined inside storage, are JSON lines.
"""

import json
from dataclasses import asdict, dataclass

from dropcast.jobs.batch.timing import Mark
from dropcast.jobs.measures import Measures, decode_measures, encode_measures


@dataclass(frozen=True, slots=True)
class Spoken:
    """The utterance was spoken.

    `audio` names its clip in the jobs bucket (WAV: 44 bytes of header, then 2 bytes for each sample);
    `cached` says that no speech was bought for it, as far as is known: after a crash between the clip and its
    outcome, the next delivery finds in the cache what the first one paid for.
    """

    utterance: int
    audio: str
    measures: Measures
    cached: bool
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """The utterance can never be spoken, or was given up."""

    utterance: int
    reason: str


Outcome = Spoken | Rejection


def encode_outcome(outcome: Outcome) -> bytes:
    match outcome:
        case Spoken():
            fields = {"utterance": outcome.utterance, "audio": outcome.audio, "cached": outcome.cached}
            measured = {"measures": encode_measures(outcome.measures)}
            marks = {"marks": [[mark.token, mark.seconds] for mark in outcome.marks]} if outcome.marks else {}
            return _line(fields | measured | marks)
        case Rejection():
            return _line(asdict(outcome))


def decode_outcomes(lines: bytes) -> list[Outcome]:
    """Read the outcomes of a block, in the order of its utterances. Raises ValueError."""
    return [_decode(json.loads(line)) for line in lines.splitlines()]


def _decode(fields: dict[str, object]) -> Outcome:
    match fields:
        case {"utterance": int(utterance), "reason": str(reason)}:
            return Rejection(utterance, reason)
        case {
            "utterance": int(utterance),
            "audio": str(audio),
            "cached": bool(cached),
            "measures": dict(measures),
        }:
            marks = tuple(Mark(int(token), float(seconds)) for token, seconds in _pairs(fields.get("marks")))
            return Spoken(utterance, audio, decode_measures(measures), cached, marks)
        case _:
            raise ValueError(f"not an outcome: {fields}")


def _pairs(marks: object) -> list[list[float]]:
    return marks if isinstance(marks, list) else []


def _line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
