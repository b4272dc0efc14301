"""Requests per minute, for each family of voices by itself."""

from collections import defaultdict, deque

WINDOW_SECONDS = 60.0


class Quota:
    """Allows so many requests in any sixty seconds; without a number, all."""

    def __init__(self, requests_per_minute: int | None) -> None:
        self._limit = requests_per_minute
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, family: str, now: float) -> bool:
        """Whether this request is within the quota; if so it counts."""
        if self._limit is None:
            return True
        taken = self._taken[family]
        while taken and taken[0] <= now - WINDOW_SECONDS:
            taken.popleft()
        if len(taken) >= self._limit:
            return False
        taken.append(now)
        return True
