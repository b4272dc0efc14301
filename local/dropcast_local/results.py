"""What came of the scripts of one command."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Results:
    """How many scripts fared how, and what is to be complained of when all are over."""

    rendered: int = 0
    failed: int = 0
    already_there: int = 0
    complaints: list[str] = field(default_factory=list)

    def fail(self, complaints: Iterable[str]) -> None:
        """Count a script that failed, and keep why."""
        self.failed += 1
        self.complaints += complaints

    @property
    def total(self) -> int:
        return self.rendered + self.failed + self.already_there

    def __str__(self) -> str:
        counts = {"rendered": self.rendered, "failed": self.failed, "already there": self.already_there}
        return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
