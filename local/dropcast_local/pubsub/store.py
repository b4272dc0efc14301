"""What must survive: topics, subscriptions and every message not yet acknowledged, in one SQLite file.

Memory holds only what is being delivered. A message stays in its place in the file until it is acknowledged:
handing it out is remembered by how far the subscription has read (`Place`), not written.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, definition BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (
    key INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, definition BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS backlog (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, subscription INTEGER NOT NULL, due INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, message BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_due ON backlog (subscription, due);
"""


class Clock:
    """Microseconds since 1970 that never repeat and never go back, whatever the machine's clock does."""

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        """A later moment than every one told before."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How far a subscription has read its backlog, which is ordered by when messages are due."""

    due: int
    sequence: int


BEGINNING = Place(0, 0)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message in one subscription's backlog."""

    place: Place
    attempts: int
    message: bytes


class Store:
    """One SQLite file: at the path given, or a private temporary one that vanishes with the process."""

    def __init__(self, path: Path | None) -> None:
        # An empty name is SQLite's own temporary file, spilled to disk as it outgrows the page cache
        # and gone even after kill -9.
        self._connection = sqlite3.connect(str(path) if path else "", isolation_level=None)
        # Committed means safe from the death of this process, not from that of the machine.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA journal_mode = WAL" if path else "PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA cache_size = -2000")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Leave the file complete."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside becomes true at once or not at all; an inner transaction joins the outer one."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def topics(self) -> list[bytes]:
        """Every topic's definition."""
        return [row[0] for row in self._connection.execute("SELECT definition FROM topics")]

    def save_topic(self, name: str, definition: bytes) -> None:
        """Keep a new topic."""
        self._connection.execute("INSERT INTO topics VALUES (?, ?)", (name, definition))

    def remove_topic(self, name: str) -> None:
        """Forget a topic."""
        self._connection.execute("DELETE FROM topics WHERE name = ?", (name,))

    def subscriptions(self) -> list[tuple[int, bytes]]:
        """Every subscription's key and definition."""
        return self._connection.execute("SELECT key, definition FROM subscriptions").fetchall()

    def add_subscription(self, name: str, definition: bytes) -> int:
        """Keep a new subscription; its key is never given to another one."""
        cursor = self._connection.execute(
            "INSERT INTO subscriptions (name, definition) VALUES (?, ?)", (name, definition)
        )
        return int(cursor.lastrowid or 0)

    def replace_subscription(self, key: int, definition: bytes) -> None:
        """Keep a subscription's new definition."""
        self._connection.execute("UPDATE subscriptions SET definition = ? WHERE key = ?", (definition, key))

    def remove_subscription(self, key: int) -> None:
        """Forget a subscription with all that waits for it."""
        with self.transaction():
            self._connection.execute("DELETE FROM backlog WHERE subscription = ?", (key,))
            self._connection.execute("DELETE FROM subscriptions WHERE key = ?", (key,))

    def append(self, messages: Iterable[tuple[int, int, bytes]]) -> None:
        """Put messages (subscription key, moment due, message) into backlogs."""
        self._connection.executemany(
            "INSERT INTO backlog (subscription, due, message) VALUES (?, ?, ?)", messages
        )

    def count(self, key: int) -> int:
        """How many messages a subscription has not acknowledged."""
        row = self._connection.execute(
            "SELECT count(*) FROM backlog WHERE subscription = ?", (key,)
        ).fetchone()
        return int(row[0])

    def due(self, key: int, after: Place, now: int, limit: int) -> Iterator[StoredMessage]:
        """The next messages behind a place that are due by now, read as they are asked for."""
        rows = self._connection.execute(
            "SELECT due, sequence, attempts, message FROM backlog"
            " WHERE subscription = ? AND (due, sequence) > (?, ?) AND due <= ?"
            " ORDER BY due, sequence LIMIT ?",
            (key, after.due, after.sequence, now, limit),
        )
        with contextlib.closing(rows):
            for due, sequence, attempts, message in rows:
                yield StoredMessage(Place(due, sequence), attempts, message)

    def next_due(self, key: int, after: Place) -> int | None:
        """When the next message behind a place is due."""
        row = self._connection.execute(
            "SELECT due FROM backlog WHERE subscription = ? AND (due, sequence) > (?, ?)"
            " ORDER BY due, sequence LIMIT 1",
            (key, after.due, after.sequence),
        ).fetchone()
        return None if row is None else int(row[0])

    def message(self, sequence: int) -> bytes:
        """One message that is still in its backlog."""
        row = self._connection.execute(
            "SELECT message FROM backlog WHERE sequence = ?", (sequence,)
        ).fetchone()
        return bytes(row[0])

    def remove(self, sequences: Iterable[int]) -> None:
        """Take acknowledged messages out of their backlogs."""
        self._connection.executemany(
            "DELETE FROM backlog WHERE sequence = ?", ((sequence,) for sequence in sequences)
        )

    def postpone(self, sequence: int, due: int, attempts: int) -> None:
        """Put a message back, due later."""
        self._connection.execute(
            "UPDATE backlog SET due = ?, attempts = ? WHERE sequence = ?", (due, attempts, sequence)
        )
