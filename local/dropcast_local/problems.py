"""Problems of scripts, as lines: file:/pointer: message (value)."""

import sys
from collections.abc import Iterable, Iterator

from dropcast.scripts.problems import Problem


def lines_of(file: object, problems: Iterable[Problem], prefix: str = "") -> Iterator[str]:
    for problem in problems:
        value = f" ({problem.value})" if problem.value is not None else ""
        yield f"{file}:{problem.pointer}: {prefix}{problem.message}{value}"


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    print(text, file=sys.stderr, flush=True)
