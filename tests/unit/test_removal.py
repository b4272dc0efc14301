"""What a job leaves behind goes, and nothing else does."""

from batch_world import RAINBOW, Api
from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.ports import DestinationRefused, TryLater
from dropcast.stages.delivery import deliver
from dropcast.stages.removal import remove_everything, remove_job, withdraw_job
from dropcast.stages.sweep import Sweeper
from fakes import MemoryObjectStore

TO = {"destinationContainerUrl": "gs://results/out"}
DELIVERED = RAINBOW | {"properties": TO}


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


def test_the_word_of_a_withdrawal_says_whose_it_is_and_where_results_are_delivered():
    api = Api()
    api.put("there", DELIVERED)
    api.put("here")
    there, here = api.run("there"), api.run("here")
    for upload in (there, here):
        withdraw_job(upload, api.uploads, api.jobs)
    words = [api.jobs.about(names.withdrawn(upload.job)) for upload in (there, here)]
    assert [api.jobs.read(word.name).decode() for word in words] == [there.name, here.name]
    assert [word.metadata for word in words] == [{"destination": "gs://results/out/there"}, {}]


def test_what_was_delivered_after_the_plan_was_removed_goes_with_the_next_clearing():
    api = Api()
    api.put("late", DELIVERED)
    upload = api.end("late")
    head, archive = api.head(upload), names.archive(upload.job, "settled")
    api.delete("late")
    api.jobs.create(archive, b"PK zip")  # by a worker that was late, and died before it looked again
    deliver(head, archive, [], api.jobs, api.world.destinations)
    assert list(api.delivered.objects) == ["out/late/results.zip"]
    remove_everything(upload.job, api.jobs, api.world.destinations)
    assert (api.delivered.objects, list(api.jobs.objects)) == ({}, [names.withdrawn(upload.job)])


def test_a_word_of_an_earlier_release_does_not_say_where_results_are():
    api = Api()
    api.jobs.create(names.withdrawn("a-1"), b"batch/alice/rainbow.json")
    api.jobs.create(names.take("a-1", 1), b"")
    remove_everything("a-1", api.jobs, api.world.destinations)
    assert list(api.jobs.objects) == [names.withdrawn("a-1")]


def test_a_late_clearing_leaves_what_the_next_batch_of_the_id_had_delivered():
    api = Api()
    api.put("daily", DELIVERED)
    old = api.end("daily")
    api.deliver(old)
    api.trouble = interrupt(after=2)  # the request and the word of its operation are gone, the rest is not
    assert api.delete("daily").status == 204
    api.trouble = None
    api.put("daily", DELIVERED)
    api.deliver(api.end("daily"))
    before = dict(api.delivered.generations)
    remove_everything(old.job, api.jobs, api.world.destinations)
    assert before
    assert api.delivered.generations == before


def test_a_sweep_gets_past_a_destination_that_is_closed():
    api = Api()
    api.put("aaa", RAINBOW | {"properties": {**TO, "timeToLiveInHours": 1}})
    api.put("zzz", RAINBOW | {"properties": {"timeToLiveInHours": 1}})
    ended = api.end("aaa"), api.end("zzz")

    def closed(_):
        raise DestinationRefused("The specified bucket does not exist.")

    api.delivered.fault = closed
    api.pass_by(hours=2)
    Sweeper(api.uploads, api.jobs, api.world.destinations, "uploads", api.time).sweep()
    words = {names.withdrawn(upload.job) for upload in ended}
    assert {name for name in api.jobs.objects if not name.startswith("operations/")} == words


def interrupt(after):
    """Storage is out of order from so many removals on."""
    seen = []

    def trouble(point):
        if point == "before remove":
            seen.append(point)
            if len(seen) > after:
                raise TryLater("storage is out of order")

    return trouble
