"""`dropcast render`: drop scripts, follow them, bring the episodes home."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dropcast.ports import ObjectMissing
from dropcast.scripts.problems import ScriptRejected
from dropcast_local.data_folder import locked
from dropcast_local.episode import Report, dollars, fetch, fetched, report_name
from dropcast_local.jobs import Watch, begin, follow
from dropcast_local.place import Place, deployed_place, local_place, told_plainly
from dropcast_local.problems import complain, lines_of
from dropcast_local.progress import Meter, meter
from dropcast_local.requirements import require_programs
from dropcast_local.stack import Stack, StackSettings
from dropcast_local.submission import Submission, plan_locally, submissions

COSTS, WOULD_COST = "cost about", "would have cost"


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of a deployed dropcast."""

    uploads: str
    episodes: str
    jobs: str | None


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is asked for.

    Without buckets a local stack renders, with the clips that `data` keeps from earlier runs, if it is given.
    """

    paths: Sequence[Path]
    output: Path
    force: bool = False
    buckets: Buckets | None = None
    data: Path | None = None
    timeout: float = 600
    engine: str = "espeak"


@dataclass(frozen=True, slots=True)
class Script:
    """A script that can be read, with the utterances of each line as far as that is known here."""

    submission: Submission
    line_sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What renders: its buckets, what is broken in it if anything, and what its speech costs."""

    place: Place
    broken: Callable[[], str | None]
    costs: str


def render(rendering: Rendering) -> int:
    """Render, and return the exit code: 1 where anything failed."""
    complaints: list[str] = []
    scripts = list(_readable(submissions(rendering.paths), complaints))
    missing = [script for script in scripts if rendering.force or not _is_here(script.submission, rendering)]
    if missing:
        with _pipeline(rendering) as pipeline:
            complaints += _render(missing, rendering, pipeline)
    for complaint in complaints:
        complain(complaint)
    return 1 if complaints else 0


def _readable(dropped: Iterable[Submission], complaints: list[str]) -> Iterator[Script]:
    """Yield what can be read; what cannot is never uploaded."""
    for submission in dropped:
        try:
            plan = plan_locally(submission)
        except ScriptRejected as rejected:
            complaints += lines_of(submission.path, rejected.problems)
        else:
            yield Script(submission, tuple(len(line.requests) for line in plan.lines) if plan else ())


def _is_here(submission: Submission, rendering: Rendering) -> bool:
    report = fetched(rendering.output, submission.stem)
    if report is None or not _is_of(report, submission):
        return False
    _say_already_rendered(submission, report, rendering)
    return True


def _is_of(report: Report, submission: Submission) -> bool:
    return report.succeeded and report.script_sha256 == submission.sha256


def _say_already_rendered(submission: Submission, report: Report, rendering: Rendering) -> None:
    files = ", ".join(str(rendering.output / name) for name in report.outputs)
    print(f"{submission.path}: already rendered: {files} (--force renders it again)", flush=True)


@contextmanager
def _pipeline(rendering: Rendering) -> Iterator[Pipeline]:
    if rendering.buckets:
        buckets = rendering.buckets
        place = deployed_place(buckets.uploads, buckets.episodes, buckets.jobs)
        yield Pipeline(place, lambda: None, COSTS)
        return
    require_programs(rendering.engine)
    with ExitStack() as opened:
        if rendering.data:
            opened.enter_context(locked(rendering.data, lambda: _say_waiting(rendering)))
        stack = opened.enter_context(Stack(StackSettings(data=rendering.data, engine=rendering.engine)))
        yield Pipeline(local_place(stack.endpoints.storage), lambda: stack.failure, WOULD_COST)


def _say_waiting(rendering: Rendering) -> None:
    complain(f"Another dropcast works in {rendering.data}: waiting until it is done …")


def _render(scripts: Sequence[Script], rendering: Rendering, pipeline: Pipeline) -> list[str]:
    """Drop the scripts and wait for their episodes; return what went wrong."""
    place = pipeline.place
    watches = [
        Watch(begin(script.submission, script.line_sizes, place, force=rendering.force), place)
        for script in scripts
        if rendering.force or not _is_there(script.submission, rendering, place)
    ]
    complaints: list[str] = []
    if not watches:
        return complaints
    if place.jobs is None:
        complain("Only whole scripts are counted here; to see lines, name the jobs bucket too: --jobs gs://…")
    with meter(_what(watches), "lines" if place.jobs else "scripts") as shown, told_plainly():
        _show(watches, place, shown)
        standstill = follow(
            watches,
            lambda: _show(watches, place, shown),
            lambda watch: complaints.extend(_bring_home(watch, rendering, pipeline, shown)),
            pipeline.broken,
            rendering.timeout,
        )
    if standstill:
        unfinished = (watch for watch in watches if not watch.over)
        complaints += [_standing(watch, standstill.reason, place) for watch in unfinished]
    return complaints


def _is_there(submission: Submission, rendering: Rendering, place: Place) -> bool:
    """Fetch an episode that was rendered from the same content before, if there is one."""
    try:
        with told_plainly():
            wanted = partial(_is_of, submission=submission)
            report = fetch(place.episode_files, submission.stem, rendering.output, wanted)
    except ObjectMissing:
        return False
    if report is None:
        return False
    _say_already_rendered(submission, report, rendering)
    return True


def _what(watches: Sequence[Watch]) -> str:
    return watches[0].job.submission.path.name if len(watches) == 1 else f"{len(watches)} scripts"


def _show(watches: Sequence[Watch], place: Place, shown: Meter) -> None:
    if place.jobs is None:
        shown.show(sum(watch.over for watch in watches), len(watches))
    else:
        shown.show(sum(watch.lines_done for watch in watches), sum(watch.lines for watch in watches))


def _bring_home(watch: Watch, rendering: Rendering, pipeline: Pipeline, shown: Meter) -> list[str]:
    """Fetch what came of a job and say what it is; return what went wrong."""
    submission = watch.job.submission
    report = fetch(pipeline.place.episode_files, submission.stem, rendering.output)
    if report is None:
        return []
    if report.job != watch.job.upload.job:
        shown.say(f"{submission.path}: a newer upload of {submission.name} was rendered instead")
    if not report.succeeded:
        where = rendering.output / report_name(submission.stem)
        return [*lines_of(submission.path, report.errors), f"{submission.path}: not rendered; see {where}"]
    for line in _summary(submission, report, rendering.output, pipeline.costs):
        shown.say(line)
    return list(lines_of(submission.path, report.errors, "left out: "))


def _summary(submission: Submission, report: Report, output: Path, costs: str) -> Iterator[str]:
    yield f"{submission.path}: rendered"
    for name in report.outputs:
        yield f"  {output / name}"
    yield f"  length      {report.length}"
    spoken = ", ".join(f"{count:,} {family}" for family, count in report.characters.items()) or "0"
    cached = f" and {report.cached_characters:,} from the cache" if report.cached_characters else ""
    yield f"  characters  {spoken}{cached}"
    yield f"  {costs} {dollars(report.estimated_usd)}, by the prices of {report.prices_date}"


def _standing(watch: Watch, reason: str, place: Place) -> str:
    job = watch.job
    seen = f"{watch.lines_done:,} of {watch.lines:,} lines are done" if place.jobs else "it has no report yet"
    return (
        f"{job.submission.path}: given up: {reason}. {seen}. Job {job.upload.job}; its report would be "
        f"gs://{place.episodes.name}/{report_name(job.submission.stem)}. Run it again to go on waiting."
    )
