"""Whether a job was deleted while it ran: then nothing more is made for it."""

from dropcast.jobs import names
from dropcast.ports import ObjectMissing, ObjectStore


def is_withdrawn(job: str, jobs: ObjectStore) -> bool:
    try:
        jobs.read(names.withdrawn(job))
    except ObjectMissing:
        return False
    return True
