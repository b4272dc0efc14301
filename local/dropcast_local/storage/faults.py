"""Failures to order: each matching request uses up one, and a test can ask whether all of them happened."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dropcast_local.storage.blobs import new_id
from dropcast_local.storage.refusals import invalid, not_found
from dropcast_local.storage.resources import JSON

_FAULT: Final = re.compile(r"return-([45]\d\d|reset-connection)(-after-commit)?|delay-(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request does, in the words of Cloud Storage's API, and to what."""

    name: str
    bucket: str = ""
    object: str = ""
    # The header by which Google's testbench tells one test's requests from another's.
    test: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure: a status (none: a broken connection) before or after the work, or only a delay."""

    text: str
    status: int | None
    after_commit: bool
    delay: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The faults somebody ordered, those left, by operation."""

    id: str
    instructions: dict[str, deque[Fault]]
    bucket: str | None = None
    prefix: str = ""
    test: str | None = None

    def due(self, operation: Operation) -> deque[Fault] | None:
        """The faults left for this operation."""
        chosen = (
            operation.object.startswith(self.prefix)
            and self.bucket in (None, operation.bucket)
            and self.test in (None, operation.test)
        )
        return self.instructions.get(operation.name) if chosen else None

    @property
    def completed(self) -> bool:
        return not any(self.instructions.values())


class Faults:
    """All the plans of a server."""

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}

    def order(self, given: JSON) -> JSON:
        """Take `{"operation", "faults", "prefix", "bucket"}`, for everybody's requests."""
        operation, bucket, prefix = given.get("operation"), given.get("bucket"), given.get("prefix", "")
        if not isinstance(operation, str) or not isinstance(prefix, str):
            raise invalid("operation and prefix must be strings")
        if bucket is not None and not isinstance(bucket, str):
            raise invalid("bucket must be a string")
        plan = Plan(new_id(), {operation: _faults(given.get("faults"))}, bucket, prefix)
        self._plans[plan.id] = plan
        return {"id": plan.id}

    def order_test(self, given: JSON) -> JSON:
        """Take the testbench's `{"instructions"}`, for the requests that carry the id in a header."""
        instructions = given.get("instructions")
        if not isinstance(instructions, Mapping):
            raise invalid("instructions must be an object")
        plan_id = new_id()
        queues = {str(operation): _faults(faults) for operation, faults in instructions.items()}
        self._plans[plan_id] = Plan(plan_id, queues, test=plan_id)
        return self.test(plan_id)

    def state(self, plan_id: str) -> JSON:
        """Whether every fault of a plan has happened, and which have not."""
        plan = self._plan(plan_id)
        left = [fault.text for queue in plan.instructions.values() for fault in queue]
        return {"completed": plan.completed, "left": left}

    def test(self, plan_id: str) -> JSON:
        """The same in the testbench's form."""
        plan = self._plan(plan_id)
        left = {name: [fault.text for fault in queue] for name, queue in plan.instructions.items()}
        return {"id": plan.id, "instructions": left, "transport": "HTTP", "completed": plan.completed}

    def clear(self) -> None:
        """Drop every plan."""
        self._plans.clear()

    def before(self, operation: Operation) -> Fault | None:
        """The fault that this request meets instead of, or before, its work; it is used up."""
        return self._take(operation, after_commit=False)

    def after(self, operation: Operation) -> Fault | None:
        """The fault that the reply of this request's finished work meets; it is used up."""
        return self._take(operation, after_commit=True)

    def _take(self, operation: Operation, *, after_commit: bool) -> Fault | None:
        for plan in self._plans.values():
            queue = plan.due(operation)
            if queue and queue[0].after_commit == after_commit:
                return queue.popleft()
        return None

    def _plan(self, plan_id: str) -> Plan:
        if plan_id not in self._plans:
            raise not_found(f"No such plan of faults: {plan_id}")
        return self._plans[plan_id]


def _faults(given: object) -> deque[Fault]:
    if not isinstance(given, list):
        raise invalid("faults must be a list")
    return deque(map(_fault, given))


def _fault(text: object) -> Fault:
    found = _FAULT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise invalid(f"Unknown fault: {text!r}")
    kind, after_commit, delay = found.groups()
    status = int(kind) if kind and kind.isdigit() else None
    return Fault(found[0], status, after_commit is not None, None if delay is None else float(delay))
