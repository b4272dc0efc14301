"""Jobs seen from outside: begun by an upload, followed by the names that appear, over with a report."""

import hashlib
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from google.cloud.storage import Blob
from google.cloud.storage.retry import DEFAULT_RETRY

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.identity import Upload
from dropcast.ports import ObjectMissing, TryLater
from dropcast.publishing.layout import Layout
from dropcast.stages.joining import missing_parts
from dropcast.stages.settling import read_layout
from dropcast_local.episode import report_name
from dropcast_local.place import PATIENCE, Place, told_plainly
from dropcast_local.submission import Submission

SHORTEST_PAUSE, LONGEST_PAUSE, GROWTH = 0.1, 1.0, 1.15  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Job:
    """A script that was dropped. `line_sizes` are the utterances of each line, empty where not known here."""

    submission: Submission
    upload: Upload
    line_sizes: tuple[int, ...]


def begin(
    submission: Submission,
    line_sizes: tuple[int, ...],
    place: Place,
    *,
    force: bool,
    not_before: datetime | None = None,
) -> Job:
    """Drop a script; or, unless that is forced, find the unfinished job of the same content.

    One that was dropped before a moment, when a recording of it was another one, is not taken up again.
    """
    with told_plainly():
        blob = None if force else _unfinished(submission, place, not_before)
        blob = blob or _upload(submission, place)
    upload = Upload(place.uploads.name, submission.name, int(blob.generation))
    return Job(submission, upload, line_sizes)


def _unfinished(submission: Submission, place: Place, not_before: datetime | None) -> Blob | None:
    blob = place.uploads.get_blob(submission.name, **PATIENCE)
    if blob is None or blob.md5_hash != _md5(submission.content):
        return None
    if not_before and blob.time_created < not_before:
        return None
    if place.reported_generation(report_name(submission.stem)) >= int(blob.generation):
        return None
    return blob


def _upload(submission: Submission, place: Place) -> Blob:
    blob = place.uploads.blob(submission.name)
    # Tried again where only the answer was lost, it is a second generation: a second job, of the same clips.
    blob.upload_from_string(
        submission.content, content_type="application/json", retry=DEFAULT_RETRY.with_timeout(60), **PATIENCE
    )
    return blob


def _md5(content: bytes) -> str:
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


class Watch:
    """How far one job is, brought up to date by looking."""

    def __init__(self, job: Job, place: Place) -> None:
        self.job = job
        self.over = False
        self._place = place
        self._spoken: set[int] = set()  # utterances with an outcome, beyond the first of them without
        self._first_missing = 0
        self._layout: Layout | None = None
        self._parts_done = 0

    @property
    def lines(self) -> int:
        """How many lines the script has; 0 where that is not known."""
        return len(self.job.line_sizes)

    @property
    def lines_done(self) -> int:
        """How many lines have all their outcomes."""
        done, start = 0, 0
        for size in self.job.line_sizes:
            done += all(self._is_done(index) for index in range(start, start + size))
            start += size
        return done

    @property
    def is_spoken(self) -> bool:
        """Whether no line is waited for any more, as far as that is known here."""
        return self.over or self._first_missing >= sum(self.job.line_sizes)

    @property
    def parts(self) -> int:
        """How many parts the episode is rendered in; 0 until that is settled."""
        return len(self._layout.parts) if self._layout else 0

    @property
    def parts_done(self) -> int:
        """How many of them are."""
        return self.parts if self.over else self._parts_done

    def look(self) -> bool:
        """See what is new; say whether anything is. Storage out of order for a moment shows nothing new."""
        before = self._seen()
        try:
            self._list_outcomes()
            if self.is_spoken:
                self._list_parts()
            reported = self._place.reported_generation(report_name(self.job.submission.stem))
        except TryLater:
            return False
        self.over = reported >= self.job.upload.generation
        return self.over or before != self._seen()

    def _seen(self) -> tuple[int, int, int, int]:
        return self._first_missing, len(self._spoken), self.parts, self._parts_done

    def _is_done(self, utterance: int) -> bool:
        return self.over or utterance < self._first_missing or utterance in self._spoken

    def _list_outcomes(self) -> None:
        """List from the first outcome that was missing: ten thousand lines are not listed at every look."""
        job, total = self.job.upload.job, sum(self.job.line_sizes)
        first = Block(job, self._first_missing // BLOCK_SIZE, total)
        everything = names.outcomes(first).removesuffix(f"{first.index:06}/")
        listed = self._place.names(everything, names.outcome(first, self._first_missing))
        self._spoken.update(int(PurePosixPath(name).stem) for name in listed)
        while self._first_missing in self._spoken:
            self._spoken.remove(self._first_missing)
            self._first_missing += 1

    def _list_parts(self) -> None:
        jobs, job = self._place.job_files, self.job.upload.job
        if jobs is None:
            return
        try:
            self._layout = self._layout or read_layout(job, jobs)
        except ObjectMissing:
            return
        self._parts_done = self.parts - len(missing_parts(self._layout, jobs.sizes(names.parts(job))))


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why jobs are no longer waited for."""

    reason: str


def follow(
    watches: Sequence[Watch],
    when_changed: Callable[[], None],
    when_over: Callable[[Watch], None],
    broken: Callable[[], str | None],
    timeout: float,
) -> Standstill | None:
    """Look at jobs until all are over; give up when for `timeout` seconds nothing has changed."""
    running, pause, changed_at = list(watches), SHORTEST_PAUSE, time.monotonic()
    never = threading.Event()
    while running:
        if sum(watch.look() for watch in running):  # every one is looked at, also after one has changed
            changed_at = time.monotonic()
            when_changed()
        for watch in [watch for watch in running if watch.over]:
            running.remove(watch)
            when_over(watch)
        if running and (reason := broken() or _overdue(changed_at, timeout)):
            return Standstill(reason)
        if running:
            never.wait(pause)
            pause = min(GROWTH * pause, LONGEST_PAUSE)
    return None


def _overdue(changed_at: float, timeout: float) -> str | None:
    if time.monotonic() - changed_at <= timeout:
        return None
    return f"nothing has changed for {timeout:g} second{'' if timeout == 1 else 's'}"
