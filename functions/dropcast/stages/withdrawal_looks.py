"""Whether a job was deleted, looked up no more often than it takes to stop its spending soon."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from dropcast.ports import ObjectStore
from dropcast.stages.withdrawal import is_withdrawn

INTERVAL = 1.0  # seconds: what is bought meanwhile for a deleted job is little, and each look is billed
MOST_JOBS = 1000  # remembered at once; of one that is forgotten there is a look more


@dataclass(slots=True)
class _Look:
    """The last look at a job: when it began, and whether it found the job withdrawn."""

    lock: Lock = field(default_factory=Lock)
    began: float = float("-inf")
    found: bool = False


class WithdrawalLooks:
    """What this process has seen lately of which jobs were deleted."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._looks: dict[str, _Look] = {}

    def is_withdrawn(self, job: str, jobs: ObjectStore) -> bool:
        """Say whether a job was deleted, as it was a second ago at the most. Raises TryLater.

        Whoever comes while somebody looks waits for the answer. Once deleted is deleted for ever.
        """
        look = self._last_look(job)
        with look.lock:
            now = self._clock()
            if not look.found and now - look.began >= INTERVAL:
                look.found = is_withdrawn(job, jobs)
                look.began = now
            return look.found

    def _last_look(self, job: str) -> _Look:
        with self._lock:
            look = self._looks[job] = self._looks.pop(job) if job in self._looks else _Look()
            if len(self._looks) > MOST_JOBS:
                del self._looks[next(iter(self._looks))]
            return look
