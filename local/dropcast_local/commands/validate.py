"""`dropcast validate`: everything wrong with scripts, before anything is dropped. No network."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from dropcast.jobs.identity import Upload
from dropcast.jobs.planning import Defaults, plan_conversation
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.problems import lines_of
from dropcast_local.submission import content_of

STANDARD_INPUT = "-"


def validate(files: Sequence[str]) -> int:
    """Print every problem and warning of every file; return 1 if there is a problem."""
    return max(_validate(file) for file in files)


def _validate(file: str) -> int:
    content = sys.stdin.buffer.read() if file == STANDARD_INPUT else content_of(Path(file))
    try:
        conversation = read_conversation(content)
        _print(lines_of(file, conversation.warnings, "warning: "))
        plan = plan_conversation(Upload("", file, 0), conversation, "", Defaults())
    except ScriptRejected as rejected:
        _print(lines_of(file, rejected.problems))
        return 1
    cast = ", ".join(f"{speaker.name or '(unnamed)'} = {speaker.voice}" for speaker in plan.head.speakers)
    skipped = f", {len(plan.head.skipped):,} without text skipped" if plan.head.skipped else ""
    print(f"{file}: good: {len(plan.lines):,} lines{skipped}, {plan.head.language_code}, {cast}")
    return 0


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
