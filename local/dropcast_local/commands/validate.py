"""`dropcast validate`: everything wrong with scripts, before anything is dropped. No network."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.problems import counted, lines_of
from dropcast_local.submission import Submission, every_script, plan_locally

STANDARD_INPUT = Path("-")


def validate(paths: Sequence[Path]) -> int:
    """Print every problem and warning of every script; return 1 if there is a problem."""
    return max([_validate(submission) for submission in list(_submissions(paths))])


def _submissions(paths: Sequence[Path]) -> Iterator[Submission]:
    if STANDARD_INPUT in paths:
        yield Submission(STANDARD_INPUT, "-.json", sys.stdin.buffer.read())
    yield from every_script(path for path in paths if path != STANDARD_INPUT)


def _validate(submission: Submission) -> int:
    file = submission.path
    try:
        conversation = read_conversation(submission.content)
        _print(lines_of(file, conversation.warnings, "warning: "))
        plan = plan_locally(submission, conversation)
    except ScriptRejected as rejected:
        _print(lines_of(file, rejected.problems))
        return 1
    cast = ", ".join(f"{speaker.name or '(unnamed)'} = {speaker.voice}" for speaker in plan.head.speakers)
    skipped = f", {len(plan.head.skipped):,} without text skipped" if plan.head.skipped else ""
    lines = counted(len(plan.lines), "line", "lines")
    print(f"{file}: good: {lines}{skipped}, {plan.head.language_code}, {cast}")
    return 0


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
