"""Recordings in the uploads bucket: as they are on this machine, before the scripts that name them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from google.cloud.storage import Blob, Bucket
from google.cloud.storage.retry import DEFAULT_RETRY

from dropcast_local.place import PATIENCE
from dropcast_local.recordings import RecordedFile

LOOKS_AT_ONCE = 16
MEGABYTE = 1_000_000


class UploadedRecordings:
    """Some recordings as they lie in the uploads bucket; nothing but these is ever touched."""

    def __init__(self, names: Iterable[str], uploads: Bucket) -> None:
        self._uploads = uploads
        self._blobs = objects(names, uploads)

    @property
    def names(self) -> Collection[str]:
        """The names of those that are there."""
        return self._blobs.keys()

    def newest(self, names: Collection[str]) -> datetime | None:
        """Say since when all of these that are there lie there as they do."""
        found = (blob.time_created for name, blob in self._blobs.items() if name in names)
        return max(found, default=None)

    def provide(self, files: Mapping[str, RecordedFile], say: Callable[[str], None]) -> None:
        """Upload what is not there, or has another content there."""
        for name, file in files.items():
            there = self._blobs.get(name)
            if there is None or not is_same(there, file):
                self._blobs[name] = upload(name, file, self._uploads, say, is_new=there is None)

    def remove(self, names: Iterable[str]) -> None:
        """Remove those of these that are there."""
        for name in names:
            if blob := self._blobs.pop(name, None):
                blob.delete(**PATIENCE)


def objects(names: Iterable[str], bucket: Bucket) -> dict[str, Blob]:
    """Return those of the objects that exist."""
    with ThreadPoolExecutor(LOOKS_AT_ONCE) as looking:
        found = looking.map(lambda name: bucket.get_blob(name, **PATIENCE), names)
        return {blob.name: blob for blob in found if blob is not None}


def is_same(blob: Blob, file: RecordedFile) -> bool:
    """Say whether an object has the content of a file."""
    return (blob.size, blob.crc32c) == (file.size, file.crc32c)


def upload(
    name: str, file: RecordedFile, uploads: Bucket, say: Callable[[str], None], *, is_new: bool
) -> Blob:
    """Upload a recording, saying so first: it may take a while."""
    other = "" if is_new else ", in place of another version"
    say(f"{file.path}: uploading it to gs://{uploads.name}/{name} ({file.size / MEGABYTE:.1f} MB){other}")
    blob = uploads.blob(name)
    blob.upload_from_filename(str(file.path), retry=DEFAULT_RETRY.with_timeout(600), **PATIENCE)
    return blob
