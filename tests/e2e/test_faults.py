"""Real processes, real client libraries, and everything that goes wrong at once: one correct episode."""

import json
import os
import signal

import pytest

from dropcast.jobs import names
from dropcast.jobs.outcome import decode_outcomes
from dropcast.sound.cuts import FRAME
from dropcast_local.speech import control
from dropcast_local.stack import StackSettings
from pipeline import Pipeline, conversation

PAUSE = 250 * 24  # samples


@pytest.fixture
def rough():
    """A stack that tells everything twice and takes its time to speak."""
    settings = StackSettings(engine="tone", delay_ms=150, notify_twice=True, deliver_twice=True, threads=16)
    with Pipeline(settings) as pipeline:
        yield pipeline


def check_one_correct_episode(pipeline, upload, lines):
    """The published MP3 decodes to exactly the stored clips and pauses; there is one of everything."""
    report = pipeline.report(upload)
    assert report["status"] == "succeeded"
    assert len(pipeline.names("jobs", f"outcomes/{upload.job}/")) == lines
    assert pipeline.names("jobs", f"reports/{upload.job}") == [names.report(upload.job)]
    assert len(pipeline.names("jobs", "clips/")) == lines
    stored = b"".join(
        pipeline.read("jobs", name) for name in pipeline.names("jobs", f"gathered/{upload.job}/")
    )
    heard = sum(outcome.measures.heard for outcome in decode_outcomes(stored)) + (lines - 1) * PAUSE
    parts = json.loads(pipeline.read("jobs", names.layout(upload.job)))["parts"]
    assert 0 <= report["samples"] - heard <= FRAME * (len(parts) - 1), "parts begin on frames"
    assert len(pipeline.decoded("talk.mp3")) == 2 * report["samples"]


def test_killed_processes_storage_faults_quota_and_duplicates_give_one_correct_episode(rough):
    lines = 80
    faults = {
        "inserts": rough.storage_faults(
            "storage.objects.insert",
            "return-503",
            "return-429",
            "return-503-after-commit",
            prefix="outcomes/",
        ),
        "clips": rough.storage_faults(
            "storage.objects.insert", "return-503-after-commit", "return-reset-connection", prefix="clips/"
        ),
        "joins": rough.storage_faults("storage.objects.compose", "return-503", "return-503-after-commit"),
    }
    quota = control.inject(
        rough.stack.endpoints.speech, ["RESOURCE_EXHAUSTED"] * 10 + ["UNAVAILABLE", "INTERNAL"]
    )
    upload = rough.upload("talk.json", conversation(lines))

    for victim, outcomes in (("functions", 10), ("speech", 30), ("functions", 50)):
        prefix = f"outcomes/{upload.job}/"
        rough.wait_until(lambda least=outcomes, prefix=prefix: len(rough.names("jobs", prefix)) >= least)
        before = rough.stack.processes[victim]
        os.kill(before, signal.SIGKILL)
        rough.wait_until(
            lambda victim=victim, before=before: rough.stack.processes.get(victim) not in (None, before)
        )

    check_one_correct_episode(rough, upload, lines)
    assert {name: rough.faults_left(fault) for name, fault in faults.items()} == {name: [] for name in faults}
    # The speech stand-in died in between and forgot what was left of its faults: the quota did strike.
    assert quota


def test_faults_of_the_finalizer_do_not_keep_an_episode_from_its_end(rough):
    lines = 40
    fault = rough.storage_faults(
        "storage.objects.insert", "return-503", "return-503-after-commit", prefix="results/"
    )
    reports = rough.storage_faults("storage.objects.insert", "return-503-after-commit", prefix="reports/")
    upload = rough.upload("talk.json", conversation(lines))
    check_one_correct_episode(rough, upload, lines)
    assert rough.faults_left(fault) == rough.faults_left(reports) == []


def test_a_line_that_the_service_refuses_fails_the_job_and_is_named(rough):
    control.inject(
        rough.stack.endpoints.speech, ["INVALID_ARGUMENT:no such sound"] * 10, contains="number 3 "
    )
    report = rough.report(rough.upload("talk.json", conversation(6)))
    assert report["status"] == "failed"
    assert [(error["pointer"], "no such sound" in error["message"]) for error in report["errors"]] == [
        ("/3", True)
    ]
    assert rough.names("episodes") == ["talk.report.json"]


def test_a_line_that_fails_at_every_try_is_given_up_and_the_job_ends():
    # With the fewest attempts that Pub/Sub allows and no waits, so that giving up takes seconds.
    with Pipeline(StackSettings(engine="tone", tries=5)) as pipeline:
        control.inject(pipeline.stack.endpoints.speech, ["UNAUTHENTICATED"] * 50, contains="number 1 ")
        report = pipeline.report(pipeline.upload("talk.json", conversation(3)))
        assert report["status"] == "failed"
        (error,) = report["errors"]
        assert (error["pointer"], "given up" in error["message"]) == ("/1", True)


def test_a_script_that_nobody_can_read_is_answered_once():
    with Pipeline(StackSettings(engine="tone")) as pipeline:
        report = pipeline.report(pipeline.upload("talk.json", b'[{"speaker":"A","line":'))
        assert report["status"] == "failed"
        assert report["errors"][0]["message"]
        assert pipeline.names("jobs", "plans/") == []
