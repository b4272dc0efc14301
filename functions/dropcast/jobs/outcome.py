"""What became of an utterance: a clip, or a rejection with its reason. Exactly one, for ever.

An outcome is one line of JSON, so that the outcomes of a block, joined inside storage, are JSON lines.
"""

import json
from dataclasses import asdict, dataclass

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
            return _line(fields | {"measures": encode_measures(outcome.measures)})
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
            return Spoken(utterance, audio, decode_measures(measures), cached)
        case _:
            raise ValueError(f"not an outcome: {fields}")


def _line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
