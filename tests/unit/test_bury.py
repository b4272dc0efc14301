"""A message that was given up still lets its job end."""

import json

from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, decode_outcomes
from dropcast.jobs.planning import Defaults
from dropcast.stages.bury import bury_episode, bury_upload, bury_utterance
from dropcast.stages.dispatch import dispatch_script
from fakes import MemoryEpisodeStore, MemoryObjectStore, MemoryTopic

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


def test_a_buried_block_or_part_fails_its_job():
    world = World()
    bury_episode(UPLOAD.job, world.jobs, world.episodes)
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
    bury_episode(UPLOAD.job, world.jobs, world.episodes)
    assert world.jobs.objects == before
