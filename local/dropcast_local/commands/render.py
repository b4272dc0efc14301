"""`dropcast render`: drop scripts, follow them, bring the episodes home."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dropcast.ports import ObjectMissing
from dropcast.scripts.conversation import Conversation
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.data_folder import locked
from dropcast_local.episode import Report, dollars, earlier_episode, fetch, fetched, report_name
from dropcast_local.events import Troubles
from dropcast_local.jobs import Watch, begin, follow
from dropcast_local.place import Place, deployed_place, local_place, told_plainly
from dropcast_local.problems import complain, lines_of, notes_on
from dropcast_local.progress import Meter, meter
from dropcast_local.requirements import require_output, require_programs
from dropcast_local.results import Results
from dropcast_local.stack import Stack, StackSettings
from dropcast_local.submission import Submission, plan_locally, submissions


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
    """What renders: its buckets; and the local stack, if it is that, with what it last complained of."""

    place: Place
    stack: Stack | None
    troubles: Troubles

    def broken(self) -> str | None:
        """Say what is broken beyond repair, as far as that is known here."""
        return self.stack.failure if self.stack else None


def render(rendering: Rendering) -> int:
    """Render, and return the exit code: 1 where anything failed."""
    scripts = submissions(rendering.paths)
    require_output(rendering.output)
    results = Results()
    readable = list(_readable(scripts, rendering, results))
    missing = [script for script in readable if not _is_here(script.submission, rendering, results)]
    if missing:
        with _pipeline(rendering) as pipeline:
            _render(missing, rendering, pipeline, results)
    for complaint in results.complaints:
        complain(complaint)
    if results.total > 1:
        print(results, flush=True)
    return 1 if results.failed else 0


def _readable(dropped: Iterable[Submission], rendering: Rendering, results: Results) -> Iterator[Script]:
    """Yield what can be read, saying what is odd about it; what cannot is never uploaded."""
    for submission in dropped:
        try:
            conversation = read_conversation(submission.content)
            sizes = _line_sizes(submission, conversation, rendering)
        except ScriptRejected as rejected:
            problems = lines_of(submission.path, rejected.problems)
            results.fail([*problems, *_stale(submission, rendering)])
            continue
        for note in notes_on(submission.path, conversation):
            complain(note)
        yield Script(submission, sizes)


def _line_sizes(submission: Submission, conversation: Conversation, rendering: Rendering) -> tuple[int, ...]:
    """Count the utterances of each line. Raises ScriptRejected for what the local pipeline would refuse."""
    try:
        plan = plan_locally(submission, conversation)
    except ScriptRejected:
        if rendering.buckets:  # a deployed pipeline may have other defaults: it has the last word
            return ()
        raise
    return tuple(len(line.requests) for line in plan.lines)


def _is_here(submission: Submission, rendering: Rendering, results: Results) -> bool:
    """Say whether a local rendering has nothing to do. What a deployed one made, only its bucket knows."""
    if rendering.force or rendering.buckets:
        return False
    report = fetched(rendering.output, submission.stem)
    if report is None or not _is_of(report, submission):
        return False
    _count_already_there(submission, report, rendering, results)
    return True


def _is_of(report: Report, submission: Submission) -> bool:
    return report.succeeded and report.script_sha256 == submission.sha256


def _count_already_there(
    submission: Submission, report: Report, rendering: Rendering, results: Results
) -> None:
    results.already_there += 1
    files = ", ".join(str(rendering.output / output.name) for output in report.outputs)
    print(f"{submission.path}: already rendered: {files} (--force renders it again)", flush=True)
    _say_what_is_left_out(submission, report)


def _say_what_is_left_out(submission: Submission, report: Report) -> None:
    for line in lines_of(submission.path, report.errors, "left out: "):
        complain(line)


def _stale(submission: Submission, rendering: Rendering) -> Iterator[str]:
    """Say of an episode that lies there already that it is not what was asked for."""
    if episode := earlier_episode(rendering.output, submission.stem):
        yield f"{episode} is of an earlier {'rendering' if rendering.force else 'version of the script'}"


@contextmanager
def _pipeline(rendering: Rendering) -> Iterator[Pipeline]:
    troubles = Troubles()
    if rendering.buckets:
        buckets = rendering.buckets
        place = deployed_place(buckets.uploads, buckets.episodes, buckets.jobs)
        yield Pipeline(place, None, troubles)
        return
    require_programs(rendering.engine)
    settings = StackSettings(data=rendering.data, engine=rendering.engine)
    with ExitStack() as opened:
        if rendering.data:
            opened.enter_context(locked(rendering.data, lambda: _say_waiting(rendering)))
        stack = opened.enter_context(Stack(settings, troubles.hear))
        place = local_place(stack.endpoints.storage)
        yield Pipeline(place, stack, troubles)


def _say_waiting(rendering: Rendering) -> None:
    complain(f"Another dropcast works in {rendering.data}: waiting until it is done …")


def _render(scripts: Sequence[Script], rendering: Rendering, pipeline: Pipeline, results: Results) -> None:
    """Drop the scripts and wait for their episodes."""
    place = pipeline.place
    watches = [
        Watch(begin(script.submission, script.line_sizes, place, force=rendering.force), place)
        for script in scripts
        if rendering.force or not _is_there(script.submission, rendering, place, results)
    ]
    if not watches:
        return
    if place.jobs is None:
        complain("Only whole scripts are counted here; to see lines, name the jobs bucket too: --jobs gs://…")
    with meter(_what(watches), "lines" if place.jobs else "scripts") as shown, told_plainly():
        _show(watches, place, shown)
        standstill = follow(
            watches,
            lambda: _show(watches, place, shown),
            lambda watch: _bring_home(watch, rendering, pipeline, shown, results),
            pipeline.broken,
            rendering.timeout,
        )
    if standstill:
        for watch in watches:
            if not watch.over:
                results.fail([_standing(watch, standstill.reason, pipeline)])


def _is_there(submission: Submission, rendering: Rendering, place: Place, results: Results) -> bool:
    """Fetch an episode that was rendered from the same content before, if there is one."""
    try:
        with told_plainly():
            wanted = partial(_is_of, submission=submission)
            report = fetch(place.episode_files, submission.stem, rendering.output, wanted)
    except ObjectMissing:
        return False
    if report is None:
        return False
    _count_already_there(submission, report, rendering, results)
    return True


def _what(watches: Sequence[Watch]) -> str:
    return watches[0].job.submission.path.name if len(watches) == 1 else f"{len(watches)} scripts"


def _show(watches: Sequence[Watch], place: Place, shown: Meter) -> None:
    if place.jobs is None:
        shown.show(sum(watch.over for watch in watches), len(watches))
    else:
        shown.show(sum(watch.lines_done for watch in watches), sum(watch.lines for watch in watches))


def _bring_home(
    watch: Watch, rendering: Rendering, pipeline: Pipeline, shown: Meter, results: Results
) -> None:
    """Fetch what came of a job and say what it is."""
    submission = watch.job.submission
    report = fetch(pipeline.place.episode_files, submission.stem, rendering.output)
    if report is None:
        return
    if report.job != watch.job.upload.job:
        shown.say(f"{submission.path}: a newer upload of {submission.name} was rendered instead")
    if not report.succeeded:
        where = rendering.output / report_name(submission.stem)
        reasons = lines_of(submission.path, report.errors)
        told = f"{submission.path}: not rendered; see {where}"
        results.fail([*reasons, told, *_stale(submission, rendering)])
        return
    results.rendered += 1
    for line in _summary(submission, report, rendering.output, pipeline):
        shown.say(line)
    _say_what_is_left_out(submission, report)


def _summary(submission: Submission, report: Report, output: Path, pipeline: Pipeline) -> Iterator[str]:
    yield f"{submission.path}: rendered"
    for file in report.outputs:
        yield f"  {output / file.name}"
    yield f"  length      {report.length}"
    spoken = ", ".join(f"{count:,} {family}" for family, count in report.characters.items()) or "0"
    cached = f" and {report.cached_characters:,} from the cache" if report.cached_characters else ""
    yield f"  characters  {spoken}{cached}"
    costs = "would have cost" if pipeline.stack else "cost about"
    yield f"  {costs} {dollars(report.estimated_usd)}, by the prices of {report.prices_date}"


def _standing(watch: Watch, reason: str, pipeline: Pipeline) -> str:
    """Say how far a job came, what was last complained of, and where to look."""
    job, place = watch.job, pipeline.place
    seen = f"{watch.lines_done:,} of {watch.lines:,} lines are done" if place.jobs else "it has no report yet"
    trouble = pipeline.troubles.last
    because = f" The last trouble: {trouble}." if trouble and reason not in trouble else ""
    told = f"{job.submission.path}: given up: {reason}. {seen}.{because} Job {job.upload.job}"
    if pipeline.stack:
        return f"{told}. Run it again to go on where it was."
    report = f"gs://{place.episodes.name}/{report_name(job.submission.stem)}"
    return f"{told}; its report would be {report}. Run it again to go on waiting."
