"""A script as far as it can be judged on this machine: what it says, and the recordings that it names."""

from collections.abc import Collection
from dataclasses import dataclass

from dropcast.jobs.plan import Plan
from dropcast.scripts.conversation import Conversation
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast_local.layout import UPLOADS
from dropcast_local.recordings import Recordings, find_recordings
from dropcast_local.submission import Submission, plan_locally


@dataclass(frozen=True, slots=True)
class Examined:
    """A script that can be read, and what is wrong with it all the same.

    What a deployed pipeline would plan, only that can tell: there may be no plan then, and no problem.
    """

    submission: Submission
    conversation: Conversation
    plan: Plan | None
    recordings: Recordings
    problems: tuple[Problem, ...]

    @property
    def line_sizes(self) -> tuple[int, ...]:
        """How many utterances each line has; nothing where that is not known here."""
        return tuple(len(line.requests) for line in self.plan.lines) if self.plan else ()

    @property
    def leaves_out(self) -> bool:
        """Whether what cannot be heard is left out, and no reason to refuse the script."""
        return self.conversation.on_error == "skip"

    def lacks(self, there: Collection[str]) -> list[Problem]:
        """Say which of its recordings are neither on this machine nor among the objects of a bucket."""
        return [problem for name, problem in self.recordings.absent.items() if name not in there]


def examine(submission: Submission, conversation: Conversation, deployed: str | None = None) -> Examined:
    """Examine a script for the local pipeline, or for a `deployed` one, named by its uploads bucket."""
    recordings, flawed = find_recordings(submission, conversation, deployed)
    plan, problems = _plan(submission, conversation, deployed or UPLOADS)
    if deployed:  # it may have other defaults, and the last word
        problems = ()
    return Examined(submission, conversation, plan, recordings, (*problems, *flawed))


def _plan(
    submission: Submission, conversation: Conversation, uploads: str
) -> tuple[Plan | None, tuple[Problem, ...]]:
    try:
        return plan_locally(submission, conversation, uploads), ()
    except ScriptRejected as rejected:
        return None, rejected.problems
