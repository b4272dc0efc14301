"""A deleted job is known within a second, at one look a second."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dropcast.jobs import names
from dropcast.ports import TryLater
from dropcast.stages.withdrawal_looks import INTERVAL, MOST_JOBS, WithdrawalLooks
from fakes import MemoryObjectStore


class Watched:
    """Looks at jobs by a clock that the test turns; counts what that reads."""

    def __init__(self):
        self.jobs, self.now = MemoryObjectStore(), 100.0
        self.looks = WithdrawalLooks(lambda: self.now)

    def says(self, job="job"):
        return self.looks.is_withdrawn(job, self.jobs)

    def withdraw(self, job="job"):
        self.jobs.create(names.withdrawn(job), b"")

    @property
    def reads(self):
        return self.jobs.operations.count("read")


def test_a_deletion_is_known_at_the_next_look_and_not_before():
    watched = Watched()
    assert not watched.says()
    watched.withdraw()
    watched.now += INTERVAL / 2
    assert not watched.says()
    watched.now += INTERVAL / 2
    assert watched.says()
    assert watched.reads == 2


def test_deleted_is_deleted_without_another_look():
    watched = Watched()
    watched.withdraw()
    assert watched.says()
    watched.now += 1000
    assert watched.says()
    assert watched.reads == 1


def test_each_job_is_looked_at_by_itself():
    watched = Watched()
    watched.withdraw("other")
    assert (watched.says("job"), watched.says("other")) == (False, True)


def test_a_look_that_failed_was_none():
    watched = Watched()
    watched.jobs.fault = later
    with pytest.raises(TryLater):
        watched.says()
    watched.jobs.fault = lambda _: None
    watched.withdraw()
    assert watched.says()


def later(_):
    raise TryLater("storage is out of reach")


def test_many_at_once_share_one_look_and_all_know_what_it_found():
    watched, together = Watched(), threading.Barrier(16)
    watched.withdraw()
    watched.jobs.fault = lambda _: threading.Event().wait(0.05)  # a look that takes a moment, as real ones do

    def ask(_):
        together.wait(5)
        return watched.says()

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(16)))
    assert watched.reads == 1


def test_a_look_at_one_job_holds_up_no_other():
    watched, begun, go_on = Watched(), threading.Event(), threading.Event()

    def slowly(_):
        watched.jobs.fault = lambda _: None
        begun.set()
        go_on.wait(5)

    watched.jobs.fault = slowly
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(watched.says, "slow")
        begun.wait(5)
        assert not watched.says("quick")
        assert not slow.done()
        go_on.set()
        assert not slow.result(5)


def test_no_more_jobs_are_remembered_than_fit_and_those_longest_unasked_are_forgotten():
    watched = Watched()
    for number in range(MOST_JOBS):
        watched.says(f"job-{number}")
    watched.says("job-0")
    watched.says("one more")
    reads = watched.reads
    watched.says("job-0")
    assert watched.reads == reads
    watched.says("job-1")
    assert watched.reads == reads + 1
