"""For tests and benchmarks: tell a running stand-in what to get wrong, and ask what it has done."""

import json
from collections.abc import Mapping, Sequence

import grpc

SERVICE = "dropcast.Control"
SECONDS = 10


def inject(endpoint: str, faults: Sequence[str], contains: str = "") -> str:
    """Make the next requests fail, one by one, and return the instruction's name for `status`.

    `contains` spares every request whose input does not contain it. Faults are the names of gRPC statuses
    (`INVALID_ARGUMENT:with this message`; DEADLINE_EXCEEDED hangs), `truncate`, `silence` and `empty`.
    """
    answer = _call(endpoint, "Inject", {"faults": list(faults), "contains": contains})
    return str(answer["id"])


def status(endpoint: str) -> Mapping[str, object]:
    """What the stand-in has done since its start or its last reset."""
    return _call(endpoint, "Status", {})


def reset(endpoint: str) -> None:
    """Forget all faults and counts."""
    _call(endpoint, "Reset", {})


def _call(endpoint: str, method: str, question: Mapping[str, object]) -> Mapping[str, object]:
    with grpc.insecure_channel(endpoint) as channel:
        answer = channel.unary_unary(f"/{SERVICE}/{method}")(json.dumps(question).encode(), timeout=SECONDS)
    result: Mapping[str, object] = json.loads(answer)
    return result
