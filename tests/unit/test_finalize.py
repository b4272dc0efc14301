"""A full block is gathered; the last of a job's blocks renders the episode."""

import json

import pytest

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, encode_outcome
from dropcast.jobs.planning import Defaults
from dropcast.ports import ObjectMissing, TryLater
from dropcast.sound.mp3 import BrokenEpisode
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from fakes import DigestEncoder, MemoryEpisodeStore, MemoryObjectStore, MemoryTopic, ToneSpeech

UPLOAD = Upload("uploads", "shows/story.json", 7)


class World:
    """A job all of whose utterances are spoken, and none of whose blocks are finalized."""

    def __init__(self, lines=3, refused=(), **settings):
        entries = [{"speaker": "AB"[at % 2], "line": f"line {at}"} for at in range(lines)]
        self.uploads, self.jobs = MemoryObjectStore(), MemoryObjectStore()
        self.lines, self.blocks = MemoryTopic(), MemoryTopic()
        self.episodes = MemoryEpisodeStore(self.jobs)
        script = json.dumps({"lines": entries, **settings}).encode()
        self.uploads.put(UPLOAD.name, script, UPLOAD.generation)
        dispatch_script(UPLOAD, self.uploads, self.jobs, self.episodes, self.lines, Defaults())
        for utterance in self.lines.published:
            synthesize_utterance(
                utterance, self.jobs, ToneSpeech(refused), self.blocks, SharedLook(patience=0)
            )

    def finalize(self, *blocks, encoder=None):
        for block in blocks or self.blocks.published:
            finalize_block(block, self.jobs, self.episodes, encoder or DigestEncoder(), InFlight())
        return self

    def report(self):
        return json.loads(self.jobs.objects[names.report(UPLOAD.job)])


def test_the_last_block_renders_the_episode_and_publishes_it_with_its_report():
    world = World().finalize()
    assert world.report()["status"] == "succeeded"
    assert set(world.episodes.objects) == {"shows/story.mp3", "shows/story.vtt", "shows/story.report.json"}


def test_an_episode_waits_for_its_last_block():
    world = World(lines=BLOCK_SIZE + 1)
    first, second = world.blocks.published
    world.finalize(second)
    assert names.report(UPLOAD.job) not in world.jobs.objects
    world.finalize(first)
    assert world.report()["status"] == "succeeded"


def test_a_block_that_is_not_full_is_left_for_whoever_fills_it():
    world = World()
    del world.jobs.objects[names.outcome(Block(UPLOAD.job, 0, 3), 1)]
    world.finalize()
    assert names.gathered(Block(UPLOAD.job, 0, 3)) not in world.jobs.objects


def test_the_report_tells_where_each_line_is_and_what_it_cost():
    report = World().finalize().report()
    lines = report["lines"]
    assert [line["line"] for line in lines] == [0, 1, 2]
    assert lines[0]["startTime"] == 0
    assert all(line["endTime"] <= after["startTime"] for line, after in zip(lines, lines[1:], strict=False))
    assert lines[-1]["endTime"] == report["durationSeconds"]
    assert report["billing"]["characters"] == {"Chirp3-HD": len("line 0") * 3}


def test_by_default_one_rejected_line_fails_the_conversation_and_publishes_only_the_report():
    world = World(refused=["line 1"]).finalize()
    report = world.report()
    assert report["status"] == "failed"
    assert [error["pointer"] for error in report["errors"]] == ["/lines/1"]
    assert set(world.episodes.objects) == {"shows/story.report.json"}


def test_on_error_skip_leaves_the_line_out_and_says_so():
    whole = World().finalize().report()
    report = World(refused=["line 1"], onError="skip").finalize().report()
    assert report["status"] == "succeeded"
    assert report["samples"] < whole["samples"]
    assert [line["state"] for line in report["lines"]] == ["spoken", "rejected", "spoken"]
    assert "startTime" not in report["lines"][1]
    assert report["lines"][1]["reason"] == "unspeakable: line 1"


def test_an_episode_with_nothing_left_to_hear_fails():
    world = World(refused=["line 0", "line 1", "line 2"], onError="skip").finalize()
    assert world.report()["status"] == "failed"
    assert set(world.episodes.objects) == {"shows/story.report.json"}


def test_a_late_delivery_publishes_what_a_crash_left_unpublished():
    world = World().finalize()
    published = dict(world.episodes.objects)
    world.episodes.objects.clear()
    world.finalize()
    assert {name: data for name, (data, _) in world.episodes.objects.items()} == {
        name: data for name, (data, _) in published.items()
    }


def test_an_episode_of_the_wrong_length_never_gets_a_report():
    class Short(DigestEncoder):
        def mp3(self, pcm, sample_rate_hertz, output):
            yield from list(super().mp3(pcm, sample_rate_hertz, output))[:-1]

    world = World()
    with pytest.raises(BrokenEpisode):
        world.finalize(encoder=Short())
    assert names.report(UPLOAD.job) not in world.jobs.objects
    assert names.result(UPLOAD.job, "mp3") not in world.jobs.objects
    assert world.episodes.objects == {}


def test_a_clip_that_has_vanished_is_no_reason_to_render_without_it():
    world = World()
    clip = next(name for name in world.jobs.objects if name.startswith("clips/"))
    del world.jobs.objects[clip]
    with pytest.raises(ObjectMissing):
        world.finalize()
    assert names.report(UPLOAD.job) not in world.jobs.objects


def test_a_block_of_nothing_but_rejections_is_complete_as_well():
    world = World(lines=BLOCK_SIZE + 1, refused=[f"line {BLOCK_SIZE}"], onError="skip").finalize()
    assert world.report()["status"] == "succeeded"


def test_a_rejection_that_came_too_late_changes_nothing():
    world = World()
    block = world.blocks.published[0]
    assert not world.jobs.create(names.outcome(block, 0), encode_outcome(Rejection(0, "given up")))
    assert world.finalize().report()["status"] == "succeeded"


def test_a_delivery_during_the_rendering_of_its_job_is_not_acknowledged():
    # The one that renders may fail, and be known as acknowledged already, by a copy somewhere else.
    world, in_flight = World(), InFlight(patience=0)
    (block,) = world.blocks.published
    with in_flight.alone(UPLOAD.job), pytest.raises(TryLater):
        finalize_block(block, world.jobs, world.episodes, DigestEncoder(), in_flight)
