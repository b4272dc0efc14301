"""Everything wrong with one script, collected on the way so that all of it can be told at once."""

import json
from collections.abc import Callable
from itertools import islice

from dropcast.scripts.problems import Problem, ScriptRejected

MOST = 100  # of each sort; the rest is counted
LONGEST_QUOTE = 80
LONGEST_KEY = 60
NOTHING = object()


class Findings:
    """Errors and warnings in the order they were met. A warning that returns is counted, not repeated."""

    def __init__(self) -> None:
        self._errors: list[Problem] = []
        self._more_errors = 0
        self._warnings: dict[str, tuple[Problem, int]] = {}
        self._more_warnings = 0

    @property
    def has_errors(self) -> bool:
        return bool(self._errors)

    @property
    def are_many(self) -> bool:
        """Say whether further errors are only counted, so that their places need not be found."""
        return len(self._errors) >= MOST

    def error(self, pointer: str, message: str, value: object = NOTHING) -> None:
        if len(self._errors) < MOST:
            self._errors.append(_problem(pointer, message, value))
        else:
            self._more_errors += 1

    def warn(self, pointer: str, message: str, advice: Callable[[], str] = str) -> None:
        """Note something odd. The message names no place, so that the same one is told once, with advice."""
        if message in self._warnings:
            first, count = self._warnings[message]
            self._warnings[message] = first, count + 1
        elif len(self._warnings) < MOST:
            self._warnings[message] = Problem(pointer, message + advice()), 1
        else:
            self._more_warnings += 1

    def warnings(self) -> tuple[Problem, ...]:
        told = tuple(_counted(first, count) for first, count in self._warnings.values())
        return told + _rest(self._more_warnings, "warning")

    def errors(self) -> tuple[Problem, ...]:
        return (*self._errors, *_rest(self._more_errors, "problem"))

    def reject(self) -> ScriptRejected:
        return ScriptRejected(self.errors())


def child(pointer: str, key: str | int) -> str:
    """Extend a JSON pointer by one step; a key of absurd length is shortened."""
    if isinstance(key, int):
        return f"{pointer}/{key}"
    return f"{pointer}/{readable(key).replace('~', '~0').replace('/', '~1')}"


def readable(key: str) -> str:
    """A key as a message can show it: short, and without halves of characters, which no file can hold."""
    return (key if len(key) <= LONGEST_KEY else key[:LONGEST_KEY] + "…").encode("utf-8", "replace").decode()


def quoted(value: object) -> str:
    """Quote a value as JSON, shortened; however deep or long it is, only its beginning is looked at."""
    if isinstance(value, str):
        value = value[: LONGEST_QUOTE + 1]
    pieces: list[str] = []
    for piece in islice(json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value), LONGEST_QUOTE):
        pieces.append(piece[: LONGEST_QUOTE + 1])
        if sum(map(len, pieces)) > LONGEST_QUOTE:
            break
    text = "".join(pieces).encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def _problem(pointer: str, message: str, value: object) -> Problem:
    return Problem(pointer, message, None if value is NOTHING else quoted(value))


def _counted(problem: Problem, count: int) -> Problem:
    if count == 1:
        return problem
    places = "one more place" if count == 2 else f"{count - 1:,} more places"
    return Problem(problem.pointer, f"{problem.message} The same in {places}.", problem.value)


def _rest(more: int, noun: str) -> tuple[Problem, ...]:
    if not more:
        return ()
    return (Problem("", f"There is one more {noun}." if more == 1 else f"There are {more:,} more {noun}s."),)
