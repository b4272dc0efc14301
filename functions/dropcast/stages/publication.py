"""How a job ends: its report is created, once; then what it names is published under the stable names."""

import logging
from collections.abc import Iterable

from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.report import Ending, decode_ending, decode_facts
from dropcast.ports import EpisodeStore, ObjectMissing, ObjectStore
from dropcast.scripts.names import BATCHES, stem

log = logging.getLogger(__name__)


def end_job(upload: Upload, report: Iterable[bytes], jobs: ObjectStore, episodes: EpisodeStore) -> None:
    """End a job with this report, or with the one that was there before, and publish it."""
    is_the_end = jobs.create_from(names.report(upload.job), report)
    try:
        standing = jobs.read(names.report(upload.job))
    except ObjectMissing:
        return  # removed meanwhile
    if is_the_end:
        _tell(upload.job, standing)
    _publish_all(upload.job, decode_ending(standing), episodes)


def publish_if_over(job: str, jobs: ObjectStore, episodes: EpisodeStore) -> bool:
    """Publish what a job's report names, if there is one; say whether there is."""
    try:
        ending = decode_ending(jobs.read(names.report(job)))
    except ObjectMissing:
        return False
    _publish_all(job, ending, episodes)
    return True


def _tell(job: str, report: bytes) -> None:
    """Log how a job ended: once, by whoever ended it."""
    match decode_facts(report):
        case {"status": "succeeded"}:
            log.info("succeeded", extra={"job": job})
        case {"errors": list(errors)}:
            log.warning("failed", extra={"job": job, "problems": len(errors)})


def _publish_all(job: str, ending: Ending, episodes: EpisodeStore) -> None:
    """Publish the report under its stable name last: who sees it finds all the rest."""
    if ending.upload.name.startswith(BATCHES):
        return  # what the API is asked for, it hands out itself
    for output in ending.outputs:
        _publish(output.result, output.name, ending, episodes)
    _publish(names.report(job), f"{stem(ending.upload.name)}.report.json", ending, episodes)


def _publish(result: str, name: str, ending: Ending, episodes: EpisodeStore) -> None:
    """Publish one file, unless what stands there is of this script or of a newer one."""
    standing = episodes.standing(name)
    if standing is None or standing.script_generation < ending.upload.generation:
        episodes.publish(result, name, ending.upload.generation, standing)
