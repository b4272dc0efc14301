"""What an instance needs is built once, however many requests a cold start meets."""

import threading
from concurrent.futures import ThreadPoolExecutor

from dropcast import wiring
from dropcast.wiring import once


def test_a_hundred_threads_that_need_a_thing_at_once_get_the_same_one():
    built, together = [], threading.Barrier(100)

    @once
    def thing():
        built.append(object())
        threading.Event().wait(0.05)  # a client takes its time
        return built[-1]

    def need(_):
        together.wait(10)
        return thing()

    with ThreadPoolExecutor(100) as threads:
        things = set(threads.map(need, range(100)))
    assert things == set(built)
    assert len(built) == 1


def test_a_thing_is_built_for_each_name_and_may_need_another():
    @once
    def named(name):
        return [name, *(named("inner") if name == "outer" else [])]

    assert named("outer") == ["outer", "inner"]
    assert named("outer") is named("outer")
    assert named("inner") is not named("outer")


def test_recordings_are_opened_by_one_gateway_that_counts_its_decoders():
    assert wiring.media() is wiring.media()
