"""One look at a block serves everybody who created an outcome before it began: a group commit.

Whoever creates an outcome must not be acknowledged before somebody has looked, after that, whether the block
is full: any delivery may be the last that ever comes. But while others of the same process are at work on the
block, one look can serve them all. So each waits a moment for a look that begins after its own outcome, and
looks itself where none comes. Nothing is left to a delivery that might die: who waits is not acknowledged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from time import monotonic

from dropcast.jobs.blocks import Block

PATIENCE = 0.2  # seconds that a delivery waits for another one's look: a tenth of what speaking a line takes


@dataclass(slots=True)
class _Looks:
    """The looks at one block, numbered from 1: how many began, which is under way, which succeeded last."""

    deliveries: int = 0
    at_work: int = 0
    begun: int = 0
    under_way: int = 0
    succeeded: int = 0


class SharedLook:
    """The deliveries of this process that are at work on each block, and their looks at it."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = Condition()
        self._blocks: dict[Block, _Looks] = {}

    def after(self, block: Block, work: Callable[[], None], look: Callable[[], None]) -> None:
        """Do the work, then return only after a look that began after it. Raises what work or look raises."""
        with self._changed:
            looks = self._blocks.setdefault(block, _Looks())
            looks.deliveries += 1
            looks.at_work += 1
        try:
            self._work(looks, work)
            if (number := self._begin(looks)) is not None:
                self._look(looks, number, look)
        finally:
            with self._changed:
                looks.deliveries -= 1
                if not looks.deliveries:
                    del self._blocks[block]

    def _work(self, looks: _Looks, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._changed:
                looks.at_work -= 1
                self._changed.notify_all()

    def _begin(self, looks: _Looks) -> int | None:
        """Return the number of a look to take oneself, or None once another one's has served."""
        with self._changed:
            wanted, end = looks.begun + 1, monotonic() + self._patience
            while looks.succeeded < wanted:
                left = end - monotonic()
                if looks.under_way >= wanted:
                    self._changed.wait()
                elif looks.at_work and left > 0:
                    self._changed.wait(left)
                else:
                    looks.begun += 1
                    looks.under_way = looks.begun
                    return looks.begun
            return None

    def _look(self, looks: _Looks, number: int, look: Callable[[], None]) -> None:
        try:
            look()
        except BaseException:
            self._end(looks, number, looks.succeeded)
            raise
        self._end(looks, number, number)

    def _end(self, looks: _Looks, number: int, succeeded: int) -> None:
        with self._changed:
            looks.succeeded = max(looks.succeeded, succeeded)
            if looks.under_way == number:
                looks.under_way = 0
            self._changed.notify_all()
