"""What stands still is woken by what it lacks, no sooner and no more often than it must be."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from dropcast import wiring
from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, decode_outcomes
from dropcast.ports import TryLater
from dropcast.stages import waking
from dropcast.stages.waking import Waker
from fakes import MemoryObjectStore, MemoryTopic
from weather import Cloud, FirstPick

TALK, BATCH = Upload("uploads", "story.json", 7), Upload("uploads", "batch/local/story.json", 8)
LINES = 2 * BLOCK_SIZE + 3
HALF_AN_HOUR = timedelta(minutes=30)
MOMENT = timedelta(seconds=1)


class Still:
    """A job that stands still, with a clock that a test turns."""

    def __init__(self, upload=TALK, lines=LINES):
        self.cloud = Cloud([], FirstPick())
        self.time = datetime(2026, 11, 20, tzinfo=UTC)
        self.cloud.jobs.clock = lambda: self.time
        self.job, self.lines = upload.job, lines
        self.cloud.upload(upload, batch(lines) if upload == BATCH else talk(lines))
        self.cloud.deliver_one()

    @property
    def jobs(self):
        return self.cloud.jobs

    def forget(self, *kinds):
        """Take away what was made, as if it had never been."""
        for name in list(self.jobs.objects):
            if any(name.startswith(kind) for kind in kinds):
                self.jobs.remove(name)
                del self.cloud.seen[name]

    def run(self):
        self.cloud.run()
        return self

    def wake(self, after=HALF_AN_HOUR):
        """Turn the clock, sweep, and return the utterances and the blocks that are published."""
        self.time += after
        lines, blocks = MemoryTopic(), MemoryTopic()
        Waker(self.jobs, lines, blocks, self.time).wake()
        return [each.index for each in lines.published], [each.index for each in blocks.published]


def talk(lines):
    return [{"speaker": "AB"[at % 2], "line": f"line number {at}"} for at in range(lines)]


def batch(inputs):
    voice = {"voice": "en-US-Chirp3-HD-Kore"}
    contents = [{"content": f"This is input number {at}."} for at in range(inputs)]
    return {"inputKind": "PlainText", "inputs": contents, "synthesisConfig": voice}


NOTHING = ([], [])
BOTH = pytest.mark.parametrize("upload", [TALK, BATCH], ids=["talk", "batch"])


@BOTH
def test_nothing_is_woken_before_half_an_hour_and_everything_after(upload):
    still = Still(upload, 3)
    assert still.wake(HALF_AN_HOUR - MOMENT) == NOTHING
    assert still.wake(MOMENT) == ([0, 1, 2], [])


def test_each_waking_waits_longer_than_the_last():
    still = Still(lines=1)
    for hours in (0.5, 1, 2, 4, 8, 16, 24, 24):
        assert still.wake(timedelta(hours=hours) - MOMENT) == NOTHING
        assert still.wake(MOMENT) == ([0], [])


def test_a_job_in_which_anything_is_new_is_left_alone():
    still = Still()
    still.time += HALF_AN_HOUR
    still.cloud.deliver_one()
    assert still.wake(HALF_AN_HOUR - MOMENT) == NOTHING
    assert still.wake(MOMENT) == (list(range(1, LINES)), [])


@BOTH
def test_only_utterances_without_an_outcome_are_spoken_again(upload):
    still = Still(upload).run()
    still.forget(
        "reports/",
        "sound/",
        names.outcome(Block(still.job, 0, LINES), 7),
        "outcomes/" + still.job + "/000002",
    )
    assert still.wake() == ([7, *range(2 * BLOCK_SIZE, LINES)], [1])


@BOTH
def test_a_full_block_whose_sound_was_never_gathered_is_told_again(upload):
    still = Still(upload).run()
    still.forget("reports/", names.sound(Block(still.job, 1, LINES)))
    assert still.wake() == ([], [1])


def test_a_block_of_a_batch_that_was_never_bundled_is_told_again():
    still = Still(BATCH).run()
    still.forget("reports/", names.bundle(still.job, 1))
    assert still.wake() == ([], [1])


@BOTH
def test_where_all_blocks_are_done_the_last_one_has_the_rest_done(upload):
    still = Still(upload).run()
    still.forget("reports/", "layouts/", "results/")
    assert still.wake() == ([], [2])


@BOTH
def test_what_is_over_is_not_looked_at(upload):
    still = Still(upload).run()
    still.jobs.operations.clear()
    assert still.wake(timedelta(days=3)) == NOTHING
    assert still.jobs.operations == ["list"] * 4  # plans, batches, reports, withdrawals


def test_what_was_deleted_is_not_woken():
    still = Still(BATCH)
    still.jobs.create(names.withdrawn(still.job), b"")
    assert still.wake(timedelta(days=8)) == NOTHING


def test_what_nobody_spoke_in_a_week_is_given_up():
    still = Still().run()
    lost = Block(still.job, 0, LINES), 7
    still.forget("reports/", "gathered/", "sound/", names.outcome(*lost))
    assert still.wake(timedelta(days=7) - MOMENT) == ([7], [1, 2])
    still.time -= timedelta(days=1)
    assert still.wake(timedelta(days=2)) == ([], [0, 1, 2])
    (outcome,) = decode_outcomes(still.jobs.objects[names.outcome(*lost)])
    assert isinstance(outcome, Rejection)


def test_a_plan_that_cannot_be_read_keeps_no_other_job_from_being_woken(caplog):
    still = Still(lines=1)
    for name, plan in {"a": b"{}\n", "b": b"not JSON", "c": b'{"version":9}\n'}.items():
        still.jobs.create(names.plan(name), plan)
    assert still.wake() == ([0], [])
    unreadable = [record.job for record in caplog.records if record.getMessage() == "unreadable"]
    assert unreadable == ["a", "b", "c"]
    caplog.clear()
    assert still.wake() == NOTHING
    assert caplog.records == [], "it is looked at as seldom as others"


def test_a_job_that_is_being_removed_is_let_be():
    still = Still(BATCH, 1)
    still.forget("inputs/")
    before = dict(still.jobs.objects)
    assert still.wake() == NOTHING
    assert still.jobs.objects == before


def test_of_many_jobs_some_are_woken_at_a_time_and_the_others_by_the_next_sweep(monkeypatch):
    monkeypatch.setattr(waking, "MOST", 2)
    still = Still(lines=1)
    for number in range(4):
        still.cloud.upload(Upload("uploads", f"other-{number}.json", 9), talk(1))
    still.run()
    still.forget("reports/", "outcomes/")
    assert [len(still.wake(after)[0]) for after in (HALF_AN_HOUR, MOMENT, MOMENT, MOMENT)] == [2, 2, 1, 0]


def test_what_failed_to_be_published_is_published_by_the_next_sweep():
    still = Still(lines=1)
    still.time += HALF_AN_HOUR

    def trouble(point):
        raise TryLater("Pub/Sub is away")

    with pytest.raises(TryLater):
        Waker(still.jobs, MemoryTopic(trouble), MemoryTopic(), still.time).wake()
    assert still.wake(MOMENT) == ([0], [])


def test_a_waking_is_logged_with_what_was_missing(caplog):
    caplog.set_level(logging.INFO, "dropcast")
    still = Still(lines=2)
    caplog.clear()
    still.wake()
    (record,) = caplog.records
    told = (record.getMessage(), record.job, record.utterances, record.blocks, record.times)
    assert told == ("woken", still.job, 2, 0, 1)


def test_a_waking_goes_with_its_job():
    still = Still(BATCH, 1)
    still.wake()
    left = [name for name in still.jobs.objects if not name.startswith(names.everything_of(still.job))]
    assert left == []


def test_the_sweep_wakes(monkeypatch):
    still = Still(lines=1)
    still.jobs.created = dict.fromkeys(still.jobs.created, datetime(2020, 1, 1, tzinfo=UTC))
    lines = MemoryTopic()
    gateways = {"uploads": MemoryObjectStore(), "jobs": still.jobs, "lines": lines, "blocks": MemoryTopic()}
    for name, gateway in gateways.items():
        monkeypatch.setattr(wiring, name, lambda gateway=gateway: gateway)
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    wiring.sweeper().sweep()
    assert names.outcome(Block(still.job, 0, 1), 0) in still.jobs.objects, (
        "after so many years it is given up"
    )
