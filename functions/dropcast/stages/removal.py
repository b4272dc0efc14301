"""Remove a batch: what it leaves behind, or first of all its request, so that nothing more is made."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from dropcast.jobs import names
from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.batch.stored_plan import decode_head
from dropcast.jobs.identity import Upload
from dropcast.ports import ManagedStore, ObjectMissing
from dropcast.stages.delivery import Destinations, place_of

log = logging.getLogger(__name__)

AT_ONCE = 32  # removals under way: a batch of 10,000 inputs leaves 20,000 objects, of some 30 ms each
LONGEST_LIFE = 744  # hours (contract, section 6)


def withdraw_job(upload: Upload, uploads: ManagedStore, jobs: ManagedStore) -> None:
    """Take a batch's request away, in whatever state it is: its id is free, and nothing more is made for it.

    The word that it is withdrawn comes first. It stops all spending, and whatever stops us after it, the
    sweep or whoever deletes the batch again goes on from here. A newer upload of the name is not touched.
    """
    jobs.create(names.withdrawn(upload.job), upload.name.encode())
    uploads.remove(upload.name, upload.generation)


def remove_everything(job: str, jobs: ManagedStore, destinations: Destinations) -> None:
    """Remove all that a job made, what it delivered elsewhere first: then it is still known where that is."""
    try:
        head = decode_head(jobs.read(names.batch(job)))
    except ObjectMissing:
        pass
    else:
        _remove_delivered(head, destinations)
    remove_job(job, jobs)


def remove_job(job: str, jobs: ManagedStore) -> None:
    """Remove all that a job has in the jobs bucket, but not the clips, which belong to nobody."""
    _each_removed(_names_of(job, jobs), jobs.remove)


def _remove_delivered(head: BatchHead, destinations: Destinations) -> None:
    if head.wanted.destination is None:
        return
    bucket, folder = place_of(head)
    try:
        store = destinations(bucket)
    except ValueError:  # the operator has withdrawn the permission: then it is not ours to clear any more
        log.warning("left", extra={"job": head.upload.job, "bucket": bucket})
        return
    _each_removed((stored.name for stored in store.listing(f"{folder}/")), store.remove)


def _names_of(job: str, jobs: ManagedStore) -> Iterator[str]:
    for name in names.everything_of(job):
        if name.endswith("/"):
            yield from jobs.sizes(name)
        else:
            yield name


def _each_removed(found: Iterator[str], remove: Callable[[str], None]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as removers:
        list(removers.map(remove, found))
