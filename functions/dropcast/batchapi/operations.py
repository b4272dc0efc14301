"""Which request an Operation-Id was given for."""

import json
from dataclasses import dataclass
from hashlib import sha256

from dropcast.jobs import names
from dropcast.ports import ManagedStore, ObjectMissing


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to create a batch, as far as it tells whether another is the same."""

    id: str
    sha256: str


def asking(batch_id: str, body: bytes) -> Asking:
    return Asking(batch_id, sha256(body).hexdigest())


def earlier_asking(owner: str, operation: str, jobs: ManagedStore) -> Asking | None:
    """Return what an Operation-Id was given for, if it was."""
    try:
        stored = jobs.read(names.operation(owner, operation))
    except ObjectMissing:
        return None
    match json.loads(stored):
        case {"id": str(batch_id), "sha256": str(digest)}:
            return Asking(batch_id, digest)
        case _:
            raise ValueError(f"{names.operation(owner, operation)} is no word of ours")


def note_asking(owner: str, operation: str, asked: Asking, jobs: ManagedStore) -> bool:
    """Note what an Operation-Id was given for, unless it was given before."""
    word = json.dumps({"id": asked.id, "sha256": asked.sha256}).encode()
    return jobs.create(names.operation(owner, operation), word)


def forget_asking(owner: str, operation: str, jobs: ManagedStore) -> None:
    jobs.remove(names.operation(owner, operation))
