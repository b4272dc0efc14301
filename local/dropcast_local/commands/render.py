"""`dropcast render`: drop scripts, follow them, bring the episodes home."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from dropcast.ports import ObjectMissing
from dropcast.scripts.conversation import Conversation, OnError
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.data_folder import locked
from dropcast_local.episode import Report, dollars, episodes_in, fetch, fetched, report_name
from dropcast_local.events import Troubles
from dropcast_local.examination import examine, examine_for
from dropcast_local.jobs import Watch, begin, follow
from dropcast_local.place import PATIENCE, Place, deployed_place, local_place, told_plainly
from dropcast_local.problems import complain, lines_of, notes_on
from dropcast_local.progress import Meter, Step, meter
from dropcast_local.recording_uploads import provide
from dropcast_local.recordings import Recordings, same_name_twice
from dropcast_local.requirements import require_output, require_programs
from dropcast_local.results import Results
from dropcast_local.stack import Stack, StackSettings
from dropcast_local.submission import CannotSubmit, Submission, submissions


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
    """A script that can be rendered, with the utterances of each line as far as they are known here."""

    submission: Submission
    line_sizes: tuple[int, ...]
    recordings: Recordings
    on_error: OnError

    def lacks(self, there: Mapping[str, datetime]) -> list[Problem]:
        """Say which of its recordings are nowhere: neither here nor in the bucket."""
        return [problem for name, problem in self.recordings.absent.items() if name not in there]

    def newest(self, there: Mapping[str, datetime]) -> datetime | None:
        """Say since when all of its recordings lie in the bucket as they do."""
        return max((there[name] for name in self.recordings.names & there.keys()), default=None)


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
    if twice := same_name_twice(script.recordings for script in readable):
        raise CannotSubmit(f"{twice}; rename one, or render one script after the other")
    missing = [script for script in readable if not _is_here(script, rendering, results)]
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
            script = _script(submission, conversation, rendering.buckets)
        except ScriptRejected as rejected:
            _refuse(submission, rejected.problems, rendering, results)
            continue
        for note in notes_on(submission.path, conversation):
            complain(note)
        # What only a bucket can tell is asked when it is at hand.
        if rendering.buckets or _has_its_recordings(script, {}, rendering, results):
            yield script


def _script(submission: Submission, conversation: Conversation, buckets: Buckets | None) -> Script:
    plan, recordings = (
        examine_for(buckets.uploads, submission, conversation)
        if buckets
        else examine(submission, conversation)
    )
    sizes = tuple(len(line.requests) for line in plan.lines) if plan else ()
    return Script(submission, sizes, recordings, conversation.on_error)


def _refuse(
    submission: Submission, problems: Iterable[Problem], rendering: Rendering, results: Results
) -> None:
    results.fail([*lines_of(submission.path, problems), *_stale(submission, rendering)])


def _has_its_recordings(
    script: Script, there: Mapping[str, datetime], rendering: Rendering, results: Results
) -> bool:
    """Say whether no recording of a script is missing; by its onError, one that is will be left out."""
    lacking = script.lacks(there)
    if lacking and script.on_error == "fail":
        _refuse(script.submission, lacking, rendering, results)
        return False
    for line in lines_of(script.submission.path, lacking, "will be left out: "):
        complain(line)
    return True


def _is_here(script: Script, rendering: Rendering, results: Results) -> bool:
    """Say whether a local rendering has nothing to do, as far as that can be told without any bucket.

    What a deployed pipeline made, and of which recordings an episode was made, only the buckets know.
    """
    if rendering.force or rendering.buckets or script.recordings.names:
        return False
    report = fetched(rendering.output, script.submission.stem)
    if report is None or not _is_of(report, script.submission):
        return False
    _count_already_there(script.submission, report, rendering, results)
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


def _stale(submission: Submission, rendering: Rendering, report: Report | None = None) -> Iterator[str]:
    """Say of files that lie there already that they are not what was asked for, unless a report has them."""
    outputs = report.outputs if report else ()
    made = {rendering.output / output.name for output in outputs}
    earlier = "rendering" if rendering.force else "version of the script"
    for episode in episodes_in(rendering.output, submission.stem):
        if episode not in made:
            yield f"{episode} is of an earlier {earlier}"


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
    watches = list(_begun(scripts, rendering, pipeline, results))
    if not watches:
        return
    if place.jobs is None:
        complain("Only whole scripts are counted here; to see lines, name the jobs bucket too: --jobs gs://…")
    with meter() as shown, told_plainly():
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


def _begun(
    scripts: Sequence[Script], rendering: Rendering, pipeline: Pipeline, results: Results
) -> Iterator[Watch]:
    """Drop the scripts that were not rendered before, each after its recordings."""
    place = pipeline.place
    with told_plainly():
        recordings = [script.recordings for script in scripts]
        # A local stack has what is on this machine, and nothing that an earlier run left.
        is_local = pipeline.stack is not None
        there = provide(recordings, place.uploads, _say_nothing if is_local else _say, exactly=is_local)
    for script in scripts:
        if rendering.buckets and not _has_its_recordings(script, there, rendering, results):
            continue
        if not rendering.force and _is_there(script, there, rendering, place, results):
            continue
        newest = script.newest(there)
        job = begin(script.submission, script.line_sizes, place, force=rendering.force, not_before=newest)
        yield Watch(job, place)


def _say(text: str) -> None:
    print(text, flush=True)


def _say_nothing(_: str) -> None:
    pass


def _is_there(
    script: Script, there: Mapping[str, datetime], rendering: Rendering, place: Place, results: Results
) -> bool:
    """Fetch an episode that was rendered of the same script and recordings before, if there is one."""
    submission = script.submission
    if script.lacks(there):  # which of them an episode lacks, no bucket tells
        return False
    try:
        with told_plainly():
            wanted = partial(_is_made_of, script=script, newest=script.newest(there), place=place)
            report = fetch(place.episode_files, submission.stem, rendering.output, wanted)
    except ObjectMissing:
        return False
    if report is None:
        return False
    _count_already_there(submission, report, rendering, results)
    return True


def _is_made_of(report: Report, script: Script, newest: datetime | None, place: Place) -> bool:
    """Say whether a report is of this script, and no recording has changed since that was dropped.

    Recordings lie in the bucket before the script that names them, and whoever replaces one makes it newer.
    """
    if not _is_of(report, script.submission):
        return False
    if newest is None:
        return True
    dropped = place.uploads.get_blob(script.submission.name, **PATIENCE)
    is_of_report = dropped is not None and int(dropped.generation) == report.generation
    return is_of_report and newest <= dropped.time_created


def _what(watches: Sequence[Watch]) -> str:
    return watches[0].job.submission.path.name if len(watches) == 1 else f"{len(watches)} scripts"


def _show(watches: Sequence[Watch], place: Place, shown: Meter) -> None:
    shown.show(_step(watches, place))


def _step(watches: Sequence[Watch], place: Place) -> Step:
    """Say how far scripts are: lines while any are spoken, then the parts that episodes are rendered in."""
    what = _what(watches)
    if place.jobs is None:
        return Step(what, "scripts", sum(watch.over for watch in watches), len(watches))
    parts = sum(watch.parts for watch in watches)
    if parts and all(watch.is_spoken for watch in watches):
        return Step(f"{what}: rendering", "parts", sum(watch.parts_done for watch in watches), parts)
    return Step(
        what, "lines", sum(watch.lines_done for watch in watches), sum(watch.lines for watch in watches)
    )


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
    for line in _stale(submission, rendering, report):
        complain(line)


def _summary(submission: Submission, report: Report, output: Path, pipeline: Pipeline) -> Iterator[str]:
    yield f"{submission.path}: rendered"
    for file in report.outputs:
        yield f"  {output / file.name}"
    yield f"  length      {report.length}"
    if report.loudness:
        yield f"  loudness    {report.loudness}"
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
