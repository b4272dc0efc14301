"""A job is rendered by one at a time, and whoever comes second is never told that it is done."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dropcast.ports import TryLater
from dropcast.stages.in_flight import InFlight


def test_the_second_waits_for_the_first():
    in_flight, order, inside = InFlight(), [], threading.Event()

    def first():
        with in_flight.alone("job"):
            inside.set()
            order.append("first in")
            threading.Event().wait(0.1)
            order.append("first out")

    def second():
        inside.wait(5)
        with in_flight.alone("job"):
            order.append("second in")

    with ThreadPoolExecutor(2) as threads:
        [each.result() for each in [threads.submit(first), threads.submit(second)]]
    assert order == ["first in", "first out", "second in"]


def test_whoever_has_waited_long_is_told_to_come_again():
    in_flight = InFlight(patience=0.01)
    with in_flight.alone("job"), pytest.raises(TryLater, match="job"), in_flight.alone("job"):
        pass


def test_jobs_do_not_wait_for_each_other():
    in_flight = InFlight(patience=0)
    with in_flight.alone("one"), in_flight.alone("two"):
        pass


def test_a_job_whose_rendering_failed_is_free_again():
    in_flight = InFlight(patience=0)
    with pytest.raises(OSError, match="storage"), in_flight.alone("one"):
        raise OSError("storage")
    with in_flight.alone("one"):
        pass
