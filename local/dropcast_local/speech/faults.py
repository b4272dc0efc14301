"""Faults on request: the next requests that match fail in the ways that were asked for."""

from dataclasses import dataclass, field

STATUS_CODES = frozenset(
    {
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "INTERNAL",
        "UNAVAILABLE",
        "UNAUTHENTICATED",
    }
)
SPOILT_SOUND = frozenset({"truncate", "silence", "empty"})


class UnknownFault(Exception):
    """There is no such fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure: a status by its name with a message, or a way to spoil the sound."""

    name: str
    message: str = ""

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """`UNAVAILABLE`, `INVALID_ARGUMENT:some message`, `truncate` …; raises UnknownFault."""
        name, _, message = text.partition(":")
        if name not in STATUS_CODES | SPOILT_SOUND:
            raise UnknownFault(f"{name!r} is no fault: {', '.join(sorted(STATUS_CODES | SPOILT_SOUND))}")
        return cls(name, message or f"Injected: {name}")


@dataclass(slots=True)
class Instruction:
    """A row of faults, each used up by one request whose input contains the text."""

    left: list[str]
    contains: str = ""

    def matches(self, text: str) -> bool:
        """Whether a request with this input takes the next fault."""
        return bool(self.left) and self.contains in text


@dataclass(slots=True)
class Faults:
    """All instructions since the last reset, in order."""

    _instructions: dict[str, Instruction] = field(default_factory=dict)

    def add(self, faults: list[str], contains: str) -> str:
        """Remember an instruction and name it; raises UnknownFault."""
        for fault in faults:
            Fault.parse(fault)
        name = f"fault-{len(self._instructions) + 1}"
        self._instructions[name] = Instruction(list(faults), contains)
        return name

    def take(self, text: str) -> Fault | None:
        """The fault of this request, used up; None when it is to succeed."""
        for instruction in self._instructions.values():
            if instruction.matches(text):
                return Fault.parse(instruction.left.pop(0))
        return None

    def status(self) -> dict[str, object]:
        """Which instructions are used up, and what is left of the others."""
        return {
            name: {"completed": not instruction.left, "left": list(instruction.left)}
            for name, instruction in self._instructions.items()
        }
