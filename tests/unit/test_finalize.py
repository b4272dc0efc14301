"""A full block is gathered; the last of a job's blocks renders the episode."""

import json

import pytest

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.made import decode_made
from dropcast.jobs.outcome import Rejection, encode_outcome
from dropcast.jobs.part import Part
from dropcast.jobs.planning import Defaults
from dropcast.ports import ObjectMissing, TryLater
from dropcast.sound import cuts
from dropcast.sound.frames import BrokenEpisode
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block, finalize_part
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from fakes import (
    DigestEncoder,
    MemoryEpisodeStore,
    MemoryObjectStore,
    MemoryTopic,
    ToneSpeech,
    WavMedia,
)

UPLOAD = Upload("uploads", "shows/story.json", 7)
EDITED = Upload("uploads", "shows/story.json", 8)


class World:
    """A job all of whose utterances are spoken, and none of whose blocks are finalized."""

    def __init__(self, lines=3, refused=(), upload=UPLOAD, edit=None, jobs=None, **settings):
        entries = [{"speaker": "AB"[at % 2], "line": f"line {at}"} for at in range(lines)]
        if edit:
            entries[edit[0]]["line"] = edit[1]
        self.upload, self.uploads = upload, MemoryObjectStore()
        self.jobs = jobs or MemoryObjectStore()
        self.lines, self.blocks = MemoryTopic(), MemoryTopic()
        self.episodes = MemoryEpisodeStore(self.jobs)
        script = json.dumps({"lines": entries, **settings}).encode()
        self.uploads.put(upload.name, script, upload.generation)
        dispatch_script(upload, self.uploads, self.jobs, self.episodes, self.lines, Defaults())
        speech = ToneSpeech(refused)
        for utterance in self.lines.published:
            world = self.uploads, self.jobs, speech, WavMedia(), self.blocks
            synthesize_utterance(utterance, *world, SharedLook(patience=0))

    def finalize(self, *steps, encoder=None):
        """Deliver these steps, or all blocks; then whatever follows from them."""
        encoder = encoder or DigestEncoder()
        pending, seen = list(steps or self.blocks.published), len(self.blocks.published)
        while pending:
            match pending.pop(0):
                case Part() as part:
                    finalize_part(part, self.jobs, self.episodes, encoder, InFlight())
                case Block() as block:
                    finalize_block(block, self.jobs, self.episodes, encoder, self.blocks, InFlight())
            pending += self.blocks.published[seen:]
            seen = len(self.blocks.published)
        return self

    def parts(self):
        return [step for step in self.blocks.published if isinstance(step, Part)]

    def frames(self, digest):
        made = decode_made(self.jobs.objects[names.part(self.upload.job, digest, "mp3")])
        return self.jobs.objects[names.part_frames(self.upload.job, digest, made.content, "mp3")]

    def result(self, extension):
        [output] = [each for each in self.report()["outputs"] if each["format"] == extension]
        return self.jobs.objects[output["result"]]

    def report(self):
        return json.loads(self.jobs.objects[names.report(self.upload.job)])


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
        def encode(self, pcm, sample_rate_hertz, coding):
            return super().encode(pcm, sample_rate_hertz, coding)[: -coding.bitrate_kbps * 3]

    world = World()
    with pytest.raises(BrokenEpisode):
        world.finalize(encoder=Short())
    assert names.report(UPLOAD.job) not in world.jobs.objects
    assert not [
        name for name in world.jobs.objects if name.startswith(("results/", "parts/")) and "mp3" in name
    ]
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
        finalize_block(block, world.jobs, world.episodes, DigestEncoder(), world.blocks, in_flight)


@pytest.fixture
def short_parts(monkeypatch):
    """Parts of a few seconds, so that a short episode has many."""
    monkeypatch.setattr(cuts, "SHORTEST", 2 * 24_000)
    monkeypatch.setattr(cuts, "LONG", 4 * 24_000)


def test_a_long_episode_is_rendered_in_parts_that_make_the_same_file(short_parts, monkeypatch):
    many = World(lines=3 * BLOCK_SIZE).finalize()
    assert len(many.parts()) > 5
    whole = many.result("mp3")
    assert many.report()["samples"] == sum(part.samples for part in many.parts())
    one = World(lines=3 * BLOCK_SIZE)
    one.jobs.objects = {
        name: data
        for name, data in many.jobs.objects.items()
        if name.startswith(("plans/", "clips/", "takes/", "outcomes/"))
    }
    real = cuts.Cuts.wanted

    def aligned_but_not_cut(self, start, silence, clip, *, by_rule):
        return real(self, start, silence, clip, by_rule=by_rule)

    monkeypatch.setattr(cuts.Cuts, "wanted", aligned_but_not_cut)
    monkeypatch.setattr(cuts.Cuts, "places", lambda self, end: (0,))
    one.finalize(*[Block(UPLOAD.job, at, 3 * BLOCK_SIZE) for at in range(3)])
    assert len(one.parts()) == 1
    assert one.result("mp3") == whole


def test_a_part_whose_message_comes_twice_is_encoded_once(short_parts):
    class Counting(DigestEncoder):
        encoded = 0

        def encode(self, *arguments):
            self.encoded += 1
            return super().encode(*arguments)

    world, encoder = World(lines=BLOCK_SIZE), Counting()
    world.finalize(encoder=encoder)
    parts = world.parts()
    assert encoder.encoded == len(parts)
    world.finalize(*parts, *world.blocks.published, encoder=encoder)
    assert encoder.encoded == len(parts)


def test_an_edit_encodes_few_parts_anew(short_parts, monkeypatch):
    monkeypatch.setattr(cuts, "LONG", 10 * 24_000)

    class Counting(DigestEncoder):
        encoded = 0

        def encode(self, *arguments):
            self.encoded += 1
            return super().encode(*arguments)

    world, encoder = World(lines=4 * BLOCK_SIZE, audio={"loudness": "off"}), Counting()
    world.finalize(encoder=encoder)
    first = encoder.encoded
    edited = World(
        lines=4 * BLOCK_SIZE,
        audio={"loudness": "off"},
        upload=EDITED,
        edit=(70, "a longer line, edited"),
        jobs=world.jobs,
    )
    edited.finalize(encoder=encoder)
    assert edited.report()["status"] == "succeeded"
    assert encoder.encoded - first <= first // 3


def test_parts_are_rendered_before_all_lines_are_there_where_levels_are_known(short_parts):
    ahead = World(lines=3 * BLOCK_SIZE, audio={"loudness": "off"})
    ahead.finalize(*ahead.blocks.published[:2])
    assert len(ahead.parts()) > 2
    rendered = {name for name in ahead.jobs.objects if name.startswith("parts/")}
    assert rendered
    ahead.finalize(ahead.blocks.published[2])
    assert ahead.report()["status"] == "succeeded"
    assert rendered <= {name for name in ahead.jobs.objects if name.startswith("parts/")}
    named = json.loads(ahead.jobs.objects[names.layout(UPLOAD.job)])["parts"]
    used = {names.part(UPLOAD.job, digest, "mp3") for part in named for digest in part["digests"]}
    assert {name for name in rendered if name.endswith(".json")} <= used, "none was rendered in vain"


def test_levels_that_are_not_known_before_the_end_are_waited_for(short_parts):
    world = World(lines=3 * BLOCK_SIZE)
    world.finalize(*world.blocks.published[:2])
    assert world.parts() == []


@pytest.mark.parametrize("lines", [1, 40])
def test_an_episode_of_more_parts_than_one_call_can_join_is_joined_in_steps(monkeypatch, lines):
    monkeypatch.setattr(cuts, "SHORTEST", 1)
    monkeypatch.setattr(cuts, "LONG", 1)
    world = World(lines=lines).finalize()
    assert len(world.parts()) == lines
    header = world.jobs.objects[next(name for name in world.jobs.objects if name.endswith("/header"))]
    named = json.loads(world.jobs.objects[names.layout(UPLOAD.job)])["parts"]
    frames = [world.frames(part["digests"][0]) for part in named]
    assert world.result("mp3") == header + b"".join(frames)


def test_two_releases_that_settle_an_episode_differently_do_not_mix(short_parts):
    """Whoever writes the layout first decides; what the other one wrote is left lying."""
    world = World(lines=BLOCK_SIZE)
    world.finalize()
    layout = world.jobs.objects[names.layout(UPLOAD.job)]
    settled = json.loads(layout)["settled"]
    results = {output["result"] for output in world.report()["outputs"]}
    assert all(f"/{settled}/" in result for result in results)


class OtherProcessor(DigestEncoder):
    """The same encoder, by its own word, that writes other bytes: AAC and Opus do on another processor."""

    def encode(self, pcm, sample_rate_hertz, coding):
        frames = super().encode(pcm, sample_rate_hertz, coding)
        return frames.replace(bytes(20), b"\0" * 19 + b"\1")


class Crash(Exception):
    pass


@pytest.mark.parametrize("creates", [1, 2, 3, 4])
def test_a_part_made_by_two_deliveries_on_two_processors_is_wholly_of_one_of_them(creates):
    world = World()
    [block] = world.blocks.published
    finalize_block(block, world.jobs, world.episodes, DigestEncoder(), world.blocks, InFlight())
    [part] = world.parts()
    left = [creates]

    def dying(point):
        left[0] -= point == "after create"
        if not left[0]:
            raise Crash

    world.jobs.fault = dying
    with pytest.raises(Crash):
        finalize_part(part, world.jobs, world.episodes, OtherProcessor(), InFlight())
    world.jobs.fault = lambda _: None
    world.finalize(part)
    assert world.report()["status"] == "succeeded"
    [placed] = json.loads(world.jobs.objects[names.layout(UPLOAD.job)])["parts"]
    assert world.result("mp3").endswith(world.frames(placed["digests"][0]))


def test_a_cache_that_forgot_the_frames_but_not_the_word_of_them_is_no_reason_to_fail():
    world = World().finalize()
    forgotten = [name for name in world.jobs.objects if name.startswith("encoded/") and name.endswith(".mp3")]
    for name in forgotten:
        del world.jobs.objects[name]
    again = World(upload=EDITED, jobs=world.jobs).finalize()
    assert forgotten
    assert again.report()["status"] == "succeeded"
