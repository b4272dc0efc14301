"""What this process is working on, so that it does not do the same thing twice at once.

A delivery may leave something to another that is under way in the same process: that one's message is not
acknowledged yet, so it will do it, or, should it fail or die, be delivered again and do it then, or be
buried. Nothing depends on what is remembered here; two processes merely repeat a little work, harmlessly.
"""

from collections import Counter
from collections.abc import Hashable
from threading import Lock


class InFlight:
    """How many deliveries are at work on each thing (a block, a job) in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work: Counter[Hashable] = Counter()

    def enter(self, thing: Hashable) -> bool:
        """Say whether this is the first one in."""
        with self._lock:
            self._at_work[thing] += 1
            return self._at_work[thing] == 1

    def leave(self, thing: Hashable) -> bool:
        """Say whether this was the last one out."""
        with self._lock:
            self._at_work[thing] -= 1
            last = not self._at_work[thing]
            if last:
                del self._at_work[thing]
            return last
