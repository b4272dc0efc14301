"""What a batch synthesis API answers, read as values: batches, and what it refuses."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dropcast_local.failures import Failed


class NoBatchApi(Failed):
    """What answers is no batch synthesis API, or none that keeps the contract."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that the service says is wrong, and with what."""

    message: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.target}: {self.message}" if self.target else self.message


class Refused(Failed):
    """The service refused; the message is all that it said, a line each."""

    def __init__(self, status: int, complaints: Iterable[Complaint]) -> None:
        self.status = status
        super().__init__("\n".join(map(str, complaints)))


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A batch as the service tells of it. Numbers are 0 while they are not known; `result` is an address."""

    id: str
    status: str
    input_kind: str = ""
    created: str = ""
    last_action: str = ""
    description: str = ""
    output_format: str = ""
    succeeded: int = 0
    failed: int = 0
    size_in_bytes: int = 0
    duration_ms: int = 0
    billed: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    result: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and the address of the next, "" where it is the last."""

    jobs: tuple[BatchJob, ...]
    next_link: str


def read_job(body: bytes) -> BatchJob:
    """Read the answer about one batch. Raises NoBatchApi."""
    return _job(_members(body))


def read_page(body: bytes) -> Page:
    """Read a page of a list. Raises NoBatchApi."""
    page = _members(body)
    match page:
        case {"value": list(jobs)}:
            return Page(tuple(map(_job, jobs)), _text(page, "nextLink"))
        case _:
            raise NoBatchApi("What answers is no batch synthesis API: its list has no value")


def read_refusal(status: int, body: bytes) -> Refused:
    """Read why something is refused, whether the answer keeps to the contract's envelope or not."""
    try:
        error = _mapping(_members(body).get("error"))
    except NoBatchApi:
        error = {}
    complaints = [complaint for complaint in _complaints(error) if complaint.message]
    return Refused(status, complaints or [Complaint(f"The service answered with status {status}")])


def _complaints(error: Mapping[str, object]) -> Iterator[Complaint]:
    """Yield what an error says, and then each of its details that says something else."""
    first = Complaint(_text(error, "message"), _text(error, "target"))
    yield first
    for detail in _list(error.get("details")):
        for complaint in _complaints(_mapping(detail)):
            if complaint != first:
                yield complaint


def _job(member: object) -> BatchJob:
    job = _mapping(member)
    match job:
        case {"id": str(batch_id), "status": str(status)}:
            properties, outputs = _mapping(job.get("properties")), _mapping(job.get("outputs"))
            return BatchJob(
                id=batch_id,
                status=status,
                input_kind=_text(job, "inputKind"),
                created=_text(job, "createdDateTime"),
                last_action=_text(job, "lastActionDateTime"),
                description=_text(job, "description"),
                output_format=_text(properties, "outputFormat"),
                succeeded=_number(properties, "succeededAudioCount"),
                failed=_number(properties, "failedAudioCount"),
                size_in_bytes=_number(properties, "sizeInBytes"),
                duration_ms=_number(properties, "durationInMilliseconds"),
                billed=_numbers(_mapping(properties.get("billingDetails"))),
                error=_text(_mapping(properties.get("error")), "message"),
                result=_text(outputs, "result"),
            )
        case _:
            raise NoBatchApi("What answers is no batch synthesis API: a batch has an id and a status")


def _members(body: bytes) -> Mapping[str, object]:
    try:
        value: object = json.loads(body)
    except ValueError as error:
        raise NoBatchApi("What answers is no batch synthesis API: its answer is no JSON") from error
    return _mapping(value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _number(members: Mapping[str, object], name: str) -> int:
    value = members.get(name)
    return value if isinstance(value, int) else 0


def _numbers(members: Mapping[str, object]) -> Mapping[str, int]:
    return {name: value for name, value in members.items() if isinstance(value, int)}
