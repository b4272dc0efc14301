"""How many requests a key may make: counted by each instance for itself."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock

from dropcast.batchapi.errors import too_many_requests

WINDOW = 10.0  # seconds (contract, section 2)


class Throttle:
    """Lets so many requests of a name pass in any ten seconds. Those refused do not count.

    `clock` tells seconds that never go back. Several instances let as many times more pass.
    """

    def __init__(self, requests: int, clock: Callable[[], float]) -> None:
        self._requests = requests
        self._clock = clock
        self._passed: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def count(self, name: str) -> None:
        """Let a request pass. Raises Refused."""
        with self._lock:
            now, passed = self._clock(), self._passed[name]
            while passed and passed[0] <= now - WINDOW:
                passed.popleft()
            if len(passed) >= self._requests:
                raise too_many_requests(max(1, math.ceil(passed[0] + WINDOW - now)))
            passed.append(now)
