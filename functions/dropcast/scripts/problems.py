"""What is wrong with a script: every problem at once, each with its place in the file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong (or, as a warning, one thing odd) in a script.

    `pointer` is a JSON pointer (RFC 6901) into the file as it was dropped, "" for the whole file.
    `message` says what is wrong and what would be right; `value` quotes the offending value as
    JSON, shortened, and is None where there is no value to quote.
    """

    pointer: str
    message: str
    value: str | None = None


class ScriptRejected(Exception):
    """The script can never be rendered as it is, however often it is tried."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.pointer or '(file)'}: {p.message}" for p in problems[:3]))
        self.problems = problems
