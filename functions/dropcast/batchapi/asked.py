"""What a batch asks for, as far as answers repeat it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dropcast.jobs.batch.plan import BatchHead
from dropcast.scripts.batch.request import BatchRequest, InputKind, Wanted


@dataclass(frozen=True, slots=True)
class Asked:
    """`manner` is the synthesisConfig that answers repeat, for plain text only."""

    input_kind: InputKind
    wanted: Wanted
    custom_voices: Mapping[str, str]
    manner: Mapping[str, object] | None
    description: str | None


def asked_by_plan(head: BatchHead) -> Asked:
    return Asked(head.input_kind, head.wanted, head.custom_voices, head.echo, head.description)


def asked_by_request(request: BatchRequest) -> Asked:
    manner = request.manner.echo if request.manner else None
    return Asked(request.input_kind, request.wanted, request.custom_voices, manner, request.description)
