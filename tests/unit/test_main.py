"""The entry points acknowledge what can never be read, and ask again for what failed for now."""

import base64
import json
import logging
import os
import sys
from pathlib import Path

import pytest
from functions_framework import create_app

from dropcast import wiring
from dropcast.gateways.logs import JsonLines
from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import encode_step, encode_utterance
from dropcast.jobs.outcome import Rejection, Spoken, decode_outcomes
from dropcast.jobs.part import Part
from dropcast.jobs.plan import NO_LINE
from dropcast.jobs.planning import Defaults
from dropcast.jobs.recording import Recording
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.sound.wav import encode_wav
from dropcast.stages.in_flight import InFlight
from fakes import (
    DigestEncoder,
    MemoryEpisodeStore,
    MemoryObjectStore,
    MemoryTopic,
    ToneSpeech,
    WavMedia,
    tone,
)

SOURCE = str(Path(__file__).parents[2] / "functions" / "main.py")
ENTRY_POINTS = ["dispatch", "synthesize", "finalize", "bury"]
UPLOAD = Upload("uploads", "shows/story.json", 7)
SCRIPT = [{"speaker": "A", "line": "Hello."}, {"speaker": "B", "line": "Hi."}]


class World:
    """The deployed functions with fakes behind them, called as the framework calls them."""

    def __init__(self):
        self.trouble = None
        self.uploads, self.jobs = MemoryObjectStore(self.fault), MemoryObjectStore(self.fault)
        self.episodes = MemoryEpisodeStore(self.jobs)
        self.lines, self.blocks = MemoryTopic(), MemoryTopic()
        self.gateways = {
            "uploads": self.uploads,
            "jobs": self.jobs,
            "episodes": self.episodes,
            "lines": self.lines,
            "blocks": self.blocks,
            "speech": ToneSpeech(),
            "media": WavMedia(),
            "encoder": DigestEncoder(),
            "in_flight": InFlight(),
            "defaults": Defaults(),
            "start_logging": None,
        }
        self.uploads.put(UPLOAD.name, json.dumps(SCRIPT).encode(), UPLOAD.generation)

    def fault(self, _):
        if self.trouble:
            raise self.trouble

    def post(self, target, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return create_app(target, SOURCE).test_client().post("/", data=data)

    def run(self):
        """Deliver everything that is published, and say how each delivery was answered."""
        answers = [self.post("dispatch", UPLOADED)]
        answers += [self.post("synthesize", push(encode_utterance(each))) for each in self.lines.published]
        # The list grows meanwhile: whoever settles an episode publishes its parts.
        answers += [self.post("finalize", push(encode_step(each))) for each in self.blocks.published]
        return [answer.status_code for answer in answers]


@pytest.fixture
def world(monkeypatch):
    # The framework runs main.py anew for each app, and writes all over the process.
    monkeypatch.setitem(sys.modules, "main", sys.modules[__name__])
    monkeypatch.setattr(sys, "path", sys.path[:])
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "http")
        monkeypatch.delenv(name)
    world = World()
    for name, gateway in world.gateways.items():
        monkeypatch.setattr(wiring, name, lambda gateway=gateway: gateway)
    return world


def push(data):
    return {"message": {"data": base64.b64encode(data).decode(), "messageId": "1"}, "subscription": "s"}


UPLOADED = {
    "message": {
        "attributes": {
            "eventType": "OBJECT_FINALIZE",
            "bucketId": UPLOAD.bucket,
            "objectId": UPLOAD.name,
            "objectGeneration": str(UPLOAD.generation),
        }
    }
}


def test_a_dropped_script_becomes_an_episode(world):
    assert world.run() == [204, 204, 204, 204, 204]
    assert set(world.episodes.objects) == {"shows/story.mp3", "shows/story.vtt", "shows/story.report.json"}


def test_an_acknowledgement_has_no_body(world):
    assert world.post("dispatch", UPLOADED).data == b""


@pytest.mark.parametrize("target", ENTRY_POINTS)
@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[" * 10_000, {}, push(b"nonsense")], ids=lambda b: repr(b)[:20]
)
def test_what_can_never_be_read_is_acknowledged_and_logged(world, caplog, target, body):
    assert world.post(target, body).status_code == 204
    assert [record.getMessage() for record in caplog.records if "unreadable" in record.getMessage()]
    assert world.jobs.operations == []


def entries(caplog):
    """What was logged, as Cloud Logging would read it."""
    return [json.loads(line) for line in caplog.text.splitlines() if line.startswith("{")]


@pytest.fixture
def logged(caplog):
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO, "dropcast")
    return lambda: entries(caplog)


def test_every_entry_of_a_delivery_says_whose_it_is_and_which_attempt(world, logged):
    world.post("dispatch", UPLOADED)
    utterance = world.lines.published[1]
    world.post("synthesize", push(encode_utterance(utterance)) | {"deliveryAttempt": 3})
    spoken = logged()[-1]
    place = {"utterance": 1, "line": 1, "block": 0, "stage": "synthesize", "attempt": 3}
    assert place.items() <= spoken.items()
    assert (spoken["message"], spoken["job"]) == ("spoken", UPLOAD.job)


def test_what_fails_for_now_says_whose_it_is_and_why(world, logged):
    world.trouble = TryLater("storage is away")
    world.post("dispatch", UPLOADED | {"deliveryAttempt": 7})
    assert logged() == [
        {
            "severity": "WARNING",
            "message": "to be delivered again",
            "logger": "dropcast.main",
            "stage": "dispatch",
            "attempt": 7,
            "job": UPLOAD.job,
            "reason": "storage is away",
        }
    ]


def test_a_mistake_of_ours_says_whose_it_is_without_quoting_anything(world, logged):
    world.trouble = ZeroDivisionError("the script says so")
    world.post("dispatch", UPLOADED)
    crashed = next(entry for entry in logged() if entry["message"] == "crashed")
    assert (crashed["job"], crashed["reason"]) == (UPLOAD.job, "ZeroDivisionError")
    assert "the script says so" not in json.dumps(crashed)


def test_nothing_is_left_of_one_delivery_for_the_entries_of_the_next(world, logged):
    world.post("dispatch", UPLOADED | {"deliveryAttempt": 7})
    world.post("synthesize", b"nonsense")
    assert {"job", "attempt"}.isdisjoint(logged()[-1])


def deliveries(world):
    """A good delivery for each entry point."""
    world.run()
    utterance, block = (
        push(encode_utterance(world.lines.published[0])),
        push(encode_step(world.blocks.published[0])),
    )
    return {"dispatch": UPLOADED, "synthesize": utterance, "finalize": block, "bury": block}


@pytest.mark.parametrize("target", ENTRY_POINTS)
def test_what_fails_for_now_is_asked_for_again(world, target):
    body = deliveries(world)[target]
    world.trouble = TryLater("storage is away")
    assert world.post(target, body).status_code == 503


@pytest.mark.parametrize("target", ENTRY_POINTS)
def test_a_mistake_of_ours_is_asked_for_again_too_until_it_is_a_dead_letter(world, target):
    body = deliveries(world)[target]
    world.trouble = ZeroDivisionError("a mistake")
    assert world.post(target, body).status_code == 500


def test_a_dead_utterance_is_rejected_and_its_block_goes_on(world):
    world.post("dispatch", UPLOADED)
    dead, other = world.lines.published
    world.post("synthesize", push(encode_utterance(other)))
    assert world.post("bury", push(encode_utterance(dead))).status_code == 204
    (outcome,) = decode_outcomes(world.jobs.objects[names.outcome(dead.block, dead.index)])
    assert isinstance(outcome, Rejection)
    assert world.blocks.published == [dead.block]


def test_a_recording_becomes_an_outcome(world):
    world.uploads.put("jingle.wav", encode_wav(tone(5000)), generation=1)
    insert = Utterance("job-1", 0, 1, NO_LINE, Recording("jingle.wav", 24_000))
    assert world.post("synthesize", push(encode_utterance(insert))).status_code == 204
    (outcome,) = decode_outcomes(world.jobs.objects[names.outcome(insert.block, 0)])
    assert isinstance(outcome, Spoken)


@pytest.mark.parametrize("kind", ["block", "upload"])
def test_a_dead_block_or_upload_ends_its_job(world, kind):
    world.post("dispatch", UPLOADED)
    dead = {
        "block": push(encode_step(world.lines.published[0].block)),
        "upload": UPLOADED,
    }
    assert world.post("bury", dead[kind]).status_code == 204
    assert json.loads(world.jobs.objects[names.report(UPLOAD.job)])["status"] == "failed"


def test_a_dead_part_of_no_episode_is_acknowledged(world):
    part = Part(UPLOAD.job, 0, 576, 24_000, is_last=True, ceiling=None, pieces=(), beds=(), codings=())
    assert world.post("bury", push(encode_step(part))).status_code == 204
    assert names.report(UPLOAD.job) not in world.jobs.objects


def test_the_process_is_left_as_it_was_found(world, monkeypatch):
    world.post("dispatch", UPLOADED)
    assert "FUNCTION_TARGET" in os.environ
    monkeypatch.undo()
    assert "FUNCTION_TARGET" not in os.environ
    assert sys.modules.get("main") is not sys.modules[__name__]
