"""Write the results of a batch to the bucket that its request named and the operator allows.

Whatever is written there tells in its metadata whose it is, and only what does is ever replaced or removed.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dropcast.jobs.batch.identity import batch_id
from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.identity import Upload
from dropcast.ports import DestinationRefused, ManagedStore, ObjectStore, Stored, TryLater

log = logging.getLogger(__name__)

Destinations = Callable[[str], ManagedStore]

AT_ONCE = 16  # groups of files on their way: each request is some 50 ms of waiting
SLICE = 4 << 20  # bytes of the archive held at a time, for each of them
MOST = 32  # files of a group: more groups at once are worth more than fewer reads
RESULTS = "results.zip"

# In the metadata of what is delivered:
JOB = "dropcast-job"
BATCH = "dropcast-batch"  # the upload that asked for it, which a newer one of the same name replaces
GENERATION = "dropcast-generation"  # of that upload
ARCHIVE = "dropcast-archive"  # in which its bytes are: named by its content


@dataclass(frozen=True, slots=True)
class Packed:
    """A file in the archive: where its bytes begin there, and how many they are."""

    name: str
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in a bucket."""

    bucket: str
    folder: str

    @property
    def url(self) -> str:
        return f"gs://{self.bucket}/{self.folder}"

    @classmethod
    def of(cls, url: str) -> "Place":
        bucket, _, folder = url.removeprefix("gs://").partition("/")
        return cls(bucket, folder)


def nowhere(bucket: str) -> ManagedStore:
    """Refuse every destination: for where none can have been allowed."""
    raise ValueError(f"gs://{bucket} is no destination of this deployment")


def place_of(head: BatchHead) -> Place | None:
    """Return where a request wants its results besides."""
    destination = head.wanted.destination
    if destination is None:
        return None
    container = Place.of(destination.url)
    steps = (container.folder.strip("/"), destination.path.strip("/"), batch_id(head.upload))
    return Place(container.bucket, "/".join(step for step in steps if step))


def deliver(
    head: BatchHead, archive: str, files: Sequence[Packed], jobs: ObjectStore, destinations: Destinations
) -> str | None:
    """Write the archive, or its files one by one, to the request's destination, if it has one.

    Returns what keeps them from there for good, if anything does: nothing is written then where somebody
    else has one of the names. `files` are in the order of the archive. What an earlier delivery wrote of it
    stays, and so does what a newer upload of the same name had delivered; what an older one had is replaced.
    """
    place = place_of(head)
    if place is None:
        return None
    if not head.wanted.decompressed:
        files = [Packed(RESULTS, 0, jobs.sizes(archive)[archive])]
    try:
        store = _opened(place, destinations)
        _Delivery(head.upload, archive, place, jobs, store).write(files)
    except DestinationRefused as refused:
        return f"The results could not be delivered to {place.url}: {refused}"
    return None


def take_back(job: str, place: Place | None, destinations: Destinations) -> None:
    """Remove what a job delivered, and nothing else; what is out of reach for good is left."""
    if place is None:
        return
    try:
        store = _opened(place, destinations)
        found = [each for each in store.listing(f"{place.folder}/") if each.metadata.get(JOB) == job]
        with ThreadPoolExecutor(AT_ONCE) as removers:
            list(removers.map(lambda each: store.remove(each.name, each.generation), found))
    except DestinationRefused as refused:
        log.warning("left", extra={"job": job, "bucket": place.bucket, "reason": str(refused)})


def _opened(place: Place, destinations: Destinations) -> ManagedStore:
    try:
        return destinations(place.bucket)
    except ValueError as error:  # the operator has withdrawn the permission
        raise DestinationRefused(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Due:
    """A file that is still to be written, over what stands in its place."""

    file: Packed
    over: Stored | None


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One archive on its way to one place."""

    upload: Upload
    archive: str
    place: Place
    jobs: ObjectStore
    store: ManagedStore

    def write(self, files: Sequence[Packed]) -> None:
        standing = {stored.name: stored for stored in self.store.listing(f"{self.place.folder}/")}
        seen = [_Due(file, standing.get(self._name(file))) for file in files]
        due = [each for each in seen if each.over is None or self._is_outdated(each.over)]
        with ThreadPoolExecutor(AT_ONCE) as writers:
            list(writers.map(self._write_group, _neighbours(due)))

    def _is_outdated(self, stored: Stored) -> bool:
        """Say whether what stands there is to be replaced. Raises DestinationRefused for what is not ours."""
        told = stored.metadata
        if told.get(BATCH) != self._metadata[BATCH]:
            raise DestinationRefused(f"{stored.name} is there already, and not of this batch")
        return told[ARCHIVE] != self.archive and int(told[GENERATION]) <= self.upload.generation

    def _write_group(self, group: Sequence[_Due]) -> None:
        if len(group) == 1:
            self._write(group[0], self._pieces(group[0].file))
            return
        start = group[0].file.start
        data = self._read(start, group[-1].file.end)
        for due in group:
            self._write(due, [data[due.file.start - start : due.file.end - start]])

    def _write(self, due: _Due, chunks: Iterator[bytes] | Sequence[bytes]) -> None:
        name = self._name(due.file)
        if not self.store.replace(name, chunks, self._metadata, due.over):
            raise TryLater(f"{name} was replaced meanwhile")

    def _pieces(self, file: Packed) -> Iterator[bytes]:
        for start in range(file.start, file.end, SLICE):
            yield self._read(start, min(start + SLICE, file.end))

    def _read(self, start: int, end: int) -> bytes:
        return self.jobs.slice(self.archive, start, end)

    def _name(self, file: Packed) -> str:
        return f"{self.place.folder}/{file.name}"

    @property
    def _metadata(self) -> Mapping[str, str]:
        return {
            JOB: self.upload.job,
            BATCH: f"{self.upload.bucket}/{self.upload.name}",
            GENERATION: str(self.upload.generation),
            ARCHIVE: self.archive,
        }


def _neighbours(due: Sequence[_Due]) -> Iterator[Sequence[_Due]]:
    """Yield files that lie close together in the archive as groups, each of which one read fetches."""
    group: list[_Due] = []
    for each in due:
        if group and (len(group) == MOST or each.file.end - group[0].file.start > SLICE):
            yield group
            group = []
        group.append(each)
    if group:
        yield group
