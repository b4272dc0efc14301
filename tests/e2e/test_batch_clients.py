"""Clients that Azure's batch synthesis has, each from its start to its end; what they get is what it says."""

import json
from itertools import pairwise

import pytest

from batch_clients import (
    RAINBOW,
    AudioBook,
    BearerDownload,
    ContentHash,
    Curl,
    DotNet,
    ExplicitNulls,
    FirstEntry,
    KeyedDownload,
    Lister,
    PythonSample,
    Subtitles,
    over,
    plain,
)
from batch_truth import Results, decoded_samples, hold
from dropcast_local.speech import control

TEXTS = ("The rainbow has seven colors.", "Red, orange, yellow; green? Blue!", "Indigo.\r\nAnd violet.")


@pytest.mark.parametrize("client", [PythonSample, KeyedDownload, BearerDownload])
def test_a_sample_polls_and_downloads(resource, client):
    request = plain(*TEXTS, wordBoundaryEnabled=True, sentenceBoundaryEnabled=True)
    job, results = client(resource).run(request)
    assert job["status"] == "Succeeded"
    assert job["synthesisConfig"] == {"voice": "en-US-JennyNeural"}
    hold(Results.of(results), job, request)


def test_a_typed_client_with_pascal_case_and_dates_of_the_year_one(resource):
    job, results = DotNet(resource).run(TEXTS)
    assert job["status"] == "Succeeded"
    assert job["properties"]["timeToLiveInHours"] == 24
    hold(Results.of(results), job, plain(*TEXTS))


def test_a_client_that_writes_null_where_it_has_nothing_to_say(resource):
    job, results = ExplicitNulls(resource).run(plain(RAINBOW))
    assert job["properties"]["outputFormat"] == "riff-24khz-16bit-mono-pcm"
    assert job["properties"]["timeToLiveInHours"] == 744
    assert job["properties"]["billingDetails"] == {"neuralCharacters": 29}
    hold(Results.of(results), job, plain(RAINBOW))


def test_a_client_that_names_requests_by_their_content_pays_once(resource):
    first, second = ContentHash(resource), ContentHash(resource)
    job, results = first.run(plain(*TEXTS))
    again, same = second.run(plain(*TEXTS))
    assert (first.had, second.had) == (False, True)
    assert again["internalId"] == job["internalId"]
    assert again["lastActionDateTime"] == job["lastActionDateTime"]
    assert same == results


def test_an_audio_book_in_several_requests_keeps_its_order(resource):
    paragraphs = [f"Paragraph number {at}, which is {'rather ' * (at % 7)}long." for at in range(40)]
    ids, sounds = AudioBook(resource, most_bytes=1_000).run(paragraphs)
    assert len(ids) >= 4
    assert len(sounds) == len(paragraphs)
    lengths = [decoded_samples(sound, "audio-24khz-48kbitrate-mono-mp3") for sound in sounds]
    # Within every seven the texts grow, and so do their sounds.
    for at, (length, following) in enumerate(pairwise(lengths)):
        if at % 7 != 6:
            assert length < following, at


def test_subtitles_of_a_joined_sound(resource):
    job, results, sound, cues = Subtitles(resource).run(TEXTS)
    hold(Results.of(results), job, plain(*TEXTS))
    assert [text for _, _, text in cues] == list(TEXTS)
    for (start, end, _), (following, _, _) in pairwise(cues):
        assert start < end <= following
    assert cues[-1][1] <= decoded_samples(sound, "audio-24khz-160kbitrate-mono-mp3") / 24
    assert job["properties"]["concatenateResult"] is True


def test_a_client_that_takes_the_first_entry_finds_sound(resource):
    client = FirstEntry(resource)
    job, results = client.run(plain(RAINBOW, outputFormat="ogg-16khz-16bit-mono-opus"))
    name, sound = client.sound(results)
    assert name == "0001.ogg"
    assert sound.startswith(b"OggS")
    hold(Results.of(results), job, plain(RAINBOW))


def test_a_list_is_followed_to_its_end(resource):
    curl = Curl(resource)
    for number in range(7):
        assert curl.put(f"batch-{number}", json.dumps(plain(RAINBOW))).status_code == 201
    newest_first = [f"batch-{number}" for number in reversed(range(7))]
    pages = Lister(resource).pages("&maxpagesize=3")
    assert [[job["id"] for job in page] for page in pages] == [
        newest_first[:3],
        newest_first[3:6],
        newest_first[6:],
    ]
    assert [len(page) for page in Lister(resource).pages()] == [7]
    assert [len(page) for page in Lister(resource).pages("&skip=5")] == [2]
    assert [len(page) for page in Lister(resource).pages("&skip=50")] == [0]
    assert [len(page) for page in Lister(resource).pages("&maxpagesize=101")] == [7]


def test_what_was_deleted_is_gone_and_its_id_is_free(resource):
    curl = Curl(resource)
    first = curl.put("mine", json.dumps(plain(RAINBOW))).json()
    job = over(resource, "mine")
    assert curl.delete("mine").status_code == 204
    assert curl.get("mine").status_code == 404
    assert curl.fetch(job["outputs"]["result"]).status_code in (403, 404)
    second = curl.put("mine", json.dumps(plain(RAINBOW)))
    assert second.status_code == 201
    assert second.json()["internalId"] != first["internalId"]
    assert over(resource, "mine")["status"] == "Succeeded"


def test_a_running_batch_that_is_deleted_is_gone(resource):
    curl = Curl(resource)
    curl.put("mine", json.dumps(plain(*(f"Sentence number {at}." for at in range(200)))))
    assert curl.delete("mine").status_code == 204
    assert curl.get("mine").status_code == 404
    assert curl.list().json() == {"value": []}


def test_an_id_in_use_is_a_conflict_that_changes_nothing(resource):
    curl = Curl(resource)
    created = curl.put("mine", json.dumps(plain(RAINBOW))).json()
    answer = curl.put("mine", json.dumps(plain("Something else.")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "Conflict")
    job = over(resource, "mine")
    assert job["internalId"] == created["internalId"]
    assert job["properties"]["billingDetails"] == {"neuralCharacters": 29}


def test_one_customer_does_not_see_the_batches_of_another(resource, other_resource):
    mine, theirs = Curl(resource), Curl(other_resource)
    mine.put("mine", json.dumps(plain(RAINBOW)))
    assert theirs.get("mine").status_code == 404
    assert theirs.list().json() == {"value": []}
    assert theirs.delete("mine").status_code == 204
    assert mine.get("mine").status_code == 200
    assert theirs.put("mine", json.dumps(plain(RAINBOW))).status_code == 201


def test_the_same_operation_twice_is_one_and_another_request_under_it_is_refused(resource):
    curl, body = Curl(resource), json.dumps(plain(RAINBOW))
    first = curl.put("mine", body, Operation_Id="op-1")
    again = curl.put("mine", body, Operation_Id="op-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["internalId"] == first.json()["internalId"]
    assert first.headers["Operation-Id"] == again.headers["Operation-Id"] == "op-1"
    other = curl.put("other", json.dumps(plain("Other.")), Operation_Id="op-1")
    assert (other.status_code, other.json()["error"]["code"]) == (400, "BadRequest")


def test_an_input_that_fails_fails_alone(batch_pipeline, resource):
    control.inject(batch_pipeline.stack.endpoints.speech, ["INVALID_ARGUMENT:unspeakable"], "abracadabra")
    request = plain("Good.", "Say abracadabra.", "Good again.", wordBoundaryEnabled=True)
    job, results = PythonSample(resource).run(request)
    results = Results.of(results)
    states = [entry["status"] for entry in results.summary["results"]]
    assert (job["status"], states) == ("Succeeded", ["Succeeded", "Failed", "Succeeded"])
    error = results.summary["results"][1]["error"]
    assert error.keys() == {"code", "message"}
    assert "unspeakable" in error["message"]
    assert sorted(name for name in results.names if name.endswith(".wav")) == ["0001.wav", "0003.wav"]
    hold(results, job, request)


def test_a_batch_of_which_every_input_fails_has_failed_and_says_why(batch_pipeline, resource):
    control.inject(batch_pipeline.stack.endpoints.speech, ["INVALID_ARGUMENT:unspeakable"] * 2, "hocus")
    curl = Curl(resource)
    curl.put("mine", json.dumps(plain("One hocus.", "Two hocus pocus.")))
    job = over(resource, "mine")
    assert job["status"] == "Failed"
    assert (job["properties"]["succeededAudioCount"], job["properties"]["failedAudioCount"]) == (0, 2)
    assert job["properties"]["error"].keys() == {"code", "message"}
    assert "unspeakable" in job["properties"]["error"]["message"]
