"""What a check finds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dropcast_local.checkup.facts import Absent, Missing, NoAnswer, Unknown

Status = Literal["ok", "warn", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is: what, where, and what to do about it."""

    status: Status
    check: str
    where: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f". {self.advice}" if self.advice else ""
        return f"{self.status:<7} {self.check}: {self.where}: {self.what}{advice}"


def absence(check: str, where: str, fact: Absent, advice: str) -> Finding:
    """Say that something is not there, or that nobody knows."""
    match fact:
        case Missing():
            return Finding("fail", check, where, "there is none", advice)
        case NoAnswer(reason):
            return Finding("fail", check, where, f"no answer: {reason}")
        case Unknown(reason):
            return Finding("unknown", check, where, f"not checked: {reason}")


def troubles_or(well: Finding, troubles: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is wrong; where nothing is, that all is well."""
    found = list(troubles)
    yield from found or [well]
