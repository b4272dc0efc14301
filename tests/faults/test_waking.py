"""Whatever message is lost for ever, the sweep wakes its job, which then ends once, and right."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.batch.report import decode_batch_ending
from dropcast.jobs.blocks import BLOCK_SIZE
from dropcast.jobs.identity import Upload
from dropcast.jobs.utterance import Utterance
from dropcast.sound import cuts
from dropcast.stages.waking import GIVEN_UP, QUIET, Waker
from weather import Cloud, Crash, FirstPick, weather_of_a_day

pytestmark = pytest.mark.timeout(600)  # a failing example is shrunk, which takes its time

TALK, BATCH = Upload("uploads", "story.json", 7), Upload("uploads", "batch/local/story.json", 8)
LINES = BLOCK_SIZE + 3
SWEEPS = 12  # of one job, in the week after which it is given up
losses_of_a_week = st.lists(st.booleans(), min_size=LINES + SWEEPS - 2, max_size=LINES + SWEEPS - 2)


@pytest.fixture(autouse=True, scope="module")
def short_parts():
    """Parts of a few seconds, so that episodes of half a minute have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "SHORTEST", 2 * 24_000)
        patch.setattr(cuts, "LONG", 4 * 24_000)
        yield


class ForgetfulCloud(Cloud):
    """A cloud that loses messages for ever, as it is told to, and that sweeps, on a clock of its own."""

    def __init__(self, weather, picks, **options):
        super().__init__(weather, picks, **options)
        self.time = datetime(2026, 11, 20, tzinfo=UTC)
        self.jobs.clock = lambda: self.time
        self.is_lost = lambda message: False

    def send(self, messages):
        super().send(
            message for message in messages if isinstance(message, Upload) or not self.is_lost(message)
        )

    def lose(self, losses):
        """Lose of the next messages those that are marked."""
        marks = iter(losses)
        self.is_lost = lambda message: next(marks, False)

    def sweep(self):
        with suppress(Crash):  # the next one goes on
            Waker(self.jobs, self.lines, self.blocks, self.time).wake()
        self.observe()

    def run_and_sweep(self, upload, sweeps=SWEEPS):
        """Let everything run, and a sweep come whenever it has waited long enough, until the job is over."""
        for number in range(sweeps):
            if names.report(upload.job) in self.run().jobs.objects:
                return
            self.time += QUIET[min(number, len(QUIET) - 1)]
            self.sweep()
        self.run()


def script(lines=LINES, **options):
    return {
        "lines": [{"speaker": "AB"[at % 2], "line": f"line number {at}"} for at in range(lines)],
        **options,
    }


def request(inputs=LINES):
    return {
        "inputKind": "PlainText",
        "inputs": [{"content": f"This is input number {at}."} for at in range(inputs)],
        "synthesisConfig": {"voice": "en-US-Chirp3-HD-Kore"},
    }


JOBS = pytest.mark.parametrize(
    ("upload", "said"), [(TALK, script()), (BATCH, request())], ids=["talk", "batch"]
)


@JOBS
@settings(max_examples=20)
@given(losses=losses_of_a_week)
def test_a_job_whose_messages_are_lost_ends_and_nothing_is_bought_twice(upload, said, losses):
    cloud = ForgetfulCloud([], FirstPick())
    cloud.lose(losses)
    cloud.upload(upload, said)
    cloud.run_and_sweep(upload)
    assert cloud.report(upload)["status"] == "succeeded"
    assert len(cloud.outcomes(upload)) == LINES
    assert len(cloud.speech.spoken) == LINES


@JOBS
@settings(max_examples=15)
@given(losses=losses_of_a_week, weather=weather_of_a_day, picks=st.data())
def test_a_job_whose_messages_are_lost_ends_in_any_weather(upload, said, losses, weather, picks):
    cloud = ForgetfulCloud(weather, picks)
    cloud.lose(losses)
    cloud.upload(upload, said)
    cloud.run_and_sweep(upload, 4 * SWEEPS)  # a sweep may crash as well
    assert len(cloud.outcomes(upload)) == LINES
    report = cloud.report(upload)
    assert report["status"] == "succeeded" or "given up" in str(report)


@JOBS
@settings(max_examples=10)
@given(weather=weather_of_a_day, picks=st.data())
def test_what_is_over_is_never_woken(upload, said, weather, picks):
    cloud = ForgetfulCloud(weather, picks)
    cloud.upload(upload, said)
    cloud.run()
    everything, published = dict(cloud.jobs.objects), len(cloud.lines.published) + len(cloud.blocks.published)
    cloud.time += timedelta(days=1)
    cloud.weather = iter([])
    cloud.sweep()
    assert (cloud.jobs.objects, cloud.pending) == (everything, [])
    assert len(cloud.lines.published) + len(cloud.blocks.published) == published


@JOBS
@settings(max_examples=15)
@given(steps=st.lists(st.integers(0, 30), min_size=6, max_size=6), picks=st.data())
def test_a_job_that_is_only_slow_is_woken_for_nothing_and_nothing_is_bought_twice(upload, said, steps, picks):
    cloud = ForgetfulCloud([], picks)
    cloud.upload(upload, said)
    for count, quiet in zip(steps, QUIET, strict=False):
        for _ in range(count):
            if cloud.pending:
                cloud.deliver_one()
        cloud.time += quiet
        cloud.sweep()
    cloud.run()
    assert cloud.report(upload)["status"] == "succeeded"
    assert len(cloud.speech.spoken) == LINES
    assert len(cloud.lines.published) <= LINES * (1 + len(steps))


def test_a_line_that_is_lost_again_and_again_is_given_up_after_a_week_and_fails_the_conversation():
    cloud = ForgetfulCloud([], FirstPick())
    cloud.is_lost = lambda message: isinstance(message, Utterance) and message.index == 5
    cloud.upload(TALK, script())
    began = cloud.time
    cloud.run_and_sweep(TALK, 20)
    assert cloud.time - began >= GIVEN_UP
    report = cloud.report(TALK)
    assert report["status"] == "failed"
    assert [error["pointer"] for error in report["errors"]] == ["/lines/5"]


def test_a_line_that_is_given_up_is_left_out_where_the_script_says_so():
    cloud = ForgetfulCloud([], FirstPick())
    cloud.is_lost = lambda message: isinstance(message, Utterance) and message.index == 5
    cloud.upload(TALK, script(onError="skip"))
    cloud.run_and_sweep(TALK, 20)
    assert cloud.report(TALK)["status"] == "succeeded"
    assert cloud.report(TALK)["lines"][5]["state"] == "rejected"


def test_an_input_that_is_lost_again_and_again_fails_alone():
    cloud = ForgetfulCloud([], FirstPick())
    cloud.is_lost = lambda message: isinstance(message, Utterance) and message.index == 5
    cloud.upload(BATCH, request())
    cloud.run_and_sweep(BATCH, 20)
    counted = decode_batch_ending(cloud.jobs.objects[names.report(BATCH.job)]).counted
    assert (counted.succeeded, counted.failed) == (LINES - 1, 1)


def test_what_is_deleted_is_not_woken():
    cloud = ForgetfulCloud([], FirstPick())
    cloud.lose([True] * LINES)
    cloud.upload(BATCH, request())
    cloud.run()
    cloud.jobs.create(names.withdrawn(BATCH.job), BATCH.name.encode())
    cloud.time += timedelta(days=8)
    cloud.sweep()
    assert cloud.pending == []
    assert not any(name.startswith("outcomes/") for name in cloud.jobs.objects)
