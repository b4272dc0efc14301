"""Remove a batch: what it leaves behind, or first of all its request, so that nothing more is made."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from dropcast.jobs import names
from dropcast.jobs.batch.stored_plan import decode_head
from dropcast.jobs.identity import Upload
from dropcast.ports import ManagedStore, ObjectMissing
from dropcast.stages.delivery import Destinations, Place, place_of, take_back

AT_ONCE = 32  # removals under way: a batch of 10,000 inputs leaves 20,000 objects, of some 30 ms each
LONGEST_LIFE = 744  # hours (contract, section 6)
DESTINATION = "destination"  # in the metadata of the word: where results are delivered, if anywhere


def withdraw_job(upload: Upload, uploads: ManagedStore, jobs: ManagedStore) -> None:
    """Take a batch's request away, in whatever state it is: its id is free, and nothing more is made for it.

    The word that it is withdrawn comes first. It stops all spending, and whatever stops us after it, the
    sweep or whoever deletes the batch again goes on from here: it knows where late results are delivered,
    also when the plan is gone. A newer upload of the name is not touched.
    """
    place = _planned_place(upload.job, jobs)
    jobs.add(names.withdrawn(upload.job), upload.name.encode(), {DESTINATION: place.url} if place else {})
    uploads.remove(upload.name, upload.generation)


def remove_everything(job: str, jobs: ManagedStore, destinations: Destinations) -> None:
    """Remove all that a job made, what it delivered elsewhere first: then it is still known where that is."""
    place = _planned_place(job, jobs) or _noted_place(job, jobs)
    take_back(job, place, destinations)
    remove_job(job, jobs)


def remove_job(job: str, jobs: ManagedStore) -> None:
    """Remove all that a job has in the jobs bucket, but not the clips, which belong to nobody."""
    _each_removed(_names_of(job, jobs), jobs.remove)


def _planned_place(job: str, jobs: ManagedStore) -> Place | None:
    """Return where a job delivers to, as its plan says."""
    try:
        return place_of(decode_head(jobs.read(names.batch(job))))
    except ObjectMissing:
        return None


def _noted_place(job: str, jobs: ManagedStore) -> Place | None:
    """Return where a job delivered to, as the word of its withdrawal says."""
    word = jobs.about(names.withdrawn(job))
    url = word.metadata.get(DESTINATION) if word else None
    return Place.of(url) if url else None


def _names_of(job: str, jobs: ManagedStore) -> Iterator[str]:
    for name in names.everything_of(job):
        if name.endswith("/"):
            yield from jobs.sizes(name)
        else:
            yield name


def _each_removed(found: Iterator[str], remove: Callable[[str], None]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as removers:
        list(removers.map(remove, found))
