"""Write the results of a batch to the bucket that its request named and the operator allows."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dropcast.jobs.batch.identity import batch_id
from dropcast.jobs.batch.plan import BatchHead
from dropcast.ports import ManagedStore, ObjectStore

Destinations = Callable[[str], ManagedStore]

AT_ONCE = 16  # files on their way: each is some 50 ms of waiting
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """A file in the archive: where its bytes begin there, and how many they are."""

    name: str
    start: int
    size: int


def nowhere(bucket: str) -> ManagedStore:
    """Refuse every destination: for where none can have been allowed."""
    raise ValueError(f"gs://{bucket} is no destination of this deployment")


def deliver(
    head: BatchHead, archive: str, files: Sequence[Packed], jobs: ObjectStore, destinations: Destinations
) -> None:
    """Write the archive, or its files one by one, to the request's destination, if it has one.

    What stands there under the same names is replaced: it is of this batch, or of an older one of its id.
    """
    if head.wanted.destination is None:
        return
    bucket, folder = place_of(head)
    store = destinations(bucket)
    if not head.wanted.decompressed:
        _replace(f"{folder}/results.zip", jobs.chunks(archive), store)
        return

    def write(file: Packed) -> None:
        _replace(f"{folder}/{file.name}", _bytes_of(file, archive, jobs), store)

    with ThreadPoolExecutor(AT_ONCE) as writers:
        list(writers.map(write, files))


def place_of(head: BatchHead) -> tuple[str, str]:
    """Return the bucket of a destination, and the folder in it."""
    destination = head.wanted.destination
    if destination is None:
        raise ValueError("the request names no destination")
    bucket, _, prefix = destination.url.removeprefix("gs://").partition("/")
    steps = (prefix.strip("/"), destination.path.strip("/"), batch_id(head.upload))
    return bucket, "/".join(step for step in steps if step)


def _replace(name: str, chunks: Iterator[bytes], store: ManagedStore) -> None:
    store.remove(name)
    store.create_from(name, chunks)


def _bytes_of(file: Packed, archive: str, jobs: ObjectStore) -> Iterator[bytes]:
    end = file.start + file.size
    for start in range(file.start, end, CHUNK):
        yield jobs.slice(archive, start, min(start + CHUNK, end))
