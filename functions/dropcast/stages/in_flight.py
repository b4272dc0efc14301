"""What this process is at work on, so that it does nothing twice at once, nor too much at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Semaphore

from dropcast.ports import TryLater

PATIENCE = 60  # seconds; most work is done by then
PATIENCE_FOR_A_PLACE = 300  # seconds: ten hours of audio are a minute of encoding, and Pub/Sub waits for ten


class InFlight:
    """The work that deliveries of this process are doing, and how much heavy work may be done at once."""

    def __init__(
        self, patience: float = PATIENCE, for_a_place: float = PATIENCE_FOR_A_PLACE, places: int = 0
    ) -> None:
        self._patience, self._for_a_place = patience, for_a_place
        self._changed = Condition()
        self._work: set[str] = set()
        # A part is some 50 MB while it is rendered: no more of them at once than there are processors.
        self._places = Semaphore(places or os.cpu_count() or 1)

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Wait to be the only one at this work. Raises TryLater if another one takes long.

        Never a silent success: the other one may fail, and what it was delivered for may be acknowledged
        already, by a copy of its message somewhere else.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: work not in self._work, self._patience):
                raise TryLater(f"{work} is under way")
            self._work.add(work)
        try:
            yield
        finally:
            with self._changed:
                self._work.discard(work)
                self._changed.notify_all()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for a place to do heavy work. Raises TryLater if none becomes free."""
        if not self._places.acquire(timeout=self._for_a_place):
            raise TryLater("too much is being rendered here")
        try:
            yield
        finally:
            self._places.release()
