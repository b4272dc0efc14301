"""DELETE: in any state, whatever stops it on its way (contract, section 6)."""

import pytest

from batch_world import RAINBOW, Api
from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.ports import DestinationRefused, TryLater
from dropcast.stages.withdrawal import is_withdrawn

DELIVERED = {"destinationContainerUrl": "gs://results/shows", "destinationPath": "out"}


@pytest.fixture
def api():
    return Api()


def leave_much(api, job):
    """What a job leaves on its way, and a clip that all share."""
    for name in (
        names.take(job, 1),
        names.outcome(Block(job, 0, 1), 0),
        names.gathered(Block(job, 0, 1)),
        names.sound(Block(job, 0, 1)),
        names.batch_inputs(job, "digest", 0),
        names.bundle(job, 0),
        names.bundle_files(job, 0, "audio", "digest"),
        names.join(job, "settled", "zip", "directory"),
        names.clip("digest"),
    ):
        api.jobs.create(name, b"x")


@pytest.mark.parametrize("reach", ["put", "run", "end", "refuse"])
def test_a_job_is_deleted_in_any_state_and_nothing_of_it_stays(api, reach):
    api.put("rainbow")
    steps = {"put": api.upload, "run": api.run, "end": api.end, "refuse": lambda b: api.refuse(b, "no")}
    job = steps[reach]("rainbow").job
    leave_much(api, job)
    deleted = api.delete("rainbow")
    assert (deleted.status, deleted.body) == (204, b"")
    assert "Content-Length" not in deleted.headers
    assert api.uploads.objects == {}
    assert set(api.jobs.objects) == {names.withdrawn(job), names.clip("digest")}
    assert api.get("rainbow").status == 404
    assert api.list().json == {"value": []}


def test_what_is_not_there_is_deleted_all_the_same(api):
    assert api.delete("nothing").status == 204
    assert api.jobs.objects == {}


def test_the_id_is_free_and_the_new_job_is_another(api):
    first = api.put("rainbow").json["internalId"]
    api.delete("rainbow")
    again = api.put("rainbow")
    assert (again.status, again.json["internalId"] != first) == (201, True)
    assert not is_withdrawn(api.upload("rainbow").job, api.jobs)


def test_an_operation_id_is_free_with_its_job(api):
    api.put("rainbow", operation_id="again")
    api.delete("rainbow")
    assert api.put("another", operation_id="again").status == 201


def test_other_jobs_stay(api):
    for batch in ("rainbow", "rainbow.2", "rainbow-2"):
        api.put(batch)
        api.end(batch)
    api.delete("rainbow")
    for batch in ("rainbow.2", "rainbow-2"):
        result = api.get(batch).json["outputs"]["result"]
        assert api.ask("GET", result, key=None).status == 200


def test_the_word_that_stops_all_spending_comes_first(api):
    api.put("rainbow")
    upload = api.run("rainbow")

    def trouble(point):
        if point == "before remove":
            raise TryLater("storage is gone")

    api.trouble = trouble
    assert api.delete("rainbow").status == 503
    assert is_withdrawn(upload.job, api.jobs)
    api.trouble = None
    assert api.delete("rainbow").status == 204
    assert (api.uploads.objects, list(api.jobs.objects)) == ({}, [names.withdrawn(upload.job)])


def test_once_the_id_is_free_trouble_with_the_rest_is_not_the_clients(api):
    api.put("rainbow")
    upload = api.end("rainbow")
    result = api.get("rainbow").json["outputs"]["result"]
    removals = []

    def trouble(point):
        if point == "before remove":
            removals.append(point)
            if len(removals) > 2:  # the request, and the word of its operation
                raise TryLater("storage is gone")

    api.trouble = trouble
    assert api.delete("rainbow").status == 204
    api.trouble = None
    assert names.report(upload.job) in api.jobs.objects
    assert api.ask("GET", result, key=None).status == 404
    assert api.put("rainbow").status == 201


def test_a_newer_upload_of_the_name_is_not_touched(api):
    api.put("rainbow")
    old = api.upload("rainbow")

    def trouble(point):
        if point == "after add":  # somebody else deletes it and puts it again, right after the word
            api.trouble = None
            api.uploads.remove(old.name)
            api.put("rainbow")

    api.trouble = trouble
    assert api.delete("rainbow").status == 204
    assert api.upload("rainbow").generation > old.generation
    assert api.get("rainbow").status == 200


def test_what_was_delivered_elsewhere_goes_as_well(api):
    api.put("rainbow", RAINBOW | {"properties": DELIVERED})
    api.deliver(api.end("rainbow"))
    assert list(api.delivered.objects) == ["shows/out/rainbow/results.zip"]
    others = ("shows/out/rainbow.json", "shows/out/rainbow/notes.txt", "shows/out/rainbow/first/results.zip")
    for name in others:
        api.delivered.create(name, b"x")
    api.delete("rainbow")
    assert set(api.delivered.objects) == set(others)


def test_what_another_owner_had_delivered_to_the_same_folder_stays(api):
    for owner, key in (("alice", "key-a"), ("bob", "key-b")):
        api.put("rainbow", RAINBOW | {"properties": DELIVERED}, key=key)
        api.end("rainbow", owner)
    api.deliver(api.upload("rainbow", "alice"))
    api.delete("rainbow", key="key-b")
    assert list(api.delivered.objects) == ["shows/out/rainbow/results.zip"]


def test_a_destination_that_is_closed_keeps_nothing_else_from_going(api):
    api.put("rainbow", RAINBOW | {"properties": DELIVERED})
    api.end("rainbow")

    def closed(_):
        raise DestinationRefused("The bucket is closed.")

    api.delivered.fault = closed
    assert api.delete("rainbow").status == 204
    assert [name for name in api.jobs.objects if not name.startswith("withdrawn/")] == []


def test_a_destination_that_is_not_allowed_any_more_is_left_alone(api):
    api.put("rainbow", RAINBOW | {"properties": DELIVERED})
    api.end("rainbow")

    def refused(bucket):
        raise ValueError(bucket)

    api.change(destinations=refused)
    assert api.delete("rainbow").status == 204
    assert [name for name in api.jobs.objects if not name.startswith("withdrawn/")] == []
