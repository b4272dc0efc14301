"""How far a rendering is: one bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

MINUTE = 60
SELDOM = 10  # seconds between two lines where there is no bar


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done, counted in `unit`: so many of so many are done."""

    what: str
    unit: str
    done: int
    total: int

    def is_of(self, other: "Step | None") -> bool:
        """Whether both tell of the same thing, so that the one continues the other."""
        return other is not None and (self.what, self.unit) == (other.what, other.unit)


class Meter(Protocol):
    """Shows progress, and lines that stay."""

    def show(self, step: Step) -> None:
        """Show how far it is."""

    def say(self, text: str) -> None:
        """Print a line that stays."""


@contextmanager
def meter() -> Iterator[Meter]:
    """Show progress until the context ends."""
    console = Console()
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} {task.fields[unit]}"),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    # Gone when it is over: what stays are the lines that were said.
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress)


class _Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=0, unit="")
        self._last: Step | None = None

    def show(self, step: Step) -> None:
        if not step.is_of(self._last):  # what another step took says nothing of this one
            self._progress.reset(self._task, total=step.total, description=step.what, unit=step.unit)
        self._last = step
        self._progress.update(self._task, completed=step.done, total=step.total)

    def say(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed, unit = task.finished_speed or task.speed, task.fields["unit"]
        return Text(f"{speed:.1f} {unit}/s" if speed else f"- {unit}/s")


class _Lines:
    def __init__(self) -> None:
        self._complaints = Console(stderr=True)
        self._began = self._said = time.monotonic()
        self._first: Step | None = None

    def show(self, step: Step) -> None:
        now = time.monotonic()
        if self._first is None or not step.is_of(self._first):
            self._first, self._began = step, now
        if now - self._said < SELDOM:
            return
        self._said = now
        rate = (step.done - self._first.done) / (now - self._began) if now > self._began else 0
        left = f", {rate:.1f}/s, {_duration((step.total - step.done) / rate)} left" if rate else ""
        line = f"{step.what}: {step.done:,}/{step.total:,} {step.unit}{left}"
        self._complaints.print(line, markup=False, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        print(text, flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes}:{rest:02}"
