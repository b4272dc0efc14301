"""Nobody is let go before a look that began after their own work; and few looks are taken."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dropcast.jobs.blocks import Block
from dropcast.stages.shared_look import SharedLook

BLOCK = Block("job", 0, 32)


class Room:
    """What was done, and for each look what it could see."""

    def __init__(self, patience):
        self.looks, self.lock = SharedLook(patience), threading.Lock()
        self.done, self.seen = set(), []

    def deliver(self, number, meet=lambda: None, look=lambda: None):
        def work():
            meet()
            with self.lock:
                self.done.add(number)

        def see():
            with self.lock:
                seen = set(self.done)
            look()
            self.seen.append(seen)

        self.looks.after(BLOCK, work, see)
        assert any(number in seen for seen in self.seen), "let go, and nobody has looked since"


def all_at_once(room, many):
    together = threading.Barrier(many)
    with ThreadPoolExecutor(many) as threads:
        list(threads.map(lambda number: room.deliver(number, lambda: together.wait(5)), range(many)))


@pytest.mark.parametrize("patience", [0, 0.05, 5])
def test_everybody_is_looked_at_before_they_are_let_go(patience):
    room = Room(patience)
    all_at_once(room, 16)
    assert set(range(16)) in room.seen


def test_many_at_once_share_a_few_looks():
    room = Room(patience=5)
    all_at_once(room, 32)
    assert len(room.seen) <= 4


def test_a_look_under_way_does_not_serve_whoever_comes_after_it_began():
    room, begun, go_on = Room(patience=0), threading.Event(), threading.Event()

    def slow_look():
        begun.set()
        go_on.wait(5)

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(room.deliver, 1, look=slow_look)
        begun.wait(5)
        room.deliver(2)
        go_on.set()
        first.result(5)
    assert {1, 2} in room.seen


def test_one_alone_looks_at_once():
    room = Room(patience=3600)
    room.deliver(1)
    assert room.seen == [{1}]


def test_work_that_failed_is_not_looked_after_and_keeps_nobody_waiting():
    room = Room(patience=3600)

    def fails():
        raise OSError("speech")

    with pytest.raises(OSError, match="speech"):
        room.looks.after(BLOCK, fails, lambda: None)
    room.deliver(1)
    assert room.seen == [{1}]


def test_a_block_that_is_done_leaves_nothing_behind():
    room = Room(patience=0)
    room.deliver(1)
    assert room.looks._blocks == {}
