"""`dropcast replay` as it is installed: what was given up is published again, and taken away only then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.pubsub_v1.types import PubsubMessage, PushConfig

from dropcast.jobs import names
from dropcast_local.dead_letters import KeptDeadLetters
from dropcast_local.deployment import LOCAL
from dropcast_local.pubsub.status import status
from dropcast_local.reach import Addresses, reached
from dropcast_local.speech import control
from dropcast_local.stack import StackSettings
from pipeline import Pipeline, conversation

DROPCAST = Path(sys.executable).with_name("dropcast")
NOWHERE = PushConfig(push_endpoint="http://127.0.0.1:9/")


@pytest.fixture
def pipeline():
    # With the fewest attempts that Pub/Sub allows and short waits, so that giving up takes seconds.
    with Pipeline(StackSettings(engine="tone", tries=5)) as running:
        yield running


@pytest.fixture
def services(pipeline):
    endpoints = pipeline.stack.endpoints
    with reached(Addresses(endpoints.storage, endpoints.pubsub, endpoints.speech)) as found:
        yield found


def replay(pipeline, *arguments: str) -> subprocess.CompletedProcess[str]:
    endpoints = pipeline.stack.endpoints
    running = {
        "STORAGE_EMULATOR_HOST": endpoints.storage,
        "PUBSUB_EMULATOR_HOST": endpoints.pubsub,
        "SPEECH_EMULATOR_HOST": endpoints.speech,
    }
    return run(*arguments, **running)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_EMULATOR_HOST")}
    return subprocess.run(
        [DROPCAST, "replay", *arguments],
        env=kept | {"DROPCAST_ENGINE": "tone"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def kept_in(services) -> list[str]:
    kept = KeptDeadLetters(services)
    letters = kept.take()
    kept.let_go(letters)
    return [str(letter.subject) for letter in letters]


def waiting(pipeline) -> int:
    return status(pipeline.stack.endpoints.pubsub)[LOCAL.kept_dead_letters]["waiting"]


def poisoned(pipeline) -> str:
    """Have a line fail at every try, and its job end; return the job."""
    control.inject(pipeline.stack.endpoints.speech, ["UNAUTHENTICATED"] * 50, contains="number 1 ")
    upload = pipeline.upload("talk.json", conversation(3))
    assert pipeline.report(upload)["status"] == "failed"
    pipeline.wait_until(lambda: waiting(pipeline) > 0)
    control.reset(pipeline.stack.endpoints.speech)
    return upload.job


def test_a_line_that_was_given_up_is_published_again_and_its_job_stays_as_it_ended(pipeline, services):
    job = poisoned(pipeline)
    synthesize = LOCAL.subscription("synthesize")
    before = status(pipeline.stack.endpoints.pubsub)[synthesize]["delivered"]

    dry = replay(pipeline, "--dry-run")
    assert dry.returncode == 0
    would = (
        f"{job}: utterance, line 1: would be replayed to {LOCAL.topic('lines')}; the job ended with a failed"
    )
    assert dry.stdout.startswith(would)
    assert "1 dead letter would be replayed." in dry.stdout
    assert kept_in(services) == [f"{job}: utterance, line 1"]
    assert status(pipeline.stack.endpoints.pubsub)[synthesize]["delivered"] == before

    real = replay(pipeline)
    assert real.returncode == 0
    assert real.stdout == (
        f"{job}: utterance, line 1: replayed to {LOCAL.topic('lines')}; the job ended with a failed report, "
        "which this does not change: drop the script again\n1 dead letter replayed.\n"
    )
    pipeline.wait_until(
        lambda: status(pipeline.stack.endpoints.pubsub)[synthesize]["delivered"] == before + 1
    )
    assert kept_in(services) == []
    assert replay(pipeline).stdout == "0 dead letters replayed.\n"


def test_a_job_that_stands_still_goes_on_when_what_was_given_up_is_replayed(pipeline, services):
    finalize = LOCAL.subscription("finalize")
    there = services.subscriber.get_subscription(subscription=finalize).push_config
    services.subscriber.modify_push_config(subscription=finalize, push_config=NOWHERE)
    services.subscriber.delete_subscription(subscription=LOCAL.subscription("bury"))
    upload = pipeline.upload("talk.json", conversation(2))
    pipeline.wait_until(lambda: waiting(pipeline) > 0)
    assert pipeline.read("jobs", names.report(upload.job)) is None

    services.subscriber.modify_push_config(subscription=finalize, push_config=there)
    ended = replay(pipeline, "--job", upload.job)
    assert f"{upload.job}: block 0: replayed to {LOCAL.topic('blocks')}\n" in ended.stdout
    assert pipeline.report(upload)["status"] == "succeeded"


def test_another_jobs_dead_letters_and_those_of_nowhere_are_left(pipeline, services):
    stray = PubsubMessage(data=b"{}", attributes={"CloudPubSubDeadLetterSourceSubscription": "gone"})
    services.publisher.publish(topic=LOCAL.topic("dead-letters"), messages=[stray])
    job = poisoned(pipeline)
    other = replay(pipeline, "--job", "other-job")
    assert (other.returncode, other.stdout) == (0, "0 dead letters replayed, 2 left.\n")
    assert len(kept_in(services)) == 2

    ended = replay(pipeline)
    assert ended.returncode == 1
    assert "stays where it is" in ended.stderr
    assert f"{job}: utterance, line 1: replayed" in ended.stdout
    assert ended.stdout.endswith("1 dead letter replayed, 1 left.\n")
    (left,) = kept_in(services)
    assert left.startswith("no job: cannot be read")


def test_over_a_folder_what_is_replayed_is_kept_until_the_stack_runs_again(tmp_path):
    with Pipeline(StackSettings(engine="tone", tries=5, data=tmp_path)) as pipeline:
        job = poisoned(pipeline)
    ended = run("--data", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{job}: utterance, line 1: replayed")
    assert "delivered as soon as the local stack runs again" in ended.stdout
    with Pipeline(StackSettings(engine="tone", data=tmp_path)) as pipeline:
        assert waiting(pipeline) == 0
