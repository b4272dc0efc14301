"""A message that was given up still lets its job end."""

import json
from dataclasses import replace

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, decode_outcomes
from dropcast.jobs.planning import Defaults
from dropcast.stages.bury import bury_step, bury_upload, bury_utterance
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from fakes import DigestEncoder, MemoryEpisodeStore, MemoryObjectStore, MemoryTopic, ToneSpeech, WavMedia

UPLOAD = Upload("uploads", "story.json", 7)


class World:
    def __init__(self):
        self.uploads, self.jobs = MemoryObjectStore(), MemoryObjectStore()
        self.lines, self.blocks = MemoryTopic(), MemoryTopic()
        self.episodes = MemoryEpisodeStore(self.jobs)
        self.uploads.put(UPLOAD.name, b'[{"speaker":"A","line":"One."}]', UPLOAD.generation)
        dispatch_script(UPLOAD, self.uploads, self.jobs, self.episodes, self.lines, Defaults())

    def report(self):
        return json.loads(self.jobs.objects[names.report(UPLOAD.job)])


def test_a_buried_utterance_is_a_rejection_and_may_fill_its_block():
    world = World()
    (utterance,) = world.lines.published
    bury_utterance(utterance, world.jobs, world.blocks)
    (outcome,) = decode_outcomes(world.jobs.objects[names.outcome(utterance.block, 0)])
    assert isinstance(outcome, Rejection)
    assert "given up" in outcome.reason
    assert world.blocks.published == [utterance.block]


def test_a_buried_block_fails_its_job():
    world = World()
    bury_step(world.lines.published[0].block, world.jobs, world.episodes)
    assert world.report()["status"] == "failed"
    assert "could not be joined" in world.report()["errors"][0]["message"]
    assert set(world.episodes.objects) == {"story.report.json"}


def test_a_buried_upload_fails_its_job():
    world = World()
    bury_upload(UPLOAD, world.jobs, world.episodes)
    assert "could not be planned" in world.report()["errors"][0]["message"]


def test_burying_comes_too_late_for_a_job_that_is_over():
    world = World()
    bury_upload(UPLOAD, world.jobs, world.episodes)
    before = dict(world.jobs.objects)
    bury_step(world.lines.published[0].block, world.jobs, world.episodes)
    assert world.jobs.objects == before


def settled_with_a_part():
    world = World()
    for utterance in world.lines.published:
        around = world.uploads, world.jobs, ToneSpeech(), WavMedia(), world.blocks
        synthesize_utterance(utterance, *around, SharedLook(0))
    steps = world.jobs, world.episodes, DigestEncoder(), world.blocks, InFlight()
    finalize_block(world.blocks.published[0], *steps)
    return world, world.blocks.published[-1]


def test_a_buried_part_fails_its_job():
    world, part = settled_with_a_part()
    bury_step(part, world.jobs, world.episodes)
    assert world.report()["status"] == "failed"


def test_a_buried_part_that_the_episode_is_not_made_of_fails_nothing():
    world, part = settled_with_a_part()
    bury_step(replace(part, digests=("other",)), world.jobs, world.episodes)
    del world.jobs.objects[names.layout(UPLOAD.job)]
    bury_step(part, world.jobs, world.episodes)
    assert names.report(UPLOAD.job) not in world.jobs.objects


def test_a_buried_block_whose_work_is_done_fails_nothing_while_others_are_to_come():
    world = World()
    block = Block(UPLOAD.job, 0, BLOCK_SIZE + 1)
    world.jobs.create(names.sound(block), b"")
    bury_step(block, world.jobs, world.episodes)
    assert names.report(UPLOAD.job) not in world.jobs.objects
    world.jobs.create(names.sound(Block(UPLOAD.job, 1, BLOCK_SIZE + 1)), b"")
    bury_step(block, world.jobs, world.episodes)
    assert world.report()["status"] == "failed"
