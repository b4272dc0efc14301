"""What the names in the buckets tell of jobs: which ended, which are open, which never began."""

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import nsmallest

from google.cloud.exceptions import NotFound
from google.cloud.storage import Blob, Bucket

from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.report import decode_facts
from dropcast.scripts.names import is_script_name
from dropcast.stages.waking import WOKEN
from dropcast_local.checkup.facts import Jobs, LastReport, OpenJob, Unplanned
from dropcast_local.checkup.work import PATIENCE, RECENT
from dropcast_local.place import PATIENCE as TIMEOUT

LOOK_AT = 20  # open jobs: each takes a dozen lists
FIELDS = "items(name,generation,timeCreated),nextPageToken"


def jobs_seen(jobs: Bucket, uploads: Bucket, now: datetime) -> Jobs:
    """Look through the names of both buckets."""
    planned = _jobs_of(jobs, names.plan) | _jobs_of(jobs, names.batch)
    reports = _jobs_of(jobs, names.report)
    over = reports.keys() | _jobs_of(jobs, names.withdrawn).keys()
    still_open = {job: since for job, since in planned.items() if job not in over}
    silent = [job for job, since in still_open.items() if now - since >= PATIENCE]
    looked_at = nsmallest(LOOK_AT, silent, key=lambda job: still_open[job])
    signs = {job: max([still_open[job], *_signs_of(jobs, job)]) for job in looked_at}
    return Jobs(
        _last(jobs, reports),
        tuple(
            OpenJob(job, since, signs.get(job, since))
            for job, since in still_open.items()
            if job in signs or now - since < PATIENCE
        ),
        tuple(_unplanned(uploads, planned.keys() | over, now)),
        len(silent) - len(looked_at),
    )


def _jobs_of(bucket: Bucket, name_of: Callable[[str], str]) -> dict[str, datetime]:
    """Return the jobs that have an object of such a name, and since when."""
    before, after = name_of("\0").split("\0")
    return {
        blob.name.removeprefix(before).removesuffix(after): blob.time_created
        for blob in _listed(bucket, before)
    }


def _signs_of(jobs: Bucket, job: str) -> Iterator[datetime]:
    """Yield when each object of a job was written; that the sweep tried to wake it is no sign of life."""
    notes = names.draft(job, WOKEN).removesuffix(".json")
    for prefix in names.everything_of(job):
        listed = _listed(jobs, prefix)
        yield from (blob.time_created for blob in listed if not blob.name.startswith(notes))


def _unplanned(uploads: Bucket, known: set[str], now: datetime) -> Iterator[Unplanned]:
    for blob in _listed(uploads, ""):
        job = Upload(uploads.name, blob.name, int(blob.generation)).job
        is_due = PATIENCE <= now - blob.time_created < RECENT
        if is_due and is_script_name(blob.name) and job not in known:
            yield Unplanned(blob.name, blob.time_created)


def _last(jobs: Bucket, reports: dict[str, datetime]) -> LastReport | None:
    if not reports:
        return None
    job = max(reports, key=lambda job: reports[job])
    return LastReport(job, status_of(jobs, job), reports[job])


def status_of(jobs: Bucket, job: str) -> str | None:
    """Say how a job ended, if it did and it can be read."""
    try:
        return str(decode_facts(jobs.blob(names.report(job)).download_as_bytes(**TIMEOUT)).get("status"))
    except (NotFound, ValueError):
        return None


def _listed(bucket: Bucket, prefix: str) -> Iterator[Blob]:
    return iter(bucket.list_blobs(prefix=prefix, fields=FIELDS, **TIMEOUT))
