"""What exists, in one SQLite file: the truth that survives a killed process.

Everything here is synchronous and quick. The server calls it from its one event loop and never awaits between
a look and the write that relies on it; that, and nothing else, makes preconditions atomic.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dropcast_local.storage.resources import JSON, Bucket, StoredObject

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS buckets (
  name TEXT PRIMARY KEY, generation INTEGER, metageneration INTEGER, updated INTEGER, attributes TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
  bucket TEXT, name TEXT, generation INTEGER, metageneration INTEGER, updated INTEGER, size INTEGER,
  blob TEXT, crc32c TEXT, md5 TEXT, components INTEGER, attributes TEXT, PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, started INTEGER, bucket TEXT, name TEXT, blob TEXT, total INTEGER,
  metadata TEXT, conditions TEXT, outcome TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notifications (
  bucket TEXT, id INTEGER, topic TEXT, resource TEXT, PRIMARY KEY (bucket, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, topic TEXT, attributes TEXT, data BLOB);
CREATE INDEX IF NOT EXISTS outbox_by_topic ON outbox (topic, id);
"""
_UPLOAD_LIFETIME: Final = 7 * 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A resumable upload: what it will become, and once it is over, the resource it became."""

    id: str
    started: int
    bucket: str
    name: str
    blob: str
    total: int | None
    metadata: JSON
    conditions: dict[str, str]
    outcome: JSON | None


@dataclass(frozen=True, slots=True)
class Notification:
    """That a bucket's events go to a topic."""

    bucket: str
    id: int
    topic: str
    resource: JSON


@dataclass(frozen=True, slots=True)
class Event:
    """A message on its way to a topic; without an id it is not written down yet."""

    topic: str
    attributes: dict[str, str]
    data: bytes
    id: int | None = None


class FolderInUse(Exception):
    """Another process has the data folder open."""


def names_at_rest(file: Path, bucket: str, prefix: str) -> frozenset[str]:
    """Read which objects of a bucket begin with prefix, writing nothing. Raises FolderInUse."""
    # A folder that cannot be written to cannot be locked either, and nobody else writes to it.
    mode = "mode=ro" if os.access(file.parent, os.W_OK) else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?{mode}", uri=True, timeout=0.2)) as index:
            query = "SELECT name FROM objects WHERE bucket=? AND substr(name, 1, ?)=?"
            return frozenset(name for (name,) in index.execute(query, (bucket, len(prefix), prefix)))
    except sqlite3.OperationalError as error:
        raise FolderInUse(f"{file.parent} is in use by another process ({error})") from error


class Index:
    """The index of a data folder, which only one process can have open."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=0.2)
        try:
            # A killed process loses nothing that reached the operating system; only that is promised.
            for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=OFF"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise FolderInUse(f"{file.parent} is in use by another process ({error})") from error
        self._last: int
        (self._last,) = self._connection.execute(
            "SELECT coalesce(max(generation), 0) FROM objects"
        ).fetchone()

    def close(self) -> None:
        self._connection.close()

    def tick(self) -> int:
        """The time in microseconds; never the same twice, never backwards."""
        self._last = max(time.time_ns() // 1000, self._last + 1)
        return self._last

    # Buckets

    def bucket(self, name: str) -> Bucket | None:
        row = self._connection.execute("SELECT * FROM buckets WHERE name=?", (name,)).fetchone()
        return None if row is None else _bucket(row)

    def buckets(self, start: str, end: str, limit: int) -> list[Bucket]:
        """Buckets in the order of their names, from `start` and before `end`."""
        rows = self._connection.execute(
            "SELECT * FROM buckets WHERE name>=? AND name<? ORDER BY name LIMIT ?", (start, end, limit)
        )
        return [_bucket(row) for row in rows]

    def put_bucket(self, bucket: Bucket) -> None:
        self._connection.execute(
            "REPLACE INTO buckets VALUES (?,?,?,?,?)",
            (bucket.name, bucket.generation, bucket.metageneration, bucket.updated, _text(bucket.attributes)),
        )

    def remove_bucket(self, name: str) -> None:
        with self._transaction():
            self._connection.execute("DELETE FROM notifications WHERE bucket=?", (name,))
            self._connection.execute("DELETE FROM buckets WHERE name=?", (name,))

    # Objects

    def object(self, bucket: str, name: str) -> StoredObject | None:
        row = self._connection.execute(
            "SELECT * FROM objects WHERE bucket=? AND name=?", (bucket, name)
        ).fetchone()
        return None if row is None else _object(row)

    def objects(self, bucket: str, start: str, end: str, limit: int) -> Iterator[StoredObject]:
        """Objects in the order of their names' UTF-8, from `start` and before `end`."""
        rows = self._connection.execute(
            "SELECT * FROM objects WHERE bucket=? AND name>=? AND name<? ORDER BY name LIMIT ?",
            (bucket, start, end, limit),
        )
        return map(_object, rows)

    def put_object(
        self, stored: StoredObject, events: Sequence[Event] = (), upload: tuple[str, JSON] | None = None
    ) -> None:
        """Make the object the live one of its name, and with it its events and the end of its upload."""
        row = (
            stored.bucket, stored.name, stored.generation, stored.metageneration, stored.updated, stored.size,
            stored.blob, stored.crc32c, stored.md5, stored.components, _text(stored.attributes),
        )  # fmt: skip
        with self._transaction():
            self._connection.execute("REPLACE INTO objects VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
            for event in events:
                self._connection.execute(
                    "INSERT INTO outbox (topic, attributes, data) VALUES (?,?,?)",
                    (event.topic, _text(event.attributes), event.data),
                )
            if upload is not None:
                finished, outcome = upload
                self._connection.execute(
                    "UPDATE uploads SET blob='', outcome=? WHERE id=?", (_text(outcome), finished)
                )

    def remove_object(self, stored: StoredObject) -> None:
        self._connection.execute(
            "DELETE FROM objects WHERE bucket=? AND name=?", (stored.bucket, stored.name)
        )

    # Resumable uploads

    def upload(self, upload: str) -> Upload | None:
        row = self._connection.execute("SELECT * FROM uploads WHERE id=?", (upload,)).fetchone()
        if row is None:
            return None
        *plain, metadata, conditions, outcome = row
        return Upload(*[*plain, json.loads(metadata), json.loads(conditions), json.loads(outcome)])

    def put_upload(self, upload: Upload) -> None:
        self._connection.execute(
            "INSERT INTO uploads VALUES (?,?,?,?,?,?,?,?,?)",
            (
                upload.id, upload.started, upload.bucket, upload.name, upload.blob, upload.total,
                _text(upload.metadata), _text(upload.conditions), _text(upload.outcome),
            ),
        )  # fmt: skip

    def remove_upload(self, upload: str) -> None:
        self._connection.execute("DELETE FROM uploads WHERE id=?", (upload,))

    # Notifications and their outbox

    def notifications(self, bucket: str) -> list[Notification]:
        rows = self._connection.execute("SELECT * FROM notifications WHERE bucket=? ORDER BY id", (bucket,))
        return [Notification(bucket, number, topic, json.loads(text)) for bucket, number, topic, text in rows]

    def put_notification(self, notification: Notification) -> None:
        self._connection.execute(
            "INSERT INTO notifications VALUES (?,?,?,?)",
            (notification.bucket, notification.id, notification.topic, _text(notification.resource)),
        )

    def remove_notification(self, notification: Notification) -> None:
        self._connection.execute(
            "DELETE FROM notifications WHERE bucket=? AND id=?", (notification.bucket, notification.id)
        )

    def topics_waited_for(self) -> list[str]:
        """The topics that events in the outbox go to."""
        return [topic for (topic,) in self._connection.execute("SELECT DISTINCT topic FROM outbox")]

    def unsent(self, topic: str, limit: int) -> list[Event]:
        """The oldest events that a topic has not taken."""
        rows = self._connection.execute(
            "SELECT topic, attributes, data, id FROM outbox WHERE topic=? ORDER BY id LIMIT ?", (topic, limit)
        )
        return [
            Event(topic, json.loads(attributes), data, number) for topic, attributes, data, number in rows
        ]

    def sent(self, events: Iterable[Event]) -> None:
        """Forget events that their topic has taken."""
        with self._transaction():
            self._connection.executemany("DELETE FROM outbox WHERE id=?", [(event.id,) for event in events])

    # Housekeeping

    def unknown(self, blobs: Iterable[str]) -> list[str]:
        """Those of the blobs that nothing refers to; forgets uploads that were given up a week ago."""
        self._connection.execute("DELETE FROM uploads WHERE started<?", (self.tick() - _UPLOAD_LIFETIME,))
        self._connection.execute("CREATE TEMP TABLE found (blob TEXT PRIMARY KEY) WITHOUT ROWID")
        with self._transaction():
            self._connection.executemany("INSERT INTO found VALUES (?)", ((blob,) for blob in blobs))
        rows = self._connection.execute(
            "SELECT blob FROM found EXCEPT SELECT blob FROM objects EXCEPT SELECT blob FROM uploads"
        ).fetchall()
        self._connection.execute("DROP TABLE found")
        return [blob for (blob,) in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _bucket(row: Sequence[Any]) -> Bucket:
    return Bucket(*_fields(row))


def _object(row: Sequence[Any]) -> StoredObject:
    return StoredObject(*_fields(row))


def _fields(row: Sequence[Any]) -> list[Any]:
    # The columns are the fields, attributes as JSON at the end. SQLite's values have no types.
    return [*row[:-1], json.loads(row[-1])]
