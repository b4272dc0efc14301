"""How far a rendering is: one bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

MINUTE = 60
SELDOM = 10  # seconds between two lines where there is no bar


class Meter(Protocol):
    """Shows progress, and lines that stay."""

    def show(self, done: int, total: int) -> None:
        """So many of so many are done."""

    def say(self, text: str) -> None:
        """Print a line that stays."""


@contextmanager
def meter(what: str, unit: str) -> Iterator[Meter]:
    """Show the progress of `what`, counted in `unit`, until the context ends."""
    console = Console()
    if not console.is_terminal:
        yield _Lines(what, unit)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:,.0f}}/{{task.total:,.0f}} {unit}"),
        _Rate(unit),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    # Gone when it is over: what stays are the lines that were said.
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress, what)


class _Bar:
    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=0)

    def show(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def say(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Rate(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} {self._unit}/s" if speed else f"- {self._unit}/s")


class _Lines:
    def __init__(self, what: str, unit: str) -> None:
        self._complaints = Console(stderr=True)
        self._what, self._unit = what, unit
        self._began = self._said = time.monotonic()

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said < SELDOM:
            return
        self._said = now
        rate = done / (now - self._began)
        left = f", {_duration((total - done) / rate)} left" if rate else ""
        line = f"{self._what}: {done:,}/{total:,} {self._unit}, {rate:.1f}/s{left}"
        self._complaints.print(line, markup=False, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        print(text, flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes}:{rest:02}"
