"""The local stack as a context: it heals, it is alone, it remembers what it should, and it leaves nothing."""

import json
import os
import signal
import threading
import time

import psutil
import pytest

from dropcast_local.children import Child, ChildFailed
from dropcast_local.events import Event
from dropcast_local.place import local_place
from dropcast_local.stack import Stack, StackSettings
from dropcast_local.storage.index import names_at_rest

PATIENCE = 40  # seconds
LINES = 40


def script(lines):
    return json.dumps(
        [{"speaker": "AB"[index % 2], "line": f"This is line {index}."} for index in range(lines)]
    )


def wait_until(holds):
    deadline, never = time.monotonic() + PATIENCE, threading.Event()
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to pass"
        never.wait(0.05)
    return found


def drop(place, name, text):
    place.uploads.blob(name).upload_from_string(text, content_type="application/json")


def report_of(place, stem):
    blob = wait_until(lambda: place.episodes.get_blob(f"{stem}.report.json"))
    return json.loads(blob.download_as_bytes())


@pytest.fixture
def slow():
    settings = StackSettings(engine="tone", delay_ms=200, threads=8)
    with Stack(settings) as stack:
        yield stack


# The functions and speech are killed in test_faults.py, amid worse.
@pytest.mark.parametrize("victim", ["pubsub", "storage"])
def test_a_process_killed_in_mid_job_is_replaced_and_the_job_ends_well(slow, victim):
    place = local_place(slow.endpoints.storage)
    drop(place, "talk.json", script(LINES))
    wait_until(lambda: len(list(place.names("outcomes/"))) >= 5)
    killed = slow.processes[victim]
    os.kill(killed, signal.SIGKILL)
    report = report_of(place, "talk")
    assert report["status"] == "succeeded"
    assert [line["state"] for line in report["lines"]] == ["spoken"] * LINES
    assert slow.processes[victim] != killed


def test_nothing_is_left_of_a_stack_that_was_stopped():
    with Stack(StackSettings(engine="tone")) as stack:
        processes = [psutil.Process(number) for number in stack.processes.values()]
        processes += [child for process in processes for child in process.children(recursive=True)]
        data = stack.data
    assert len(processes) >= 5
    assert not psutil.wait_procs(processes, timeout=5)[1]
    assert not data.exists()


def test_two_stacks_run_side_by_side_and_know_nothing_of_each_other():
    with Stack(StackSettings(engine="tone")) as one, Stack(StackSettings(engine="tone")) as other:
        places = [local_place(stack.endpoints.storage) for stack in (one, other)]
        drop(places[0], "one.json", script(2))
        drop(places[1], "other.json", script(3))
        reports = [report_of(places[0], "one"), report_of(places[1], "other")]
        assert [len(report["lines"]) for report in reports] == [2, 3]
        assert places[0].uploads.get_blob("other.json") is None


def test_a_stack_over_the_same_folder_remembers_its_objects_and_still_renders(tmp_path):
    settings = StackSettings(engine="tone", data=tmp_path)
    with Stack(settings) as stack:
        place = local_place(stack.endpoints.storage)
        drop(place, "first.json", script(2))
        report_of(place, "first")
    with Stack(settings) as stack:
        place = local_place(stack.endpoints.storage)
        assert report_of(place, "first")["status"] == "succeeded"
        drop(place, "second.json", script(2))
        report = report_of(place, "second")
        assert [line["cached"] for line in report["lines"]] == [True, True]
    assert len(names_at_rest(tmp_path / "storage" / "index.sqlite", "jobs", "clips/")) == 2


def test_each_function_can_have_a_process_of_its_own_as_in_the_cloud():
    with Stack(StackSettings(engine="tone", processes=True)) as stack:
        assert {"dispatch", "synthesize", "finalize", "bury"} <= stack.processes.keys()
        place = local_place(stack.endpoints.storage)
        drop(place, "talk.json", script(2))
        assert report_of(place, "talk")["status"] == "succeeded"


def test_what_the_functions_log_is_told_as_events_of_their_job():
    events: list[Event] = []
    with Stack(StackSettings(engine="tone"), events.append) as stack:
        place = local_place(stack.endpoints.storage)
        drop(place, "talk.json", script(2))
        job = report_of(place, "talk")["job"]
        wait_until(lambda: any(event.message == "succeeded" for event in events))
    told = [event.message for event in events if event.job == job]
    assert told[0] == "planned"
    assert sorted(told[1:-1]) == ["gathered", "rendered", "spoken", "spoken"]
    assert {event.line for event in events if event.message == "spoken"} == {0, 1}


def test_only_the_ports_of_a_range_are_used():
    first = 20_000 + os.getpid() % 20_000
    with Stack(StackSettings(engine="tone", ports=f"{first}-{first + 40}")) as stack:
        addresses = [stack.endpoints.storage, stack.endpoints.pubsub, stack.endpoints.speech]
        ports = [int(address.rpartition(":")[2]) for address in addresses]
    assert all(first <= port <= first + 40 for port in ports)


def test_a_process_that_does_not_start_is_told_with_its_last_words():
    child = Child("speech", "dropcast_local.speech", ["--engine", "kazoo"], os.environ, [], lambda _: None)
    child.start()
    with pytest.raises(ChildFailed, match="invalid choice: 'kazoo'"):
        child.facts()
    child.tell_to_end()
    child.join()


def test_a_process_that_says_it_can_do_nothing_more_is_broken(tmp_path):
    lines = ('{"endpoint": "http://127.0.0.1:1"}', '{"severity": "CRITICAL", "message": "no room"}')
    (tmp_path / "ruined.py").write_text(f"print(*{lines!r}, sep='\\n', flush=True); input()")
    child = Child("storage", "ruined", [], os.environ | {"PYTHONPATH": str(tmp_path)}, [], lambda _: None)
    child.start()
    wait_until(lambda: child.failure)
    child.tell_to_end()
    child.join()
    assert child.failure == "storage: no room"
