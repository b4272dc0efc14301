"""Results are written where a request wants them, over nothing but what is of the same batch."""

import pytest

from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.identity import Upload
from dropcast.ports import DestinationRefused, TryLater
from dropcast.scripts.batch.formats import DEFAULT_FORMAT, FORMATS
from dropcast.scripts.batch.request import Destination, Wanted
from dropcast.stages.delivery import MOST, SLICE, Packed, Place, deliver, nowhere, place_of, take_back
from fakes import MemoryObjectStore

FOLDER = "out/first/story"


def batch(
    generation=7, owner="alice", *, decompressed=True, destination=Destination("gs://results/out", "first")
):
    wanted = Wanted(FORMATS[DEFAULT_FORMAT], decompressed=decompressed, destination=destination)
    upload = Upload("uploads", f"batch/{owner}/story.json", generation)
    return BatchHead(upload, "PlainText", wanted, 1, 1, 1, (0,))


class World:
    """A jobs bucket with archives, and the bucket in which results are wanted."""

    def __init__(self):
        self.jobs, self.there = MemoryObjectStore(), MemoryObjectStore()

    def deliver(self, head, *contents, archive="one", there=None):
        """Deliver files, each of which stands behind a header in the archive."""
        whole, files = b"", []
        for number, content in enumerate(contents, 1):
            whole += b"header"
            files.append(Packed(f"{number:04}.wav", len(whole), len(content)))
            whole += content
        self.jobs.create(archive, whole)
        self.jobs.operations.clear()
        self.there.operations.clear()
        return deliver(head, archive, files, self.jobs, {"results": there or self.there}.__getitem__)

    def take_back(self, head):
        take_back(head.upload.job, place_of(head), {"results": self.there}.__getitem__)

    @property
    def delivered(self):
        return {name.removeprefix(f"{FOLDER}/"): data for name, data in self.there.objects.items()}


@pytest.fixture
def world():
    return World()


def refuse(_):
    raise DestinationRefused("The bucket is closed.")


def test_files_come_one_by_one_and_tell_whose_they_are(world):
    assert world.deliver(batch(), b"first", b"", b"third") is None
    assert world.delivered == {"0001.wav": b"first", "0002.wav": b"", "0003.wav": b"third"}
    told = world.there.about(f"{FOLDER}/0001.wav").metadata
    assert told == {
        "dropcast-job": batch().upload.job,
        "dropcast-batch": "uploads/batch/alice/story.json",
        "dropcast-generation": "7",
        "dropcast-archive": "one",
    }


def test_the_archive_comes_whole_and_tells_whose_it_is(world):
    assert world.deliver(batch(decompressed=False), b"x" * SLICE, b"last") is None
    assert world.delivered == {"results.zip": b"header" + b"x" * SLICE + b"headerlast"}
    assert world.there.about(f"{FOLDER}/results.zip").metadata["dropcast-job"] == batch().upload.job


def test_files_of_no_bytes_are_read_from_nowhere(world):
    assert world.deliver(batch(), b"") is None
    assert world.delivered == {"0001.wav": b""}
    assert world.jobs.operations == []


def test_a_request_without_a_destination_has_nothing_delivered(world):
    assert world.deliver(batch(destination=None), b"first") is None
    assert world.there.operations == []


@pytest.mark.parametrize("decompressed", [False, True])
def test_what_stands_there_already_is_not_written_again(world, decompressed):
    head = batch(decompressed=decompressed)
    world.deliver(head, b"first", b"second")
    before = dict(world.there.generations)
    assert world.deliver(head, b"first", b"second") is None
    assert world.there.generations == before
    assert (world.there.operations, "read" in world.jobs.operations) == (["list"], False)


def test_a_delivery_that_stopped_goes_on_with_what_is_missing(world):
    world.deliver(batch(), b"first", b"second", b"third")
    world.there.remove(f"{FOLDER}/0002.wav")
    world.deliver(batch(), b"first", b"second", b"third")
    assert world.delivered["0002.wav"] == b"second"
    assert world.there.operations == ["list", "replace"]


def test_small_files_that_lie_together_are_read_at_once(world):
    world.deliver(batch(), *[b"%d" % number for number in range(3 * MOST)])
    assert world.delivered[f"{3 * MOST:04}.wav"] == b"%d" % (3 * MOST - 1)
    assert world.jobs.operations == ["read"] * 3
    assert sorted(world.there.operations) == ["list"] + ["replace"] * 3 * MOST


def test_no_more_than_a_slice_is_read_at_once(world):
    read, slices = world.jobs.slice, []

    def watched(name, start, end):
        slices.append(end - start)
        return read(name, start, end)

    world.jobs.slice = watched
    half, long = b"x" * (SLICE // 2), b"y" * (2 * SLICE + 1)
    world.deliver(batch(), half, half, long, half)
    assert world.delivered == {"0001.wav": half, "0002.wav": half, "0003.wav": long, "0004.wav": half}
    assert max(slices) == SLICE


def test_what_an_older_upload_of_the_name_had_delivered_is_replaced(world):
    world.deliver(batch(generation=6), b"old")
    assert world.deliver(batch(generation=7), b"new", archive="two") is None
    assert world.delivered == {"0001.wav": b"new"}
    assert world.there.about(f"{FOLDER}/0001.wav").metadata["dropcast-job"] == batch().upload.job


def test_what_another_delivery_of_the_job_made_is_replaced(world):
    world.deliver(batch(), b"made by one encoder")
    world.deliver(batch(), b"made by another", archive="two")
    assert world.delivered == {"0001.wav": b"made by another"}


def test_what_a_newer_upload_of_the_name_had_delivered_stays(world):
    world.deliver(batch(generation=8), b"new")
    assert world.deliver(batch(generation=7), b"old", b"old", archive="two") is None
    assert world.delivered == {"0001.wav": b"new", "0002.wav": b"old"}
    world.take_back(batch(generation=7))
    assert world.delivered == {"0001.wav": b"new"}


def test_what_somebody_put_there_is_never_overwritten_and_then_nothing_is_written(world):
    world.there.create(f"{FOLDER}/0002.wav", b"mine")
    refusal = world.deliver(batch(), b"first", b"second")
    assert refusal == (
        "The results could not be delivered to gs://results/out/first/story: "
        "out/first/story/0002.wav is there already, and not of this batch"
    )
    assert world.delivered == {"0002.wav": b"mine"}


def test_the_same_id_of_another_owner_is_another_batch(world):
    world.deliver(batch(owner="alice"), b"alice's")
    assert "is there already" in world.deliver(batch(8, owner="bob"), b"bob's", archive="two")
    assert world.delivered == {"0001.wav": b"alice's"}


def test_other_files_in_the_folder_do_not_matter(world):
    world.there.create(f"{FOLDER}/notes.txt", b"mine")
    assert world.deliver(batch(), b"first") is None
    assert world.delivered == {"notes.txt": b"mine", "0001.wav": b"first"}


def test_who_finds_a_name_taken_after_having_looked_tries_later(world):
    def write_meanwhile(point):
        if point == "before replace":
            world.there.fault = lambda _: None
            world.there.create(f"{FOLDER}/0001.wav", b"somebody's")

    world.there.fault = write_meanwhile
    with pytest.raises(TryLater):
        world.deliver(batch(), b"first")
    assert world.delivered == {"0001.wav": b"somebody's"}


@pytest.mark.parametrize("point", ["before listing", "before replace"])
def test_a_closed_bucket_is_told_with_the_place_and_the_reason(world, point):
    world.there.fault = lambda reached: reached == point and refuse(reached)
    refusal = "The results could not be delivered to gs://results/out/first/story: The bucket is closed."
    assert world.deliver(batch(), b"first") == refusal


def test_a_bucket_that_is_not_allowed_any_more_is_told():
    told = deliver(batch(), "one", [Packed("0001.wav", 0, 1)], MemoryObjectStore(), nowhere)
    assert told.endswith("gs://results is no destination of this deployment")


def test_only_what_the_job_delivered_is_taken_back(world):
    world.deliver(batch(generation=6), b"old", b"old")
    world.deliver(batch(generation=7), b"new", archive="two")
    world.there.create(f"{FOLDER}/notes.txt", b"mine")
    world.take_back(batch(generation=6))
    assert world.delivered == {"0001.wav": b"new", "notes.txt": b"mine"}


def test_what_was_replaced_since_it_was_seen_is_not_taken_back(world):
    world.deliver(batch(), b"old")

    def replace_meanwhile(point):
        if point == "before remove":
            world.there.fault = lambda _: None
            world.there.put(f"{FOLDER}/0001.wav", b"somebody's", 5)

    world.there.fault = replace_meanwhile
    world.take_back(batch())
    assert world.delivered == {"0001.wav": b"somebody's"}


@pytest.mark.parametrize("point", ["before listing", "before remove"])
def test_what_is_out_of_reach_is_left_and_the_log_says_so(world, caplog, point):
    world.deliver(batch(), b"first")
    world.there.fault = lambda reached: reached == point and refuse(reached)
    world.take_back(batch())
    assert world.delivered == {"0001.wav": b"first"}
    (said,) = caplog.records
    assert (said.message, said.bucket, said.reason) == ("left", "results", "The bucket is closed.")


def test_a_bucket_that_is_not_allowed_any_more_is_left(caplog):
    take_back("job", Place("results", "out"), nowhere)
    assert [said.message for said in caplog.records] == ["left"]


def test_a_place_is_read_from_its_address():
    assert Place.of(place_of(batch()).url) == place_of(batch()) == Place("results", FOLDER)
