"""`dropcast render`: drop scripts, follow them, bring the episodes home."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from dropcast.ports import ObjectMissing
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.episode import Report, dollars, episodes_in, fetch, fetched, report_name
from dropcast_local.examination import Examined, examine
from dropcast_local.jobs import Watch, begin, follow
from dropcast_local.pipeline import Buckets, Pipeline, deployed_pipeline, local_pipeline
from dropcast_local.place import PATIENCE, Place, told_plainly
from dropcast_local.problems import complain, lines_of, notes_on
from dropcast_local.progress import Meter, Step, meter
from dropcast_local.recording_uploads import UploadedRecordings
from dropcast_local.recordings import same_name_twice
from dropcast_local.requirements import require_output
from dropcast_local.results import Results
from dropcast_local.submission import CannotSubmit, Submission, submissions


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


def render(rendering: Rendering) -> int:
    """Render, and return the exit code: 1 where anything failed."""
    scripts = submissions(rendering.paths)
    require_output(rendering.output)
    results = Results()
    renderable = list(_renderable(scripts, rendering, results))
    if twice := same_name_twice(script.recordings for script in renderable):
        raise CannotSubmit(f"{twice}; rename one, or render one script after the other")
    missing = [script for script in renderable if not _is_here(script, rendering, results)]
    if missing:
        with _pipeline(rendering) as pipeline:
            _render(missing, rendering, pipeline, results)
    for complaint in results.complaints:
        complain(complaint)
    if results.total > 1:
        print(results, flush=True)
    return 1 if results.failed else 0


def _renderable(dropped: Iterable[Submission], rendering: Rendering, results: Results) -> Iterator[Examined]:
    """Yield what can be rendered, saying what is odd about it; what cannot is never uploaded."""
    uploads = rendering.buckets.uploads if rendering.buckets else None
    for submission in dropped:
        try:
            script = examine(submission, read_conversation(submission.content), uploads)
        except ScriptRejected as rejected:
            _refuse(submission, rejected.problems, rendering, results)
            continue
        # What a deployed pipeline's bucket has is asked when it is at hand.
        if _is_good(script, script.recordings.names if rendering.buckets else (), rendering, results):
            for note in notes_on(submission.path, script.conversation):
                complain(note)
            yield script


def _is_good(script: Examined, there: Collection[str], rendering: Rendering, results: Results) -> bool:
    """Say whether a script can be rendered; by its onError, also where it lacks recordings."""
    lacks = script.lacks(there)
    problems = [*script.problems, *([] if script.leaves_out else lacks)]
    if problems:
        _refuse(script.submission, problems, rendering, results)
        return False
    for line in lines_of(script.submission.path, lacks, "will be left out: "):
        complain(line)
    return True


def _refuse(
    submission: Submission, problems: Iterable[Problem], rendering: Rendering, results: Results
) -> None:
    results.fail([*lines_of(submission.path, problems), *_stale(submission, rendering)])


def _is_here(script: Examined, rendering: Rendering, results: Results) -> bool:
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
    if rendering.buckets:
        yield deployed_pipeline(rendering.buckets)
        return
    with local_pipeline(rendering.data, rendering.engine, lambda: _say_waiting(rendering)) as pipeline:
        yield pipeline


def _say_waiting(rendering: Rendering) -> None:
    complain(f"Another dropcast works in {rendering.data}: waiting until it is done …")


def _render(scripts: Sequence[Examined], rendering: Rendering, pipeline: Pipeline, results: Results) -> None:
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
    scripts: Sequence[Examined], rendering: Rendering, pipeline: Pipeline, results: Results
) -> Iterator[Watch]:
    """Drop the scripts that were not rendered before, after their recordings."""
    place = pipeline.place
    with told_plainly():
        names = {name for script in scripts for name in script.recordings.names}
        uploaded = UploadedRecordings(names, place.uploads)
        if rendering.buckets:
            scripts = [each for each in scripts if _is_good(each, uploaded.names, rendering, results)]
        else:  # what an earlier run left in a local bucket is not what is on this machine
            uploaded.remove(name for script in scripts for name in script.recordings.absent)
        for script in scripts:
            uploaded.provide(script.recordings.here, _say if rendering.buckets else _say_nothing)
    for script in scripts:
        newest = uploaded.newest(script.recordings.names)
        # Which recordings an episode lacks, nothing tells.
        may_be_there = not (rendering.force or script.lacks(uploaded.names))
        if may_be_there and _is_there(script.submission, newest, rendering, place, results):
            continue
        job = begin(script.submission, script.line_sizes, place, force=rendering.force, not_before=newest)
        yield Watch(job, place)


def _say(text: str) -> None:
    print(text, flush=True)


def _say_nothing(_: str) -> None:
    pass


def _is_there(
    submission: Submission,
    newest_recording: datetime | None,
    rendering: Rendering,
    place: Place,
    results: Results,
) -> bool:
    """Fetch an episode that was rendered of the same script and recordings before, if there is one."""
    try:
        with told_plainly():
            wanted = partial(
                _is_made_of, submission=submission, newest_recording=newest_recording, place=place
            )
            report = fetch(place.episode_files, submission.stem, rendering.output, wanted)
    except ObjectMissing:
        return False
    if report is None:
        return False
    _count_already_there(submission, report, rendering, results)
    return True


def _is_made_of(
    report: Report, submission: Submission, newest_recording: datetime | None, place: Place
) -> bool:
    """Say whether a report is of this script, and no recording has changed since that was dropped.

    Recordings lie in the bucket before the script that names them, and whoever replaces one makes it newer.
    """
    if not _is_of(report, submission):
        return False
    if newest_recording is None:
        return True
    dropped = place.uploads.get_blob(submission.name, **PATIENCE)
    if dropped is None or int(dropped.generation) != report.generation:
        return False
    return bool(newest_recording <= dropped.time_created)


def _what(watches: Sequence[Watch]) -> str:
    return watches[0].job.submission.path.name if len(watches) == 1 else f"{len(watches)} scripts"


def _show(watches: Sequence[Watch], place: Place, shown: Meter) -> None:
    shown.show(step(watches, place))


def step(watches: Sequence[Watch], place: Place) -> Step:
    """Say how far scripts are: lines while any are spoken, then parts, and that these are joined."""
    what = _what(watches)
    if place.jobs is None:
        return Step(what, "scripts", sum(watch.over for watch in watches), len(watches))
    parts = sum(watch.parts for watch in watches)
    if parts and all(watch.is_spoken for watch in watches):
        done = sum(watch.parts_done for watch in watches)
        return Step(f"{what}: {'rendering' if done < parts else 'joining'}", "parts", done, parts)
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
