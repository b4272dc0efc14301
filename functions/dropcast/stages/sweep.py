"""On a schedule: remove the batches that have outlived their time, and what the deleted ones left behind.

Then wake the jobs that stand still.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from dropcast.jobs import names
from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.batch.stored_plan import decode_head
from dropcast.jobs.identity import Upload
from dropcast.ports import ManagedStore, ObjectMissing, Stored
from dropcast.scripts.names import BATCHES as OWN
from dropcast.stages.delivery import Destinations
from dropcast.stages.removal import LONGEST_LIFE, remove_everything, withdraw_job
from dropcast.stages.waking import Waker

log = logging.getLogger(__name__)

AT_ONCE = 16  # jobs looked at
BATCHES = names.batch("").removesuffix(".json")
WITHDRAWN = names.withdrawn("")
OPERATIONS = names.operation("", "").split("/", 1)[0] + "/"
SHORTEST_LIFE = timedelta(hours=1)
# Who began before a job was withdrawn may write for as long as a request lasts on Cloud Run (an hour); with a
# sweep every hour two come after that. Messages then live for a week, but nobody makes anything of them.
LATE = timedelta(hours=3)
FORGOTTEN = timedelta(days=8)  # a day more than Pub/Sub keeps messages
OPERATION_FORGOTTEN = timedelta(hours=LONGEST_LIFE) + FORGOTTEN  # no batch of that age is left


@dataclass(frozen=True, slots=True)
class Sweeper:
    """The stores to be swept, at a time. `bucket` names the uploads' bucket."""

    uploads: ManagedStore
    jobs: ManagedStore
    destinations: Destinations
    bucket: str
    now: datetime
    waker: Waker | None = None

    def sweep(self) -> None:
        """Do whatever is due. Whoever stops in the midst of it leaves the rest to the next time."""
        # The jobs first: a request that is not there after its plan was seen has been removed.
        planned = [stored for stored in self.jobs.listing(BATCHES) if self._is_old(stored, SHORTEST_LIFE)]
        with ThreadPoolExecutor(AT_ONCE) as lookers:
            expired = [upload for upload in lookers.map(self._expired, planned) if upload]
        for upload in [*expired, *self._expired_refused()]:
            self._expire(upload)
        self._clear_withdrawn()
        self._forget_operations()
        if self.waker:
            self.waker.wake()

    def _expired(self, planned: Stored) -> Upload | None:
        """Return the upload of a planned batch that is to go."""
        try:
            head = decode_head(self.jobs.read(planned.name))
        except ObjectMissing:
            return None  # deleted meanwhile
        over = self.jobs.about(names.report(head.upload.job))
        if over is None:
            return head.upload if self._is_orphan(head) else None
        life = timedelta(hours=head.wanted.time_to_live_hours)
        return head.upload if self._is_old(over, life) else None

    def _is_orphan(self, head: BatchHead) -> bool:
        """Say whether somebody took a running batch's request out of the API's own folder."""
        if not head.upload.name.startswith(OWN):
            return False
        stored = self.uploads.about(head.upload.name)
        return stored is None or stored.generation != head.upload.generation

    def _expired_refused(self) -> Iterator[Upload]:
        """Yield the uploads of batches that ended without ever being planned."""
        planned = {stored.name for stored in self.jobs.listing(BATCHES)}
        for stored in self.uploads.listing(OWN):
            upload = Upload(self.bucket, stored.name, stored.generation)
            life = timedelta(hours=LONGEST_LIFE)
            if names.batch(upload.job) in planned or not self._is_old(stored, life):
                continue
            over = self.jobs.about(names.report(upload.job))
            if over and self._is_old(over, life):
                yield upload

    def _expire(self, upload: Upload) -> None:
        log.info("swept", extra={"job": upload.job})
        if upload.name.startswith(OWN):
            withdraw_job(upload, self.uploads, self.jobs)
        # Elsewhere it is a file that somebody dropped, which is not ours to remove.
        remove_everything(upload.job, self.jobs, self.destinations)

    def _clear_withdrawn(self) -> None:
        """Clear again what workers wrote that were late, and at last forget the word itself."""
        for word in self.jobs.listing(WITHDRAWN):
            forgotten = self._is_old(word, FORGOTTEN)
            if forgotten or not self._is_old(word, LATE):
                self._finish(word)
            if forgotten:
                self.jobs.remove(word.name, word.generation)

    def _finish(self, word: Stored) -> None:
        """Do the whole of a withdrawal that may have stopped on its way."""
        job = word.name.removeprefix(WITHDRAWN)
        name = self.jobs.read(word.name).decode()
        stored = self.uploads.about(name) if name else None
        if stored and Upload(self.bucket, name, stored.generation).job == job:
            self.uploads.remove(name, stored.generation)
        remove_everything(job, self.jobs, self.destinations)

    def _forget_operations(self) -> None:
        for stored in self.jobs.listing(OPERATIONS):
            if self._is_old(stored, OPERATION_FORGOTTEN):
                self.jobs.remove(stored.name, stored.generation)

    def _is_old(self, stored: Stored, age: timedelta) -> bool:
        return stored.created + age <= self.now
