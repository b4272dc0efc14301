"""An archive is joined of what one delivery made, whatever another one made meanwhile."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from dropcast.jobs import names
from dropcast.jobs.batch.bundle import decode_bundle
from dropcast.jobs.batch.planning import BatchRules, plan_batch
from dropcast.jobs.batch.report import decode_batch_ending
from dropcast.jobs.batch.stored_plan import decode_head
from dropcast.jobs.identity import Upload
from dropcast.scripts.batch.request import Destination
from dropcast.stages.archiving import archive_batch
from dropcast.stages.delivery import nowhere
from fakes import DigestEncoder, MemoryEpisodeStore, MemoryObjectStore, fine
from weather import Cloud, FirstPick

BATCH = Upload("uploads", "batch/local/story.json", 7)


class OtherEncoder(DigestEncoder):
    """An encoder of another processor: its streams differ, in their bytes and in their length."""

    def transcode(self, pcm, sample_rate_hertz, audio):
        yield from super().transcode(pcm, sample_rate_hertz, audio)
        yield b"and more"


def request(**properties):
    return {
        "inputKind": "PlainText",
        "inputs": [{"content": f"Input {at}."} for at in range(40)],
        "synthesisConfig": {"voice": "en-US-Chirp3-HD-Kore"},
        "properties": {"wordBoundaryEnabled": True} | properties,
    }


def bundled(**properties):
    """A batch whose bundles are there, but not its archive."""
    cloud = Cloud([], FirstPick())
    cloud.upload(BATCH, request(**properties))
    cloud.run()
    made = ("reports/", "results/", "joins/")
    for name in [name for name in cloud.jobs.objects if name.startswith(made)]:
        del cloud.jobs.objects[name]
    cloud.jobs.fault = fine
    return cloud.jobs, decode_head(cloud.jobs.objects[names.batch(BATCH.job)])


def archive_of(jobs):
    ending = decode_batch_ending(jobs.objects[names.report(BATCH.job)])
    return zipfile.ZipFile(BytesIO(jobs.objects[ending.archive]))


def crash_at(number):
    """Let the instance die right before its so-manieth write."""
    left = [number]

    def fault(point):
        if point.startswith("before") and point != "before read":
            left[0] -= 1
            if left[0] == 0:
                raise ConnectionError(point)

    return fault


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("concatenated", [False, True])
def test_what_one_encoder_began_another_one_ends_with_a_sound_archive(number, concatenated):
    audio = "ogg-24khz-16bit-mono-opus"  # whose bytes nobody can count beforehand
    jobs, head = bundled(concatenateResult=concatenated, outputFormat=audio)
    episodes = MemoryEpisodeStore(jobs)
    jobs.fault = crash_at(number)
    try:
        archive_batch(head, jobs, episodes, OtherEncoder())
    except ConnectionError:
        jobs.fault = fine
        archive_batch(head, jobs, episodes, DigestEncoder())
    archive = archive_of(jobs)
    assert archive.testzip() is None
    assert json.loads(archive.read("summary.json"))["status"] == "Succeeded"


def test_sound_comes_first_in_the_archive():
    jobs, head = bundled()
    archive_batch(head, jobs, MemoryEpisodeStore(jobs), DigestEncoder())
    found = archive_of(jobs).namelist()
    assert [name.endswith(".wav") for name in found] == [True] * 40 + [False] * (len(found) - 40)
    assert found[-1] == "summary.json"


def test_results_are_delivered_where_the_request_asks_for_them_and_replaced_there():
    jobs, _ = bundled()
    there = MemoryObjectStore()
    head = delivered_to("gs://theirs/of", "ours", decompressed=False)
    older = {
        "dropcast-batch": "uploads/batch/local/story.json",
        "dropcast-generation": "6",
        "dropcast-archive": "a",
    }
    there.add("of/ours/story/results.zip", b"of an older batch of this id", older)
    archive_batch(head, jobs, MemoryEpisodeStore(jobs), DigestEncoder(), {"theirs": there}.__getitem__)
    assert zipfile.ZipFile(BytesIO(there.objects["of/ours/story/results.zip"])).testzip() is None


def test_results_are_delivered_loose_where_the_request_says_so():
    jobs, _ = bundled()
    there = MemoryObjectStore()
    head = delivered_to("gs://theirs", "", decompressed=True)
    archive_batch(head, jobs, MemoryEpisodeStore(jobs), DigestEncoder(), {"theirs": there}.__getitem__)
    archive = archive_of(jobs)
    assert {f"story/{name}": archive.read(name) for name in archive.namelist()} == there.objects


def test_a_batch_whose_results_cannot_be_delivered_fails_with_its_archive():
    jobs, _ = bundled()
    there = MemoryObjectStore()
    there.create("story/results.zip", b"somebody's")
    head = delivered_to("gs://theirs", "", decompressed=False)
    archive_batch(head, jobs, MemoryEpisodeStore(jobs), DigestEncoder(), {"theirs": there}.__getitem__)
    ending = decode_batch_ending(jobs.objects[names.report(BATCH.job)])
    assert ending.error.startswith("The results could not be delivered to gs://theirs/story: ")
    assert (ending.delivered, ending.counted.succeeded, ending.counted.failed) == (False, 40, 0)
    assert archive_of(jobs).testzip() is None
    assert there.objects == {"story/results.zip": b"somebody's"}


def test_a_batch_that_was_delivered_says_so():
    jobs, _ = bundled()
    head = delivered_to("gs://theirs", "", decompressed=False)
    world = jobs, MemoryEpisodeStore(jobs), DigestEncoder(), {"theirs": MemoryObjectStore()}.__getitem__
    archive_batch(head, *world)
    ending = decode_batch_ending(jobs.objects[names.report(BATCH.job)])
    assert (ending.delivered, ending.error) == (True, None)


def test_a_batch_that_was_withdrawn_before_its_delivery_has_none_and_no_report():
    jobs, _ = bundled()
    there = MemoryObjectStore()
    jobs.create(names.withdrawn(BATCH.job), b"")
    head = delivered_to("gs://theirs", "", decompressed=False)
    archive_batch(head, jobs, MemoryEpisodeStore(jobs), DigestEncoder(), {"theirs": there}.__getitem__)
    assert there.operations == []
    assert names.report(BATCH.job) not in jobs.objects


@pytest.mark.parametrize("decompressed", [False, True])
def test_what_was_delivered_while_the_batch_was_withdrawn_is_taken_back(decompressed):
    jobs, _ = bundled()
    there = MemoryObjectStore()
    there.create("story/notes.txt", b"somebody's")

    def withdraw(point):
        if point == "after replace":
            jobs.create(names.withdrawn(BATCH.job), b"")

    there.fault = withdraw
    head = delivered_to("gs://theirs", "", decompressed=decompressed)
    archive_batch(head, jobs, MemoryEpisodeStore(jobs), DigestEncoder(), {"theirs": there}.__getitem__)
    assert there.objects == {"story/notes.txt": b"somebody's"}
    assert names.report(BATCH.job) not in jobs.objects


def test_no_bucket_is_a_destination_that_nobody_allowed():
    with pytest.raises(ValueError, match="theirs"):
        nowhere("theirs")


def delivered_to(url, path, *, decompressed):
    head = plan_batch(BATCH, json.dumps(request()).encode(), BatchRules()).head
    wanted = replace(head.wanted, destination=Destination(url, path), decompressed=decompressed)
    return replace(head, wanted=wanted)


def test_bundles_name_what_they_hold():
    jobs, head = bundled()
    bundles = [decode_bundle(jobs.objects[names.bundle(BATCH.job, index)]) for index in head.bundles]
    assert sum(len(stretch.files) for bundle in bundles for stretch in bundle.stretches) == 40 * 3
    assert all(place in jobs.objects for each in bundles for part in each.stretches for place in part.objects)


def test_of_inputs_that_become_one_file_a_failed_one_is_told_by_itself():
    cloud = Cloud([], FirstPick(), refused=["Input 1."])
    cloud.upload(BATCH, request(concatenateResult=True))
    cloud.run()
    whole, failed = json.loads(archive_of(cloud.jobs).read("summary.json"))["results"]
    assert (whole["status"], len(whole["contents"])) == ("Succeeded", 39)
    assert "Input 1." not in whole["contents"]
    assert (failed["status"], failed["contents"]) == ("Failed", ["Input 1."])
    ending = decode_batch_ending(cloud.jobs.objects[names.report(BATCH.job)])
    assert (ending.counted.succeeded, ending.counted.failed) == (39, 1)
