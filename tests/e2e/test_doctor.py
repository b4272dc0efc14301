"""`dropcast doctor` as it is installed: a local stack that is well, and one that is broken piece by piece."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1.types import DeadLetterPolicy, PubsubMessage, PushConfig, RetryPolicy, Subscription

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.stages.waking import WOKEN
from dropcast_local.checkup.checks import findings
from dropcast_local.checkup.facts import Quota
from dropcast_local.checkup.gathering import gather
from dropcast_local.checkup.jobs_seen import jobs_seen
from dropcast_local.deployment import LOCAL, deployed
from dropcast_local.layout import BUCKETS, STAGES, TOPICS
from dropcast_local.reach import Addresses, reached
from dropcast_local.stack import StackSettings
from pipeline import Pipeline, conversation

DROPCAST = Path(sys.executable).with_name("dropcast")


@pytest.fixture(scope="module")
def pipeline():
    with Pipeline(StackSettings(engine="tone")) as running:
        yield running


def addresses(pipeline):
    endpoints = pipeline.stack.endpoints
    return Addresses(endpoints.storage, endpoints.pubsub, endpoints.speech)


@pytest.fixture(scope="module")
def services(pipeline):
    with reached(addresses(pipeline)) as found:
        yield found


def doctor(pipeline=None, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    if pipeline:
        where = addresses(pipeline)
        environment |= {
            "STORAGE_EMULATOR_HOST": where.storage,
            "PUBSUB_EMULATOR_HOST": where.pubsub,
            "SPEECH_EMULATOR_HOST": where.speech,
        }
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_EMULATOR_HOST")}
    return subprocess.run(
        [DROPCAST, "doctor", *arguments],
        env=kept | {"DROPCAST_ENGINE": "tone"} | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def found(pipeline, status="fail"):
    """Return what doctor finds of a status, as pairs of check and text, and how it ends."""
    ended = doctor(pipeline, "--json")
    told = json.loads(ended.stdout)["findings"]
    texts = [(each["check"], f"{each['where']}: {each['what']}") for each in told if each["status"] == status]
    return texts, ended.returncode


def test_a_stack_over_a_folder_is_started_and_found_well(tmp_path):
    ended = doctor(None, "--data", str(tmp_path / "data"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    statuses = [line.split()[0] for line in ended.stdout.splitlines()[:-1]]
    assert set(statuses) == {"ok", "unknown"}
    assert "ok      voices: Text-to-Speech, en-US: all 30 that speakers are cast from" in ended.stdout
    assert "ok      ffmpeg: this machine: ffmpeg version" in ended.stdout


def test_a_stack_that_runs_is_looked_at_as_it_is_with_its_last_episode(pipeline):
    upload = pipeline.upload("talk.json", conversation(2))
    pipeline.report(upload)
    texts, code = found(pipeline, "ok")
    assert code == 0
    said = dict(texts)
    assert said["last episode"].startswith(f"{upload.job}: succeeded at ")
    assert said["jobs"] == "gs://jobs: none stands still, none under way"
    assert {"buckets", "uploads are told", "topics", "subscriptions", "dead letters are kept"} <= said.keys()


def test_a_subscription_that_pushes_elsewhere_is_found(pipeline, services):
    name = LOCAL.subscription("finalize")
    there = services.subscriber.get_subscription(subscription=name).push_config
    elsewhere = PushConfig(push_endpoint="http://127.0.0.1:9/bury/")
    services.subscriber.modify_push_config(subscription=name, push_config=elsewhere)
    try:
        texts, code = found(pipeline)
    finally:
        services.subscriber.modify_push_config(subscription=name, push_config=there)
    assert code == 1
    (finding,) = texts
    assert finding == (
        "subscriptions",
        f"{name}: it pushes to http://127.0.0.1:9/bury/, which is not finalize",
    )


def test_a_subscription_that_gives_nothing_up_and_never_pauses_is_found(pipeline, services):
    name = LOCAL.subscription("dispatch")
    there = services.subscriber.get_subscription(subscription=name)
    paths = ["dead_letter_policy", "retry_policy", "ack_deadline_seconds"]
    mask = FieldMask(paths=paths)
    hasty = Subscription(name=name, ack_deadline_seconds=10)
    services.subscriber.update_subscription(subscription=hasty, update_mask=mask)
    try:
        texts, code = found(pipeline)
    finally:
        services.subscriber.update_subscription(subscription=there, update_mask=mask)
    assert code == 1
    assert [check for check, _ in texts] == ["subscriptions"] * 3
    told = "\n".join(text for _, text in texts)
    assert all(word in told for word in ("after 10 seconds", "without any pause", "never given up"))


def test_a_dead_letter_is_found_and_stays_where_it_is(pipeline, services):
    topic = LOCAL.topic("dead-letters")
    before = found(pipeline)
    upload = {"eventType": "OBJECT_FINALIZE", "bucketId": "uploads", "objectId": "x.txt"}
    services.publisher.publish(
        topic=topic, messages=[PubsubMessage(attributes=upload | {"objectGeneration": "1"})]
    )
    first, second = found(pipeline), found(pipeline)
    assert before == ([], 0)
    assert first == second
    (finding,) = first[0]
    assert finding[0] == "dead letters"
    assert "at least 1: x-1-" in finding[1]
    assert "upload of x.txt" in finding[1]
    kept = services.subscriber.pull(subscription=LOCAL.kept_dead_letters, max_messages=1)
    services.subscriber.acknowledge(
        subscription=LOCAL.kept_dead_letters, ack_ids=[each.ack_id for each in kept.received_messages]
    )


def test_what_is_missing_is_found_all_at_once(tmp_path):
    with Pipeline(StackSettings(engine="tone")) as broken, reached(addresses(broken)) as services:
        services.subscriber.delete_subscription(subscription=LOCAL.subscription("synthesize"))
        services.subscriber.delete_subscription(subscription=LOCAL.kept_dead_letters)
        services.publisher.delete_topic(topic=LOCAL.topic("blocks"))
        services.storage.bucket("jobs").delete()
        for notification in services.storage.bucket("uploads").list_notifications():
            notification.delete()
        texts, code = found(broken)
    assert code == 1
    assert {check for check, _ in texts} == {
        "buckets",
        "uploads are told",
        "topics",
        "subscriptions",
        "dead letters are kept",
        "dead letters",
        "uploads",
        "jobs",
        "last episode",
    }
    told = "\n".join(text for _, text in texts)
    assert "gs://jobs: there is none" in told
    assert "gs://uploads: new objects are not told to projects/dropcast-local/topics/uploads" in told
    assert f"{LOCAL.subscription('synthesize')}: there is none" in told
    assert f"{LOCAL.topic('blocks')}: there is none" in told


def test_services_that_do_not_answer_are_found_and_not_waited_for_for_long(pipeline):
    nowhere = "127.0.0.1:9"
    began = time.monotonic()
    ended = doctor(
        None,
        "--json",
        STORAGE_EMULATOR_HOST=pipeline.stack.endpoints.storage,
        PUBSUB_EMULATOR_HOST=nowhere,
        SPEECH_EMULATOR_HOST=nowhere,
    )
    told = json.loads(ended.stdout)["findings"]
    failed = {each["check"] for each in told if each["status"] == "fail"}
    assert ended.returncode == 1
    assert failed == {"topics", "subscriptions", "dead letters are kept", "dead letters", "voices"}
    assert time.monotonic() - began < 60


def test_a_folder_in_use_is_said_to_be(tmp_path):
    arguments = ["up", "--json", "--data", str(tmp_path / "data")]
    environment = os.environ | {"DROPCAST_ENGINE": "tone"}
    with subprocess.Popen(
        [DROPCAST, *arguments], env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as up:
        try:
            facts = json.loads(up.stdout.readline())
            ended = doctor(None, "--data", str(tmp_path / "data"))
            assert ended.returncode == 1
            assert "another dropcast is at work in this folder" in ended.stderr
            where = {name: facts[name] for name in ("storage", "pubsub", "speech")}
            running = {f"{name.upper()}_EMULATOR_HOST": address for name, address in where.items()}
            assert doctor(None, **running).returncode == 0
        finally:
            up.terminate()


@pytest.fixture
def two_buckets(services):
    return [services.storage.create_bucket(f"{kind}-{os.getpid()}") for kind in ("jobs", "uploads")]


def test_which_jobs_are_open_over_and_never_began_is_told_by_names(two_buckets):
    jobs, uploads = two_buckets
    for name in (
        names.plan("open"),
        names.batch("open-batch"),
        names.plan("over"),
        names.plan("deleted"),
        names.withdrawn("deleted"),
        names.outcome(Block("open", 0, 1), 0),
        names.clip("nobody's"),
        names.draft("open-batch", f"{WOKEN}000001"),
    ):
        jobs.blob(name).upload_from_string(b"")
    jobs.blob(names.report("over")).upload_from_string(
        b'{"script":{},"status":"failed","outputs":[],"lines":[\n]}'
    )
    for name in ("talk.json", "cover.png", "planned.json"):
        uploads.blob(name).upload_from_string(b"")
    planned = uploads.get_blob("planned.json")
    job = Upload(uploads.name, planned.name, int(planned.generation)).job
    jobs.blob(names.plan(job)).upload_from_string(b"")
    jobs.blob(names.report(job)).upload_from_string(b"unreadable")

    now = datetime.now(UTC)
    early, late, too_late = (jobs_seen(jobs, uploads, now + timedelta(hours=hours)) for hours in (0, 2, 30))

    assert {each.job for each in early.open} == {each.job for each in late.open} == {"open", "open-batch"}
    assert all(each.last_sign == each.planned for each in early.open), "nobody looks at young ones"
    signs = {each.job: each.last_sign - each.planned for each in late.open}
    assert signs["open"] > signs["open-batch"] == timedelta(0)
    assert [[each.name for each in seen.unplanned] for seen in (early, late, too_late)] == [
        [],
        ["talk.json"],
        [],
    ]
    assert (late.last_report.job, late.last_report.status) == (job, None)
    jobs.blob(names.report(job)).delete()
    assert jobs_seen(jobs, uploads, now).last_report.status == "failed"


# A deployment, as far as stand-ins can be one: Google's own permissions are the one thing that none has.

CLOUD = deployed("my-project", "europe-west1", "dropcast")


def lay_out(services) -> None:
    """Create what Terraform creates."""
    buckets = {kind: services.storage.bucket(CLOUD.bucket(kind)) for kind in (*BUCKETS, "source")}
    for bucket in buckets.values():
        bucket.iam_configuration.uniform_bucket_level_access_enabled = True
        bucket.iam_configuration.public_access_prevention = "enforced"
        bucket.soft_delete_policy.retention_duration_seconds = 0
        services.storage.create_bucket(bucket)
    for topic in TOPICS:
        services.publisher.create_topic(name=CLOUD.topic(topic))
    for stage in STAGES:
        if stage.topic:
            services.subscriber.create_subscription(pushing(stage))
    kept = Subscription(name=CLOUD.kept_dead_letters, topic=CLOUD.topic("dead-letters"))
    services.subscriber.create_subscription(kept)
    telling = {"event_types": ["OBJECT_FINALIZE"], "payload_format": "JSON_API_V1"}
    buckets["uploads"].notification("dropcast-uploads", "my-project", **telling).create()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("requirements.txt", "imageio-ffmpeg==0.8.1\n")
    buckets["source"].blob("functions.zip").upload_from_string(archive.getvalue())


def address(stage: str) -> str:
    return f"http://127.0.0.1:9/{stage}"


def pushing(stage) -> Subscription:
    account = {"service_account_email": CLOUD.account("push"), "audience": address(stage.name)}
    subscription = Subscription(
        name=CLOUD.subscription(stage.name),
        topic=CLOUD.topic(stage.topic),
        ack_deadline_seconds=600,
        push_config=PushConfig(push_endpoint=address(stage.name), oidc_token=account),
        retry_policy=RetryPolicy(minimum_backoff={"seconds": 10}, maximum_backoff={"seconds": 600}),
    )
    if stage.topic != "dead-letters":
        subscription.dead_letter_policy = DeadLetterPolicy(
            dead_letter_topic=CLOUD.topic("dead-letters"), max_delivery_attempts=20
        )
    return subscription


def described(stage) -> dict[str, object]:
    """Return a function as gcloud shows it."""
    environment = {f"{kind.upper()}_BUCKET": CLOUD.bucket(kind) for kind in BUCKETS}
    environment |= {f"{name.upper()}_TOPIC": CLOUD.topic(name) for name in ("lines", "blocks")}
    return {
        "name": f"projects/my-project/locations/europe-west1/functions/dropcast-{stage.name}",
        "state": "ACTIVE",
        "buildConfig": {
            "runtime": "python313",
            "source": {"storageSource": {"bucket": CLOUD.bucket("source"), "object": "functions.zip"}},
        },
        "serviceConfig": {
            "uri": address(stage.name),
            "serviceAccountEmail": CLOUD.account(stage.name),
            "timeoutSeconds": 540,
            "maxInstanceCount": 1,
            "maxInstanceRequestConcurrency": 6,
            "environmentVariables": environment | {"THREADS": "6", "DEFAULT_LANGUAGE": "de-DE"},
        },
    }


@pytest.fixture
def gcloud_says(tmp_path, monkeypatch):
    """Put a gcloud on the path that knows functions and the schedule, and may not tell who calls what."""
    answers = {
        "functions": [described(stage) for stage in STAGES],
        "scheduler": {"state": "ENABLED", "httpTarget": {"uri": address("sweep")}},
    }
    program = tmp_path / "gcloud"
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\nanswers = json.loads({json.dumps(answers)!r})\n"
        "sys.exit('PERMISSION_DENIED') if sys.argv[1] == 'run' else print(json.dumps(answers[sys.argv[1]]))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def test_of_a_deployment_all_is_gathered_that_is_checked(services, gcloud_says):
    lay_out(services)
    facts = gather(replace(services, deployment=CLOUD), Quota(200, 2))
    found = list(findings(facts))
    not_well = {finding.check for finding in found if finding.status != "ok"}
    assert not_well == {"permissions", "last episode"}
    assert {finding.status for finding in found if finding.check == "permissions"} == {"fail", "unknown"}
    told = "\n".join(map(str, found))
    assert "voices: Text-to-Speech, de-DE" in told
    assert "imageio-ffmpeg==0.8.1 is among the deployed requirements" in told
    assert "1 × 6 requests at once; 200 a minute" in told
