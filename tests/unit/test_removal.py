"""What a job leaves behind goes, and nothing else does."""

from batch_world import Api
from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.stages.removal import remove_job
from fakes import MemoryObjectStore


def test_everything_of_a_job_goes_and_nothing_of_another():
    jobs = MemoryObjectStore()
    every = [
        [names.plan(job), names.batch(job), names.layout(job), names.report(job), names.take(job, 1)]
        + [names.outcome(Block(job, block, 99), block) for block in range(3)]
        + [names.archive(job, "settled"), names.bundle(job, 2), names.join(job, "s", "zip", "1")]
        for job in ("a-1", "a-12")
    ]
    for name in [*every[0], *every[1], names.clip("digest"), names.withdrawn("a-1")]:
        jobs.create(name, b"x")
    remove_job("a-1", jobs)
    assert set(jobs.objects) == {*every[1], names.clip("digest"), names.withdrawn("a-1")}


def test_what_is_gone_already_is_no_trouble():
    jobs = MemoryObjectStore()
    remove_job("a-1", jobs)
    assert jobs.objects == {}


def test_a_large_job_goes_at_once():
    api = Api()
    api.put("large")
    job = api.end("large").job
    for number in range(2000):
        api.jobs.create(names.take(job, number), b"")
    assert api.delete("large").status == 204
    assert list(api.jobs.objects) == [names.withdrawn(job)]
