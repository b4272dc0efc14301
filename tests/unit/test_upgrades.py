"""A job that one release began is finished by the next, wherever it stood, and newer things are left alone.

tests/data/releases holds jobs as earlier releases wrote them, byte by byte. They are never written anew: if
one of them is no longer understood, a deployment with jobs under way must not be upgraded.
"""

import base64
import json
import sys
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from functions_framework import create_app

from dropcast import wiring
from dropcast.jobs import names
from dropcast.jobs.batch.bundle import decode_bundle
from dropcast.jobs.batch.report import decode_batch_ending
from dropcast.jobs.batch.stored_plan import decode_head, decode_inputs
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.made import decode_made
from dropcast.jobs.messages import VERSION, decode_message
from dropcast.jobs.outcome import decode_outcomes
from dropcast.jobs.part import Part
from dropcast.jobs.plan import decode_plan
from dropcast.jobs.report import decode_ending
from dropcast.jobs.utterance import Utterance
from dropcast.publishing.layout import decode_layout
from dropcast.stages.waking import QUIET, Waker
from fakes import MemoryObjectStore, MemoryTopic
from weather import Cloud, FirstPick

ROOT = Path(__file__).parents[2]
RELEASES = ROOT / "tests" / "data" / "releases"


def content(stored):
    return (
        stored["text"].encode() if "text" in stored else zlib.decompress(base64.b64decode(stored["deflated"]))
    )


@dataclass(frozen=True)
class Frozen:
    """A job that an earlier release began: what it stored, in order, and what it published meanwhile."""

    upload: Upload
    uploads: dict[str, bytes]
    objects: dict[str, bytes]
    messages: list[tuple[int, bytes]]

    def standing(self, made):
        """A cloud in which the job stands where that release had made so many objects of it."""
        cloud = Cloud([], FirstPick())
        for name, data in self.uploads.items():
            cloud.uploads.put(name, data, self.upload.generation)
        for name, data in list(self.objects.items())[:made]:
            cloud.jobs.create(name, data)
        cloud.send([self.upload, *(decode_message(data) for after, data in self.messages if after <= made)])
        return cloud

    def of(self, kind):
        return [data for name, data in self.objects.items() if name.startswith(kind) and "json" in name]


def frozen(name):
    told = json.loads((RELEASES / f"{name}.json").read_text(encoding="utf-8"))
    return Frozen(
        Upload(**told["upload"]),
        {stored["name"]: content(stored) for stored in told["uploads"]},
        {stored["name"]: content(stored) for stored in told["objects"]},
        [(message["after"], message["data"].encode()) for message in told["messages"]],
    )


TALK, BATCH = frozen("conversation"), frozen("batch")
STATES = [
    pytest.param(job, made, id=f"{name}-{made}")
    for name, job in (("conversation", TALK), ("batch", BATCH))
    for made in range(len(job.objects) + 1)
]


@pytest.mark.parametrize(("job", "made"), STATES)
def test_a_job_is_finished_from_wherever_an_earlier_release_left_it(job, made):
    cloud = job.standing(made)
    clips = sum(name.startswith("clips/") for name in cloud.jobs.objects)
    everybody = [message for _, message in job.messages if b'"utterance"' in message]
    cloud.run()
    assert cloud.report(job.upload)["status"] == "succeeded"
    spoken = [message for message in everybody if b'"content"' in message]
    recorded = len(everybody) - len(spoken)
    assert len(cloud.speech.spoken) <= len(spoken) - max(0, clips - recorded), "what was bought is used"


def test_what_an_earlier_release_had_finished_stays_as_it_is():
    cloud = TALK.standing(len(TALK.objects))
    cloud.run()
    assert TALK.objects.items() <= cloud.jobs.objects.items()
    assert set(cloud.episodes.objects) == {f"show.d/story.{kind}" for kind in ("mp3", "vtt", "report.json")}


def test_an_episode_that_an_earlier_release_settled_comes_out_as_it_would_have():
    settled = list(TALK.objects).index(names.layout(TALK.upload.job)) + 1
    cloud = TALK.standing(settled)
    cloud.run()
    (result,) = (name for name in TALK.objects if name.endswith("episode.mp3"))
    assert cloud.jobs.objects[result] == TALK.objects[result]


def test_an_archive_that_an_earlier_release_had_bundled_is_sound():
    cloud = BATCH.standing(len(BATCH.objects) - 4)
    cloud.run()
    ending = decode_batch_ending(cloud.jobs.objects[names.report(BATCH.upload.job)])
    with zipfile.ZipFile(BytesIO(cloud.jobs.objects[ending.archive])) as archive:
        assert archive.testzip() is None
        assert {"0001.wav", "0002.wav", "summary.json"} <= set(archive.namelist())


@pytest.mark.parametrize("job", [TALK, BATCH], ids=["conversation", "batch"])
def test_what_is_woken_of_an_old_job_are_the_messages_that_it_had(job):
    planned = min(after for after, _ in job.messages)
    cloud = job.standing(planned)
    lines = MemoryTopic()
    Waker(cloud.jobs, lines, MemoryTopic(), datetime.now(UTC) + QUIET[0] + timedelta(seconds=1)).wake()
    had = [decode_message(data) for _, data in job.messages]
    assert lines.published == [message for message in had if isinstance(message, Utterance)]


# As the very first code wrote them (1a868a5), before messages were told apart by version.
FIRST_MESSAGES = {
    '{"version":1,"job":"story-7-0123456789ab","utterance":33,"of":40,"line":30,"request":{"kind":"text",'
    '"content":"Gr\u00fc\u00dfe.","voice":"de-DE-Neural2-B","languageCode":"de-DE","sampleRateHertz":24000,'
    '"speakingRate":1.1,"pitch":-2.0,"effectsProfileId":["headphone-class-device"]}}': Utterance,
    '{"version":1,"job":"story-7-0123456789ab","block":1,"of":40}': Block,
}


@pytest.mark.parametrize(("message", "kind"), FIRST_MESSAGES.items(), ids=["utterance", "block"])
def test_the_first_messages_are_still_understood(message, kind):
    decoded = decode_message(message.encode())
    assert isinstance(decoded, kind)
    assert decoded.job == "story-7-0123456789ab"
    if isinstance(decoded, Utterance):
        said = decoded.request
        assert (said.content, said.speaking_rate, said.pitch) == ("Grüße.", 1.1, -2.0)
        assert (decoded.block, decoded.line, decoded.withdrawable) == (Block(decoded.job, 1, 40), 30, False)


FREE = ("loudness", "custom_voices", "echo", "voices")  # whose keys are data: what is in them is kept


def with_more(data):
    """The same, as a release to come may write it: with one more field in each object of the JSON."""
    lines = [json.dumps(_grown(json.loads(line))).encode() for line in data.splitlines() if line.strip()]
    return b"\n".join(lines)


def _grown(value):
    match value:
        case dict():
            grown = {key: inner if key in FREE else _grown(inner) for key, inner in value.items()}
            return grown | {"toCome": True}
        case list():
            return [_grown(inner) for inner in value]
    return value


STORED = [
    (decode_plan, TALK.of("plans/")),
    (decode_outcomes, TALK.of("gathered/")),
    (decode_layout, TALK.of("layouts/")),
    (decode_made, TALK.of("parts/")),
    (decode_head, BATCH.of("batches/")),
    (decode_inputs, BATCH.of("inputs/")),
    (decode_bundle, BATCH.of("bundles/")),
    (decode_message, [data for job in (TALK, BATCH) for _, data in job.messages]),
]


@pytest.mark.parametrize(("decode", "stored"), STORED, ids=[decode.__name__ for decode, _ in STORED])
def test_what_a_newer_release_adds_is_left_alone_so_that_one_can_go_back(decode, stored):
    assert stored
    for data in stored:
        assert decode(with_more(data)) == decode(data)


def test_a_report_of_a_newer_release_is_published():
    (report,) = TALK.of("reports/")
    first, _, lines = report.partition(b"\n")
    grown = first.replace(b'"version": 1', b'"version": 2, "toCome": {"a": 1}') + b"\n" + lines
    assert grown != report
    assert decode_ending(grown) == decode_ending(report)


def push(data):
    return {"message": {"data": base64.b64encode(data).decode(), "messageId": "1"}, "subscription": "s"}


@pytest.mark.parametrize(
    ("target", "kind"),
    [("synthesize", Utterance), ("finalize", Block), ("finalize", Part), ("bury", Utterance)],
)
def test_a_message_of_a_newer_version_is_left_for_an_instance_that_reads_it(monkeypatch, target, kind):
    # The framework runs main.py anew for each app, and writes all over the process.
    monkeypatch.setitem(sys.modules, "main", sys.modules[__name__])
    monkeypatch.setattr(sys, "path", sys.path[:])
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "http")
        monkeypatch.delenv(name)
    monkeypatch.setattr(wiring, "start_logging", lambda: None)
    monkeypatch.setattr(wiring, "jobs", MemoryObjectStore)
    data = next(data for _, data in TALK.messages if isinstance(decode_message(data), kind))
    newer = json.dumps(json.loads(data) | {"version": VERSION + 1}).encode()
    client = create_app(target, str(ROOT / "functions" / "main.py")).test_client()
    assert client.post("/", data=json.dumps(push(newer))).status_code == 503
