"""Contents of objects: one immutable file each, written before anything refers to it."""

import base64
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import google_crc32c

from dropcast_local.storage.ranges import Span

PIECE: Final = 256 * 1024
_FANS: Final = [f"{number:02x}" for number in range(256)]


@dataclass(frozen=True, slots=True)
class Content:
    """A complete blob and what identifies its bytes."""

    blob: str
    size: int
    crc32c: str
    md5: str | None


class Digest:
    """Both of Cloud Storage's checksums of the bytes that passed."""

    def __init__(self) -> None:
        self._crc = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self._crc = google_crc32c.extend(self._crc, data)
        self._md5.update(data)

    def crc32c(self) -> str:
        return base64.b64encode(self._crc.to_bytes(4, "big")).decode()

    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()


class Blobs:
    """The blob files of a data folder, named by random ids: no name that a client chose reaches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        for fan in _FANS:
            (folder / fan).mkdir(parents=True, exist_ok=True)

    def new(self) -> "NewBlob":
        """A blob to be written; it is nobody's until a row refers to it."""
        blob = new_id()
        return NewBlob(blob, open(self._path(blob), "xb"))  # noqa: PTH123 - NewBlob closes it

    def size(self, blob: str) -> int:
        """How many bytes have been written."""
        try:
            return os.stat(self._path(blob)).st_size  # noqa: PTH116 - on the path of every upload
        except FileNotFoundError:
            return 0

    def append_from(self, blob: str, position: int) -> BinaryIO:
        """The blob open for writing at a position; made if need be, and cut there."""
        descriptor = os.open(self._path(blob), os.O_WRONLY | os.O_CREAT, 0o644)
        os.ftruncate(descriptor, position)
        stream = os.fdopen(descriptor, "wb")
        stream.seek(position)
        return stream

    def truncate(self, blob: str, size: int) -> None:
        """Forget what comes after `size`."""
        os.truncate(self._path(blob), size)

    def read(self, blob: str, span: Span) -> Iterator[bytes]:
        """The bytes of a span, piece by piece; complete even if the object is deleted meanwhile."""
        # Opened before the first piece is asked for: from here on a deletion cannot touch it.
        return _pieces(open(self._path(blob), "rb", buffering=0), span)  # noqa: PTH123

    def read_all(self, blob: str) -> Iterator[bytes]:
        """Every byte, piece by piece."""
        return self.read(blob, Span(0, self.size(blob)))

    def digest(self, blob: str) -> Content:
        """The checksums of what is on disk."""
        digest, size = Digest(), 0
        for piece in self.read_all(blob):
            digest.update(piece)
            size += len(piece)
        return Content(blob, size, digest.crc32c(), digest.md5())

    def copy(self, blob: str) -> str:
        """The same bytes under a new id, without reading them where the file system has links."""
        copy = new_id()
        try:
            os.link(self._path(blob), self._path(copy))
        except OSError:
            shutil.copyfile(self._path(blob), self._path(copy))
        return copy

    def remove(self, blob: str) -> None:
        """Give the space back; what is being read can be read to its end."""
        Path(self._path(blob)).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Every blob there is, finished or not."""
        for fan in _FANS:
            yield from os.listdir(f"{self._folder}/{fan}")  # noqa: PTH208 - names, not paths

    def _path(self, blob: str) -> str:
        return f"{self._folder}/{blob[:2]}/{blob}"


class NewBlob:
    """A blob on its way to the disk."""

    def __init__(self, blob: str, stream: BinaryIO) -> None:
        self._blob = blob
        self._stream = stream
        self._digest = Digest()
        self._size = 0

    @property
    def blob(self) -> str:
        return self._blob

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self._size += len(data)

    def write_all(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.write(piece)

    def close(self) -> None:
        self._stream.close()

    def content(self) -> Content:
        """What was written, now complete."""
        self._stream.close()
        return Content(self._blob, self._size, self._digest.crc32c(), self._digest.md5())


def new_id() -> str:
    """An id that no other blob or upload has."""
    return secrets.token_hex(16)


def _pieces(stream: BinaryIO, span: Span) -> Iterator[bytes]:
    with closing(stream):
        stream.seek(span.start)
        left = span.end - span.start
        while left:
            piece = stream.read(min(PIECE, left))
            if not piece:
                raise EOFError(f"{stream.name} ends {left} bytes early")
            left -= len(piece)
            yield piece
