"""The report of a batch: the last object that its job writes. It exists = the batch is over."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.report import OutputFile, decode_facts, script_facts
from dropcast.jobs.stored import known
from dropcast.scripts.problems import Problem


@dataclass(frozen=True, slots=True)
class Counted:
    """What all inputs of a batch came to: bytes of sound without headers, and how long it lasts."""

    succeeded: int = 0
    failed: int = 0
    size_in_bytes: int = 0
    duration_ms: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.succeeded + other.succeeded,
            self.failed + other.failed,
            self.size_in_bytes + other.size_in_bytes,
            self.duration_ms + other.duration_ms,
        )


@dataclass(frozen=True, slots=True)
class BatchEnding:
    """How a batch ended. `archive` names its results in the jobs bucket, None where there are none.

    `error` says why it failed; a batch of which one input succeeded has none, unless its results could not be
    `delivered` to where its request wants them.
    """

    archive: str | None
    counted: Counted
    characters: int
    error: str | None
    delivered: bool = True


def batch_report(
    head: BatchHead, archive: OutputFile, counted: Counted, error: str | None, *, delivered: bool = True
) -> Iterator[bytes]:
    """Report a batch whose inputs are all finished, one way or the other."""
    facts = {
        "version": 1,
        "status": "failed" if error else "succeeded",
        "job": head.upload.job,
        "script": script_facts(head.upload, None),
        "durationSeconds": counted.duration_ms / 1000,
        "errors": [asdict(Problem("", error))] if error else [],
        "batch": {
            "counted": asdict(counted),
            "characters": head.characters,
            "archive": archive.result,
            "delivered": delivered,
        },
        "outputs": [asdict(archive)],
    }
    # As every report: one line of text with all but the lines of the script, of which a batch has none.
    yield json.dumps(facts, ensure_ascii=False).encode()[:-1] + b',"lines":[\n]}\n'


def decode_batch_ending(report: bytes) -> BatchEnding:
    """Read how a batch ended, also from a report that it was refused. Raises ValueError."""
    match decode_facts(report):
        case {
            "batch": {
                "counted": dict(counted),
                "archive": str(archive),
                "characters": int(characters),
                **more,
            },
            "errors": list(errors),
        }:
            delivered = more.get("delivered") is not False
            return BatchEnding(archive, known(Counted, counted), characters, _told(errors), delivered)
        case {"status": "failed", "errors": list(errors)}:
            return BatchEnding(None, Counted(), 0, _told(errors) or "it failed")
        case _:
            raise ValueError("not the report of a batch")


def _told(errors: Sequence[Mapping[str, str]]) -> str | None:
    return "; ".join(f"{error['pointer']} {error['message']}".strip() for error in errors[:5]) or None
