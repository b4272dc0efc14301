"""The sweep removes what is due, finishes what was begun, and touches nothing else."""

import pytest

from batch_world import RAINBOW, Api
from dropcast.jobs import names
from dropcast.jobs.batch.stored_plan import encode_head
from dropcast.jobs.blocks import Block
from dropcast.ports import TryLater
from dropcast.stages.sweep import Sweeper

SHORT = RAINBOW | {"properties": {"timeToLiveInHours": 2}}


@pytest.fixture
def api():
    return Api()


def sweep(api):
    Sweeper(api.uploads, api.jobs, api.world.destinations, "uploads", api.time).sweep()


def test_a_job_goes_when_its_time_is_over_and_not_before(api):
    api.put("short", SHORT)
    api.pass_by(hours=9)
    job = api.end("short").job
    api.pass_by(hours=2, seconds=-1)
    sweep(api)
    assert api.get("short").status == 200
    api.pass_by(seconds=1)
    sweep(api)
    assert (api.uploads.objects, [name for name in api.jobs.objects if job in name]) == (
        {},
        [names.withdrawn(job)],
    )


def test_a_job_that_runs_does_not_grow_old(api):
    api.put("running", SHORT)
    api.run("running")
    api.put("waiting", SHORT)
    api.pass_by(hours=9)
    sweep(api)
    assert [job["status"] for job in api.list().json["value"]] == ["NotStarted", "Running"]


def test_jobs_of_every_owner_are_swept(api):
    for key in ("key-a", "key-b"):
        api.put("short", SHORT, key=key)
    for owner in ("alice", "bob"):
        api.end("short", owner)
    api.pass_by(hours=2)
    sweep(api)
    assert api.uploads.objects == {}


def test_a_file_that_was_dropped_stays_when_its_job_goes():
    api = Api(keys={"only": "key-a"})
    api.drop("dropped", SHORT)
    job = api.end("dropped", None).job
    api.pass_by(hours=2)
    sweep(api)
    assert list(api.uploads.objects) == ["dropped.json"]
    assert [name for name in api.jobs.objects if job in name] == []
    assert api.get("dropped").status == 404
    assert api.put("dropped").status == 201


def test_a_job_that_was_refused_goes_after_the_longest_time(api):
    api.put("refused")
    api.refuse("refused", "no")
    api.pass_by(hours=743)
    sweep(api)
    assert api.get("refused").status == 200
    api.pass_by(hours=1)
    sweep(api)
    assert api.uploads.objects == {}


def test_what_late_workers_wrote_is_cleared_again_and_the_word_forgotten_at_last(api):
    api.put("rainbow")
    job = api.run("rainbow").job
    api.delete("rainbow")
    late = names.outcome(Block(job, 0, 1), 0)
    for _ in range(2):
        api.pass_by(hours=1)
        api.jobs.create(late, b"late")
        sweep(api)
        assert list(api.jobs.objects) == [names.withdrawn(job)]
    api.pass_by(days=7)
    api.jobs.create(late, b"very late")
    sweep(api)
    assert names.withdrawn(job) in api.jobs.objects
    api.pass_by(days=1)
    sweep(api)
    assert api.jobs.objects == {}


def test_a_plan_that_was_laid_after_the_deletion_goes_as_well(api):
    api.put("rainbow")
    upload = api.upload("rainbow")
    head = api.head(upload)
    api.delete("rainbow")
    api.jobs.create(names.batch(upload.job), encode_head(head))
    sweep(api)
    assert list(api.jobs.objects) == [names.withdrawn(upload.job)]


def test_a_deletion_that_stopped_after_its_word_is_finished(api):
    api.put("rainbow")
    upload = api.run("rainbow")

    def trouble(point):
        if point == "before remove":
            raise TryLater("storage is gone")

    api.trouble = trouble
    api.delete("rainbow")
    api.trouble = None
    assert api.get("rainbow").status == 200
    sweep(api)
    assert api.get("rainbow").status == 404
    assert api.uploads.objects == {}
    assert [name for name in api.jobs.objects if upload.job in name] == [names.withdrawn(upload.job)]


def test_finishing_a_deletion_leaves_a_newer_job_of_the_id_alone(api):
    api.put("rainbow")
    api.delete("rainbow")
    api.put("rainbow")
    api.run("rainbow")
    sweep(api)
    assert api.get("rainbow").json["status"] == "Running"


def test_a_running_job_whose_request_somebody_took_away_is_withdrawn(api):
    api.put("rainbow")
    upload = api.run("rainbow")
    api.uploads.remove(upload.name)
    api.pass_by(hours=1)
    sweep(api)
    assert [name for name in api.jobs.objects if upload.job in name] == [names.withdrawn(upload.job)]


def test_a_request_that_was_dropped_elsewhere_may_be_taken_away(api):
    api.drop("dropped")
    upload = api.run("dropped", None)
    api.uploads.remove(upload.name)
    api.pass_by(hours=1)
    sweep(api)
    assert names.batch(upload.job) in api.jobs.objects


def test_a_job_that_begins_during_the_sweep_is_no_orphan(api):
    listing = api.uploads.listing

    def put_meanwhile(prefix):
        found = list(listing(prefix))
        api.put("meanwhile")
        api.run("meanwhile")
        return iter(found)

    api.uploads.listing = put_meanwhile
    sweep(api)
    assert api.get("meanwhile").json["status"] == "Running"


def test_operations_are_forgotten_when_no_job_can_be_left(api):
    api.put("rainbow", operation_id="old")
    api.uploads.remove("batch/alice/rainbow.json")
    api.pass_by(days=38)
    sweep(api)
    assert names.operation("alice", "old") in api.jobs.objects
    api.pass_by(days=1)
    sweep(api)
    assert api.jobs.objects == {}


def test_conversations_and_their_reports_are_nothing_to_it(api):
    for name in ("plans/talk-1.jsonl", "reports/talk-1.json", "takes/talk-1/000001.wav", "clips/d.wav"):
        api.jobs.create(name, b"x")
    api.uploads.create("talk.json", b"[]")
    api.pass_by(days=100)
    before = dict(api.jobs.objects), dict(api.uploads.objects)
    sweep(api)
    assert (api.jobs.objects, api.uploads.objects) == before


def test_a_sweep_that_stopped_is_finished_by_the_next(api):
    for number in range(3):
        api.put(f"short-{number}", SHORT)
        api.end(f"short-{number}")
    api.pass_by(hours=2)
    removals = []

    def trouble(point):
        if point == "before remove":
            removals.append(point)
            if len(removals) == 4:
                raise TryLater("storage is gone")

    api.trouble = trouble
    with pytest.raises(TryLater):
        sweep(api)
    api.trouble = None
    sweep(api)
    assert api.uploads.objects == {}
    left = [name for name in api.jobs.objects if not name.startswith(("withdrawn/", "operations/"))]
    assert left == []
