"""Problems of scripts, as lines: file:/pointer: message (value)."""

import sys
from collections.abc import Iterable, Iterator

from dropcast.scripts.conversation import Conversation
from dropcast.scripts.problems import Problem


def lines_of(file: object, problems: Iterable[Problem], prefix: str = "") -> Iterator[str]:
    for problem in problems:
        place = f"{file}:{problem.pointer}" if problem.pointer else str(file)
        yield f"{place}: {prefix}{problem.message}{_value(problem)}"


def notes_on(file: object, conversation: Conversation) -> Iterator[str]:
    """Say what is odd about a script that can be rendered all the same."""
    yield from lines_of(file, conversation.warnings, "warning: ")
    if conversation.skipped:
        yield f"{file}: {counted(len(conversation.skipped), 'entry', 'entries')} without text skipped"


def counted(count: int, one: str, many: str) -> str:
    """Write how many of something there are."""
    return f"{count:,} {one if count == 1 else many}"


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    print(text, file=sys.stderr, flush=True)


def _value(problem: Problem) -> str:
    """Quote the value, unless the message does."""
    value = problem.value
    if value is None or f"is {value}," in problem.message:
        return ""
    quoted = value.startswith('"') and value in problem.message
    return "" if quoted else f" ({value})"
