"""How a job ends: its report is created, once; then what it names is published under the stable names."""

from collections.abc import Iterable

from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.report import Ending, decode_ending
from dropcast.ports import EpisodeStore, ObjectMissing, ObjectStore
from dropcast.scripts.names import BATCHES, stem


def end_job(upload: Upload, report: Iterable[bytes], jobs: ObjectStore, episodes: EpisodeStore) -> None:
    """End a job with this report, or with the one that was there before, and publish it."""
    jobs.create_from(names.report(upload.job), report)
    publish_if_over(upload.job, jobs, episodes)


def publish_if_over(job: str, jobs: ObjectStore, episodes: EpisodeStore) -> bool:
    """Publish what a job's report names, if there is one; say whether there is.

    The report under its stable name comes last: who sees it finds all the rest.
    """
    try:
        ending = decode_ending(jobs.read(names.report(job)))
    except ObjectMissing:
        return False
    if ending.upload.name.startswith(BATCHES):
        return True  # what the API is asked for, it hands out itself
    for output in ending.outputs:
        _publish(output.result, output.name, ending, episodes)
    _publish(names.report(job), f"{stem(ending.upload.name)}.report.json", ending, episodes)
    return True


def _publish(result: str, name: str, ending: Ending, episodes: EpisodeStore) -> None:
    """Publish one file, unless what stands there is of this script or of a newer one."""
    standing = episodes.standing(name)
    if standing is None or standing.script_generation < ending.upload.generation:
        episodes.publish(result, name, ending.upload.generation, standing)
