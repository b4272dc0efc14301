"""Which jobs this process is rendering, so that it does not render one twice at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from dropcast.ports import TryLater

PATIENCE = 60  # seconds; most episodes are rendered by then


class InFlight:
    """The jobs that deliveries of this process are at work on."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = Condition()
        self._jobs: set[str] = set()

    @contextmanager
    def alone(self, job: str) -> Iterator[None]:
        """Wait to be the only one at work on a job. Raises TryLater if another one takes long.

        Never a silent success: the other one may fail, and what it was delivered for may be acknowledged
        already, by a copy of its message somewhere else.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: job not in self._jobs, self._patience):
                raise TryLater(f"{job} is being rendered")
            self._jobs.add(job)
        try:
            yield
        finally:
            with self._changed:
                self._jobs.discard(job)
                self._changed.notify_all()
