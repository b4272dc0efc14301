"""Whatever is lost, repeated, reordered, delayed or overlapped, a batch ends once, with a sound archive."""

import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.batch.report import decode_batch_ending
from dropcast.jobs.blocks import BLOCK_SIZE, Block, block_count
from dropcast.jobs.identity import Upload
from weather import Cloud, FirstPick, weather_of_a_day

pytestmark = pytest.mark.timeout(600)  # a failing example is shrunk, which takes its time

BATCH = Upload("uploads", "batch/local/story.json", 7)
VOICE = "en-US-Chirp3-HD-Kore"
INPUTS = BLOCK_SIZE + 3
REFUSED = "Unspeakable."
PAUSE = "<break time='2s'/>"  # which cuts an input into several utterances


def request(*contents, **properties):
    inputs = [{"content": content} for content in contents]
    return {
        "inputKind": "PlainText",
        "inputs": inputs,
        "synthesisConfig": {"voice": VOICE},
        "properties": {"wordBoundaryEnabled": True, **properties},
    }


def document(text):
    return f"<speak><voice name='{VOICE}'>{text}</voice></speak>"


def sentences(count=INPUTS):
    return [f"This is input number {at}." for at in range(count)]


def ended(cloud):
    return decode_batch_ending(cloud.jobs.objects[names.report(BATCH.job)])


def archive_of(cloud):
    archive = zipfile.ZipFile(BytesIO(cloud.jobs.objects[ended(cloud).archive]))
    assert archive.testzip() is None
    return archive


def summary_of(cloud):
    return json.loads(archive_of(cloud).read("summary.json"))


def in_calm(cloud):
    """The same batch, ended in fine weather from the same plan and clips."""
    calm = Cloud([], FirstPick())
    spoken = ("batches/", "inputs/", "clips/", "takes/", "outcomes/")
    kept = {name: data for name, data in cloud.jobs.objects.items() if name.startswith(spoken)}
    calm.jobs.objects.update(kept)
    total = len(cloud.outcomes(BATCH))
    calm.send([Block(BATCH.job, at, total, is_batch=True) for at in range(block_count(total))])
    return calm.run()


def check_archive(cloud):
    """What came of it in any weather is what the same clips give in fine weather, to the byte."""
    calm = in_calm(cloud)
    assert cloud.jobs.objects[ended(cloud).archive] == calm.jobs.objects[ended(calm).archive]
    assert cloud.episodes.objects == {}, "what the API is asked for is published nowhere"


@settings(max_examples=15)
@given(weather_of_a_day, st.sampled_from([1, 3, INPUTS]), st.booleans(), st.data())
def test_a_batch_ends_once_and_right_in_any_weather(weather, inputs, concatenated, picks):
    cloud = Cloud(weather, picks)
    cloud.upload(BATCH, request(*sentences(inputs), concatenateResult=concatenated))
    cloud.run()
    assert ended(cloud).error is None
    assert ended(cloud).counted.succeeded == inputs
    check_archive(cloud)
    names_of_audio = [name for name in archive_of(cloud).namelist() if name.endswith(".wav")]
    assert len(names_of_audio) == (1 if concatenated else inputs)
    contents = [text for result in summary_of(cloud)["results"] for text in result["contents"]]
    assert contents == sentences(inputs)


@settings(max_examples=10)
@given(weather_of_a_day, st.data())
def test_a_refused_input_fails_alone_in_any_weather(weather, picks):
    cloud = Cloud(weather, picks, refused=[REFUSED])
    cloud.upload(BATCH, request(*sentences(INPUTS - 1), REFUSED))
    cloud.run()
    counted = ended(cloud).counted
    assert (counted.succeeded, counted.failed) == (INPUTS - 1, 1)
    *fine, failed = summary_of(cloud)["results"]
    assert {result["status"] for result in fine} == {"Succeeded"}
    assert failed["status"] == "Failed"
    assert "unspeakable" in failed["error"]["message"]
    check_archive(cloud)


@settings(max_examples=10)
@given(weather_of_a_day, st.booleans(), st.data())
def test_a_batch_fails_if_all_its_inputs_do(weather, concatenated, picks):
    cloud = Cloud(weather, picks, refused=[REFUSED])
    cloud.upload(BATCH, request(REFUSED, REFUSED, concatenateResult=concatenated))
    cloud.run()
    assert "input 1: unspeakable" in ended(cloud).error
    assert summary_of(cloud)["status"] == "Failed"


@settings(max_examples=8, deadline=None)
@given(weather_of_a_day, st.data())
def test_an_input_of_many_blocks_is_one_file_in_any_weather(weather, picks):
    cloud = Cloud(weather, picks)
    long = PAUSE.join(sentences(2 * BLOCK_SIZE))
    inputs = [{"content": document(text)} for text in ("First.", long, "Last.")]
    cloud.upload(BATCH, {"inputKind": "SSML", "inputs": inputs})
    cloud.run()
    assert len(cloud.outcomes(BATCH)) == 2 * BLOCK_SIZE + 2
    assert [result["status"] for result in summary_of(cloud)["results"]] == ["Succeeded"] * 3
    check_archive(cloud)


@settings(max_examples=10)
@given(weather_of_a_day, st.data())
def test_every_batch_ends_even_if_its_messages_are_given_up(weather, picks):
    cloud = Cloud(weather, picks, most_tries=1)
    cloud.upload(BATCH, request(*sentences()))
    cloud.run()
    if ended(cloud).archive:
        archive_of(cloud)
    else:
        assert ended(cloud).error


@settings(max_examples=15)
@given(weather_of_a_day, st.integers(0, 60), st.data())
def test_what_is_deleted_while_it_runs_is_not_spoken_any_more(weather, before, picks):
    cloud = Cloud(weather, picks)
    cloud.upload(BATCH, request(*sentences()))
    for _ in range(before):
        if cloud.pending:
            cloud.deliver_one()
    cloud.jobs.objects[names.withdrawn(BATCH.job)] = b""
    spoken = len(cloud.speech.spoken)
    ended_before = names.report(BATCH.job) in cloud.jobs.objects
    cloud.run()
    assert len(cloud.speech.spoken) == spoken
    assert (names.report(BATCH.job) in cloud.jobs.objects) == ended_before


def test_a_batch_that_is_dropped_elsewhere_is_published_beside_episodes():
    upload = Upload("uploads", "shelf/story.json", 8)
    cloud = Cloud([], FirstPick())
    cloud.upload(upload, request(*sentences(2)))
    cloud.run()
    assert set(cloud.episodes.objects) == {"shelf/story.results.zip", "shelf/story.report.json"}
    data, _ = cloud.episodes.objects["shelf/story.results.zip"]
    assert "0002.wav" in zipfile.ZipFile(BytesIO(data)).namelist()


def test_a_batch_that_cannot_be_read_ends_with_all_that_is_wrong():
    cloud = Cloud([], FirstPick())
    cloud.upload(BATCH, {"inputKind": "PlainText", "inputs": [{"text": "Hi."}]})
    cloud.run()
    assert "content" in ended(cloud).error
    assert "voice" in ended(cloud).error
