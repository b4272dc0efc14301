"""Which jobs this process is rendering, so that it does not render one twice at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from dropcast.ports import TryLater


class InFlight:
    """The jobs that deliveries of this process are at work on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: set[str] = set()

    @contextmanager
    def alone(self, job: str) -> Iterator[None]:
        """Be the only one at work on a job. Raises TryLater while another is.

        Never a silent success: the other one may fail, and what it was delivered for may be acknowledged
        already, by a copy of its message somewhere else.
        """
        with self._lock:
            if job in self._jobs:
                raise TryLater(f"{job} is being rendered")
            self._jobs.add(job)
        try:
            yield
        finally:
            with self._lock:
                self._jobs.discard(job)
