"""`dropcast validate`: everything wrong with scripts, before anything is dropped. No network."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dropcast.jobs.plan import Plan
from dropcast.jobs.recording import Recording
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.examination import examine
from dropcast_local.problems import counted, lines_of
from dropcast_local.submission import Submission, every_script

STANDARD_INPUT = Path("-")


def validate(paths: Sequence[Path]) -> int:
    """Print every problem and warning of every script; return 1 if there is a problem.

    A recording that is not beside its script is a warning: a deployed pipeline's bucket may have it.
    """
    return max([_validate(submission) for submission in list(_submissions(paths))])


def _submissions(paths: Sequence[Path]) -> Iterator[Submission]:
    if STANDARD_INPUT in paths:
        yield Submission(STANDARD_INPUT, "-.json", sys.stdin.buffer.read())
    yield from every_script(path for path in paths if path != STANDARD_INPUT)


def _validate(submission: Submission) -> int:
    file = submission.path
    try:
        conversation = read_conversation(submission.content)
    except ScriptRejected as rejected:
        _print(lines_of(file, rejected.problems))
        return 1
    script = examine(submission, conversation)
    _print(lines_of(file, (*conversation.warnings, *script.recordings.absent.values()), "warning: "))
    _print(lines_of(file, script.problems))
    if script.problems or script.plan is None:
        return 1
    print(f"{file}: good: {', '.join(_summary(script.plan))}")
    return 0


def _summary(plan: Plan) -> Iterator[str]:
    yield counted(len(plan.lines), "line", "lines")
    if recordings := sum(isinstance(line.requests[0], Recording) for line in plan.lines):
        yield f"{recordings:,} of them recorded"
    if plan.head.skipped:
        yield f"{len(plan.head.skipped):,} without text skipped"
    yield plan.head.language_code
    for speaker in plan.head.speakers:
        if speaker.voice:
            yield f"{speaker.name or '(unnamed)'} = {speaker.voice}"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
