"""What `dropcast doctor` finds, from facts alone; and how it reads what gcloud says."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound, PermissionDenied, ServiceUnavailable
from google.api_core.iam import Policy as StoragePolicy
from google.iam.v1.policy_pb2 import Policy as PubsubPolicy
from google.protobuf.json_format import ParseDict
from google.rpc.error_details_pb2 import ErrorInfo

from dropcast.voices.catalog import voices
from dropcast_local.checkup import gcloud
from dropcast_local.checkup.asking import asked
from dropcast_local.checkup.checks import CHECKS, findings
from dropcast_local.checkup.facts import (
    Bucket,
    DeadLetters,
    Facts,
    Function,
    Grant,
    Jobs,
    LastReport,
    Missing,
    NoAnswer,
    Notification,
    OpenJob,
    Quota,
    Schedule,
    Subscription,
    Topic,
    Unknown,
    Unplanned,
)
from dropcast_local.checkup.ffmpeg_seen import wheel_in
from dropcast_local.checkup.functions import expected_environment
from dropcast_local.checkup.grants import BUCKET_GRANTS, TOPIC_GRANTS, wanted_grants
from dropcast_local.checkup.policies_seen import policy_of, policy_of_bucket
from dropcast_local.deployment import LOCAL, deployed
from dropcast_local.layout import KEPT, STAGES
from dropcast_local.reach import Addresses, Cloud, Folder, whereabouts
from dropcast_local.submission import CannotSubmit

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLOUD = deployed("my-project", "europe-west1", "dropcast")
AGENTS = {"storage": "serviceAccount:storage-agent", "pubsub": "serviceAccount:pubsub-agent"}
WELL_ENDED = LastReport("talk-1", "succeeded", NOW - timedelta(minutes=5))
HOUR = timedelta(hours=1)


def a_subscription(deployment, stage):
    buried = stage.topic == "dead-letters"
    return Subscription(
        topic=deployment.topic(stage.topic),
        endpoint=f"https://{stage.name}.example/{stage.name}/",
        account="" if deployment.is_local else deployment.account("push"),
        ack_deadline=600,
        backoff=(10, 600),
        dead_letter_topic="" if buried else deployment.topic("dead-letters"),
        attempts=0 if buried else 20,
    )


def a_function(deployment, stage):
    return Function(
        state="ACTIVE",
        address=f"https://{stage.name}.example/{stage.name}",
        runtime="python313",
        account=deployment.account(stage.name),
        timeout=540,
        concurrency=6,
        instances=1,
    )


def well(deployment=CLOUD) -> Facts:
    """Facts of a deployment in which everything is as it should be."""
    woken = [stage for stage in STAGES if stage.topic]
    kept = Subscription(deployment.topic("dead-letters"), ack_deadline=60)
    facts = Facts(
        deployment=deployment,
        now=NOW,
        buckets={
            kind: Bucket(uniform_access=True, public_access="enforced", soft_delete_seconds=0)
            for kind in ("uploads", "jobs", "episodes")
        },
        notifications=(Notification(deployment.topic("uploads"), ("OBJECT_FINALIZE",)),),
        topics={stage.topic: Topic() for stage in woken},
        subscriptions={stage.name: a_subscription(deployment, stage) for stage in woken} | {KEPT: kept},
        policies={},
        agents=AGENTS,
        functions={stage.name: a_function(deployment, stage) for stage in STAGES},
        schedule=Schedule("ENABLED", "https://sweep.example/sweep"),
        dead_letters=DeadLetters(()),
        quota=Quota(200, 2),
        language="en-US",
        voices=frozenset(voice.name for voice in voices("en-US")),
        ffmpeg="ffmpeg version 7",
        wheel="imageio-ffmpeg==0.8.1",
        jobs=Jobs(WELL_ENDED, ()),
    )
    environment = expected_environment(facts) | {"THREADS": "6"}
    functions = {name: replace(each, environment=environment) for name, each in facts.functions.items()}
    policies: dict[str, set[Grant]] = {}
    for thing, grant in wanted_grants(facts):
        policies.setdefault(thing, set()).add(grant)
    granted = {thing: frozenset(grants) for thing, grants in policies.items()}
    return replace(facts, functions=functions, policies=granted)


def changed(field: str, key: str | None = None, value: object = None, **changes: object):
    """Return what makes such a change to facts: to one entry of a mapping, or to the whole field."""

    def change(facts: Facts) -> Facts:
        if key is None:
            return replace(facts, **{field: value})
        there: Mapping[str, object] = getattr(facts, field)
        new = value if value is not None else replace(there[key], **changes)
        return replace(facts, **{field: {**there, key: new}})

    return change


def without(thing: str, grant: Grant):
    def change(facts: Facts) -> Facts:
        assert grant in facts.policies[thing]
        return replace(facts, policies={**facts.policies, thing: facts.policies[thing] - {grant}})

    return change


def granting(thing: str, member: str, role: str):
    def change(facts: Facts) -> Facts:
        more = facts.policies.get(thing, frozenset()) | {Grant(role, member)}
        return replace(facts, policies={**facts.policies, thing: more})

    return change


def environment(stage: str, **variables: str):
    def change(facts: Facts) -> Facts:
        function = facts.functions[stage]
        return changed("functions", stage, environment={**function.environment, **variables})(facts)

    return change


def not_well(facts: Facts):
    return [finding for finding in findings(facts) if finding.status != "ok"]


@pytest.mark.parametrize("deployment", [CLOUD, LOCAL], ids=["deployed", "local"])
def test_where_all_is_well_nothing_fails_and_nothing_is_warned_of(deployment):
    found = list(findings(well(deployment)))
    assert {finding.status for finding in found} <= {"ok", "unknown"}
    if deployment is CLOUD:
        assert [finding.status for finding in found] == ["ok"] * len(CHECKS)


ACCOUNT = "serviceAccount:dropcast-{}@my-project.iam.gserviceaccount.com"
READS, SPEAKS, CALLS = "roles/storage.objectViewer", "roles/pubsub.publisher", "roles/run.invoker"
STILL = OpenJob("talk-2", NOW - 3 * HOUR, NOW - 2 * HOUR)

TROUBLES = {
    "a missing bucket": (changed("buckets", "jobs", Missing()), "fail", "gs://my-project-dropcast-jobs"),
    "access lists": (changed("buckets", "uploads", uniform_access=False), "fail", "access lists"),
    "open uploads": (changed("buckets", "uploads", public_access="inherited"), "fail", "public access"),
    "open episodes": (changed("buckets", "episodes", public_access="inherited"), "warn", "public access"),
    "deleted jobs kept": (changed("buckets", "jobs", soft_delete_seconds=604800), "warn", "7 days more"),
    "no notification": (changed("notifications", value=()), "fail", "not told"),
    "another topic's notification": (
        changed("notifications", value=(Notification("projects/my-project/topics/other", ()),)),
        "fail",
        "not told",
    ),
    "a notification of deletions": (
        changed("notifications", value=(Notification(CLOUD.topic("uploads"), ("OBJECT_DELETE",)),)),
        "fail",
        "not told",
    ),
    "a notification of one folder": (
        changed("notifications", value=(Notification(CLOUD.topic("uploads"), (), "in/"),)),
        "fail",
        "not told",
    ),
    "two notifications": (
        changed("notifications", value=(Notification(CLOUD.topic("uploads"), ()),) * 2),
        "warn",
        "2 times",
    ),
    "a missing topic": (changed("topics", "blocks", Missing()), "fail", "topics/dropcast-blocks"),
    "a missing subscription": (changed("subscriptions", "finalize", Missing()), "fail", "there is none"),
    "a subscription of another topic": (
        changed("subscriptions", "finalize", topic=CLOUD.topic("lines")),
        "fail",
        "not of projects/my-project/topics/dropcast-blocks",
    ),
    "no push": (changed("subscriptions", "synthesize", endpoint=""), "fail", "not pushed to synthesize"),
    "a push to elsewhere": (
        changed("subscriptions", "synthesize", endpoint="https://else.example/"),
        "fail",
        "synthesize answers at https://synthesize.example",
    ),
    "a push as nobody": (changed("subscriptions", "synthesize", account=""), "fail", "as nobody"),
    "a short deadline": (changed("subscriptions", "finalize", ack_deadline=60), "fail", "after 60 seconds"),
    "no backoff": (changed("subscriptions", "finalize", backoff=None), "fail", "without any pause"),
    "no dead letters": (changed("subscriptions", "finalize", dead_letter_topic=""), "fail", "never given up"),
    "dead letters elsewhere": (
        changed("subscriptions", "finalize", dead_letter_topic=CLOUD.topic("lines")),
        "fail",
        "not to projects/my-project/topics/dropcast-dead-letters",
    ),
    "buried dead letters": (
        changed("subscriptions", "bury", dead_letter_topic=CLOUD.topic("lines")),
        "fail",
        "gives dead letters up",
    ),
    "too few attempts": (changed("subscriptions", "synthesize", attempts=5), "warn", "after 5 attempts"),
    "a subscription that expires": (changed("subscriptions", "synthesize", expires=True), "warn", "expires"),
    "no kept subscription": (changed("subscriptions", KEPT, Missing()), "fail", "dead-letters-kept"),
    "a kept subscription that pushes": (
        changed("subscriptions", KEPT, endpoint="https://x.example/"),
        "fail",
        "instead of keeping",
    ),
    "a kept subscription of another topic": (
        changed("subscriptions", KEPT, topic=CLOUD.topic("lines")),
        "fail",
        "it keeps the messages of",
    ),
    "a missing function": (changed("functions", "bury", Missing()), "fail", "dropcast-bury"),
    "a failed build": (changed("functions", "bury", state="FAILED"), "fail", "its state is FAILED"),
    "another account": (changed("functions", "bury", account="me@x"), "fail", "it runs as me@x"),
    "another bucket": (environment("dispatch", JOBS_BUCKET="other"), "fail", "JOBS_BUCKET is 'other'"),
    "no topic": (environment("dispatch", LINES_TOPIC=""), "fail", "LINES_TOPIC is not set"),
    "too few threads": (environment("finalize", THREADS="1"), "warn", "at once and has 1 threads"),
    "no schedule": (changed("schedule", value=Missing()), "fail", "schedule"),
    "a paused schedule": (changed("schedule", value=Schedule("PAUSED", "")), "fail", "jobs resume"),
    "a schedule of another": (
        changed("schedule", value=Schedule("ENABLED", "https://x.example")),
        "fail",
        "it calls https://x.example",
    ),
    "a reader's lost grant": (
        without("gs://my-project-dropcast-uploads", Grant(READS, ACCOUNT.format("dispatch"))),
        "fail",
        "dropcast-dispatch@my-project.iam.gserviceaccount.com is not granted roles/storage.objectViewer",
    ),
    "a publisher's lost grant": (
        without(CLOUD.topic("blocks"), Grant(SPEAKS, ACCOUNT.format("synthesize"))),
        "fail",
        "is not granted roles/pubsub.publisher",
    ),
    "the storage agent's lost grant": (
        without(CLOUD.topic("uploads"), Grant(SPEAKS, AGENTS["storage"])),
        "fail",
        "storage-agent",
    ),
    "the Pub/Sub agent's lost grant": (
        without(CLOUD.subscription("dispatch"), Grant("roles/pubsub.subscriber", AGENTS["pubsub"])),
        "fail",
        "pubsub-agent",
    ),
    "a pusher's lost grant": (
        without("dropcast-finalize", Grant(CALLS, ACCOUNT.format("push"))),
        "fail",
        "is not granted roles/run.invoker",
    ),
    "the schedule's lost grant": (
        without("dropcast-sweep", Grant(CALLS, ACCOUNT.format("schedule"))),
        "fail",
        "dropcast-schedule@",
    ),
    "an unknown policy": (changed("policies", "dropcast-api", Unknown("why")), "unknown", "why"),
    "an unknown agent": (changed("agents", value={"storage": AGENTS["storage"]}), "unknown", "own pubsub"),
    "scripts for all to read": (
        granting("gs://my-project-dropcast-uploads", "allUsers", READS),
        "fail",
        "Take it away",
    ),
    "episodes for all to write": (
        granting("gs://my-project-dropcast-episodes", "allUsers", "roles/storage.objectUser"),
        "fail",
        "Take it away",
    ),
    "episodes for all to read": (
        granting("gs://my-project-dropcast-episodes", "allUsers", READS),
        "warn",
        "where episodes are public",
    ),
    "an open API": (granting("dropcast-api", "allUsers", CALLS), "warn", "where the API asks for keys"),
    "an open worker": (
        granting("dropcast-synthesize", "allAuthenticatedUsers", CALLS),
        "fail",
        "Take it away",
    ),
    "more workers than quota": (changed("functions", "synthesize", instances=4), "warn", "many are refused"),
    "fewer workers than quota": (changed("quota", value=Quota(1000, 2)), "warn", "slower than need be"),
    "no speech": (changed("voices", value=NoAnswer("is disabled")), "fail", "is disabled"),
    "a voice too few": (
        changed("voices", value=frozenset(voice.name for voice in voices("en-US")[1:])),
        "fail",
        f"1 of 30 that speakers are cast from are not offered: {voices('en-US')[0].name}",
    ),
    "another language": (changed("language", value="tlh"), "fail", "no voices to cast in it"),
    "no ffmpeg": (
        lambda facts: changed("wheel", value=Missing())(
            changed("functions", "finalize", runtime="python314")(facts)
        ),
        "warn",
        "python314 brings none",
    ),
    "dead letters": (
        changed("dead_letters", value=DeadLetters(("a", "b", "c", "d"))),
        "fail",
        "at least 4: a; b; c; and 1 more",
    ),
    "a script without a job": (
        changed("jobs", value=Jobs(WELL_ENDED, (), (Unplanned("talk.json", NOW - 2 * HOUR),))),
        "warn",
        "talk.json: dropped 2 h ago",
    ),
    "a job that stands still": (
        changed("jobs", value=Jobs(WELL_ENDED, (STILL,))),
        "fail",
        "talk-2: planned 3 h ago, has no report, and wrote nothing for 2 h",
    ),
    "a job that may wait behind another": (
        changed("jobs", value=Jobs(WELL_ENDED, (STILL, OpenJob("talk-3", NOW - HOUR, NOW)))),
        "warn",
        "talk-2: planned 3 h ago, has no report, and wrote nothing for 2 h. It may be waiting",
    ),
    "a job that failed": (
        changed("jobs", value=Jobs(replace(WELL_ENDED, status="failed"), ())),
        "warn",
        "talk-1: failed at 2026-11-20 11:55 UTC, 5 min ago",
    ),
    "a report that cannot be read": (
        changed("jobs", value=Jobs(replace(WELL_ENDED, status=None), ())),
        "unknown",
        "cannot be read",
    ),
    "no episode yet": (changed("jobs", value=Jobs(None, ())), "unknown", "no job has ended yet"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_found_and_nothing_else(trouble):
    change, status, said = TROUBLES[trouble]
    (finding,) = not_well(change(well()))
    assert finding.status == status
    assert said in str(finding)


def test_a_job_that_wrote_something_within_the_hour_is_under_way():
    job = OpenJob("talk-2", NOW - 30 * HOUR, NOW - timedelta(minutes=59))
    facts = replace(well(), jobs=Jobs(WELL_ENDED, (job,)))
    assert not_well(facts) == []
    assert "1 under way" in "\n".join(map(str, findings(facts)))


def test_a_language_is_known_by_any_name_that_scripts_may_give_it():
    facts = replace(well(), language="fr", voices=frozenset(voice.name for voice in voices("fr-FR")))
    assert not_well(facts) == []


@pytest.mark.parametrize(
    ("requests", "concurrency", "instances"),
    [(200, 6, 1), (200, 3, 2), (500, 16, 1), (1000, 16, 3), (1, 1, 1)],
)
def test_the_workers_that_terraform_lays_out_for_a_quota_are_right(requests, concurrency, instances):
    change = changed("functions", "synthesize", concurrency=concurrency, instances=instances)
    facts = environment("synthesize", THREADS=str(concurrency))(change(well()))
    assert not_well(replace(facts, quota=Quota(requests, 2))) == []


def test_without_gcloud_it_is_said_once_that_functions_were_not_checked_and_nothing_fails():
    why = Unknown("gcloud is not installed")
    facts = well()
    callers = {stage.name: why for stage in STAGES}
    facts = replace(
        facts,
        functions=callers,
        schedule=why,
        wheel=why,
        policies={**facts.policies, **{CLOUD.function(name): why for name in callers}},
    )
    found = not_well(facts)
    assert {finding.status for finding in found} == {"unknown"}
    assert len([finding for finding in found if finding.check == "functions"]) == 1
    assert len([finding for finding in found if finding.check == "permissions"]) == 1
    assert all("gcloud is not installed" in str(finding) for finding in found)


def test_what_a_loopback_has_no_use_for_is_not_asked_of_a_local_stack():
    facts = well(LOCAL)
    facts = changed("buckets", "jobs", uniform_access=False, public_access="inherited")(facts)
    assert {finding.status for finding in findings(facts)} <= {"ok", "unknown"}


def test_a_local_subscription_that_pushes_to_another_stage_is_found():
    facts = replace(well(LOCAL), functions=dict.fromkeys(well().functions, Unknown("it is this machine")))
    change = changed("subscriptions", "finalize", endpoint="http://127.0.0.1:1/bury/")
    assert ["not finalize" in str(finding) for finding in findings(change(facts)) if finding.status == "fail"]


# What must agree with infra/.


def test_the_grants_that_are_checked_are_those_of_terraform():
    text = (INFRA / "accounts.tf").read_text()
    roles = dict(re.findall(r'(reads|adds|keeps) += "(roles/[\w.]+)"', text))
    buckets = re.findall(r'\["(\w+)", "(\w+)", local\.(\w+)\]', text)
    written = {(account, kind, roles[role]) for account, kind, role in buckets if account != "build"}
    assert written == set(BUCKET_GRANTS)
    topics = text[text.index("topic_grants") : text.index("agent_grants")]
    assert set(re.findall(r'\["(\w+)", "(\w+)"\]', topics)) == set(TOPIC_GRANTS)


def test_google_may_take_messages_out_of_the_subscriptions_that_give_some_up_and_of_no_other():
    listeners = {thing for thing, grant in wanted_grants(well()) if grant.role == "roles/pubsub.subscriber"}
    assert listeners == {CLOUD.subscription(stage) for stage in ("dispatch", "synthesize", "finalize")}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("buckets.tf", '"${var.project}-${var.name}-${each.key}"'),
        ("topics.tf", '"${var.name}-dead-letters-kept"'),
        ("topics.tf", '"${var.name}-${each.key}"'),
        ("functions.tf", '"${var.name}-${each.key}"'),
        ("schedule.tf", '"${var.name}-sweep"'),
        ("accounts.tf", '"${var.name}-${each.key}"'),
    ],
)
def test_names_are_made_as_terraform_makes_them(file, words):
    assert words in (INFRA / file).read_text()


def test_every_topic_is_pushed_to_the_stage_that_terraform_pushes_it_to():
    written = re.findall(
        r'^\s+(\w+)\s+= \{ topic = (?:"([\w-]+)"|null)', (INFRA / "stages.tf").read_text(), re.M
    )
    assert [(name, topic or None) for name, topic in written] == [(each.name, each.topic) for each in STAGES]


def test_the_names_of_a_deployment():
    names = CLOUD.bucket("jobs"), CLOUD.kept_dead_letters, CLOUD.account("push")
    assert names == (
        "my-project-dropcast-jobs",
        "projects/my-project/subscriptions/dropcast-dead-letters-kept",
        "dropcast-push@my-project.iam.gserviceaccount.com",
    )


# What is asked, and what the answers mean.


def refuse(error):
    raise error


def test_what_client_libraries_raise_says_what_is_not_there_not_allowed_and_not_answering():
    assert asked(refuse, NotFound("x")) == Missing()
    assert asked(refuse, PermissionDenied("not\n you")) == Unknown("you may not ask: not you")
    assert asked(refuse, ServiceUnavailable("x")) == NoAnswer("x")


def test_an_api_that_is_not_enabled_gives_no_answer():
    error = PermissionDenied("enable it", error_info=ErrorInfo(reason="SERVICE_DISABLED"))
    assert asked(refuse, error) == NoAnswer("enable it")


FUNCTION = {
    "name": "projects/my-project/locations/europe-west1/functions/dropcast-synthesize",
    "state": "ACTIVE",
    "buildConfig": {
        "runtime": "python313",
        "entryPoint": "synthesize",
        "source": {"storageSource": {"bucket": "my-project-dropcast-source", "object": "functions-1.zip"}},
    },
    "serviceConfig": {
        "uri": "https://dropcast-synthesize-abc-ew.a.run.app",
        "serviceAccountEmail": "dropcast-synthesize@my-project.iam.gserviceaccount.com",
        "timeoutSeconds": 540,
        "maxInstanceCount": 2,
        "maxInstanceRequestConcurrency": 16,
        "environmentVariables": {"THREADS": "16"},
    },
}
POLICY = {
    "bindings": [
        {"role": CALLS, "members": ["serviceAccount:a", "serviceAccount:b"]},
        {"role": CALLS, "members": ["serviceAccount:c"], "condition": {"expression": "false"}},
    ]
}


def test_a_function_is_read_as_the_api_shows_it():
    name, described = gcloud.read_function(FUNCTION)
    assert name == "dropcast-synthesize"
    assert described.archive == ("my-project-dropcast-source", "functions-1.zip")
    assert described.function == Function(
        "ACTIVE",
        "https://dropcast-synthesize-abc-ew.a.run.app",
        "python313",
        "dropcast-synthesize@my-project.iam.gserviceaccount.com",
        540,
        16,
        2,
        {"THREADS": "16"},
    )


@pytest.mark.parametrize("said", [None, {}, {"name": 3, "serviceConfig": "?", "buildConfig": {"source": []}}])
def test_a_function_that_says_nothing_is_read_all_the_same(said):
    name, described = gcloud.read_function(said)
    assert (name, described.archive, described.function.state) == ("", None, "")


def test_a_grant_on_a_condition_is_none():
    assert gcloud.read_policy(POLICY) == {Grant(CALLS, "serviceAccount:a"), Grant(CALLS, "serviceAccount:b")}


class Ruled:
    """A thing of Cloud Storage or of Pub/Sub that has a policy."""

    def __init__(self, policy: object) -> None:
        self._policy = policy

    def get_iam_policy(self, **_: object) -> object:
        return self._policy


def test_policies_are_read_as_the_client_libraries_give_them():
    granted = {Grant(CALLS, "serviceAccount:a"), Grant(CALLS, "serviceAccount:b")}
    assert (
        policy_of_bucket(Ruled(StoragePolicy.from_api_repr(json.loads(json.dumps(POLICY)) | {"version": 3})))
        == granted
    )
    assert policy_of(Ruled(ParseDict(POLICY, PubsubPolicy())), "projects/p/topics/t") == granted


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Return what puts a gcloud on the path that says what it is told, and writes down what it was asked."""

    asked_of = tmp_path / "asked"

    def say(out: object = "", error: str = "") -> Path:
        text = out if isinstance(out, str) else json.dumps(out)
        program = tmp_path / "gcloud"
        program.write_text(
            f"#!{sys.executable}\nimport pathlib, sys\n"
            f"pathlib.Path({str(asked_of)!r}).write_text(' '.join(sys.argv[1:]))\n"
            f"sys.stdout.write({text!r})\nsys.exit({error!r} or 0)\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return asked_of

    return say


def test_functions_callers_and_the_schedule_are_asked_of_gcloud(said):
    said([FUNCTION])
    assert gcloud.functions("my-project", "europe-west1").keys() == {"dropcast-synthesize"}
    said(POLICY)
    assert len(gcloud.callers("dropcast-api", "my-project", "europe-west1")) == 2
    said({"state": "ENABLED", "httpTarget": {"uri": "https://x"}})
    assert gcloud.schedule("dropcast-sweep", "my-project", "europe-west1") == Schedule("ENABLED", "https://x")


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("ERROR: NOT_FOUND: no such job", Missing()),
        ("ERROR: (gcloud.run.services.get-iam-policy) PERMISSION_DENIED: no", Unknown),
    ],
)
def test_what_gcloud_refuses_is_missing_or_unknown(said, error, meaning):
    said(error=error)
    found = gcloud.schedule("dropcast-sweep", "my-project", "europe-west1")
    assert found == meaning or (isinstance(meaning, type) and isinstance(found, meaning))


def test_a_gcloud_that_babbles_is_unknown(said):
    said("Updates are available!")
    assert isinstance(gcloud.functions("my-project", "europe-west1"), Unknown)


def test_without_gcloud_nothing_is_known_of_functions(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gcloud.functions("my-project", "europe-west1") == Unknown("gcloud is not installed")


def test_every_line_that_is_asked_of_gcloud_is_one_that_gcloud_knows(said):
    program = shutil.which("gcloud")
    if program is None:
        pytest.skip("gcloud is not installed")
    path, lines = os.environ["PATH"], []
    for ask in (
        lambda: gcloud.functions("my-project", "europe-west1"),
        lambda: gcloud.callers("dropcast-api", "my-project", "europe-west1"),
        lambda: gcloud.schedule("dropcast-sweep", "my-project", "europe-west1"),
    ):
        asked_of = said({})
        ask()
        lines.append(asked_of.read_text())
    for line in lines:
        command = [program, "meta", "lint-gcloud-commands", "--command-string", f"gcloud {line}"]
        ended = subprocess.run(
            command, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False, timeout=60
        )
        (verdict,) = json.loads(ended.stdout)
        assert verdict["success"], verdict["error_message"]


def archive(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("_", "."), text)
    return written.getvalue()


def test_the_wheel_that_brings_ffmpeg_is_found_among_the_deployed_requirements():
    assert wheel_in(archive(requirements_txt="flask==3\nimageio-ffmpeg==0.8.1\n")) == "imageio-ffmpeg==0.8.1"
    assert wheel_in(archive(requirements_txt="flask==3\n")) == Missing()
    assert isinstance(wheel_in(archive(main_py="")), Unknown)
    assert isinstance(wheel_in(b"no archive"), Unknown)


# Which dropcast is meant.

HERE = Folder(Path("data"), "tone")
RUNNING = {"STORAGE_EMULATOR_HOST": "a", "PUBSUB_EMULATOR_HOST": "b", "SPEECH_EMULATOR_HOST": "c"}


@pytest.fixture(autouse=True)
def nothing_running(monkeypatch):
    for name in RUNNING:
        monkeypatch.delenv(name, raising=False)


def test_a_project_that_is_named_is_meant_and_else_what_runs_here_and_else_one_is_started(monkeypatch):
    assert whereabouts(None, HERE) == HERE
    for name, address in RUNNING.items():
        monkeypatch.setenv(name, address)
    assert whereabouts(None, HERE) == Addresses("a", "b", "c")
    cloud = Cloud("my-project", "europe-west1", "dropcast")
    assert whereabouts(cloud, HERE) == cloud


def test_half_of_a_running_stack_is_no_stack(monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "a")
    with pytest.raises(CannotSubmit, match="Set PUBSUB_EMULATOR_HOST and SPEECH_EMULATOR_HOST too"):
        whereabouts(None, HERE)
