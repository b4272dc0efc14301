"""A job from PUT to its end, as GET tells of it (contract, sections 2 and 3)."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from batch_world import ENDPOINT, RAINBOW, START, VERSION, Api
from dropcast.jobs import names
from dropcast.jobs.batch.identity import batch_id, internal_id
from dropcast.jobs.batch.report import Counted
from dropcast.jobs.identity import Upload

CREATED = "2026-11-20T10:23:59.009738Z"
TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}Z")
DEFAULTS = {
    "timeToLiveInHours": 744,
    "outputFormat": "riff-24khz-16bit-mono-pcm",
    "concatenateResult": False,
    "decompressOutputFiles": False,
    "wordBoundaryEnabled": False,
    "sentenceBoundaryEnabled": False,
}
DELIVERED = {"destinationContainerUrl": "gs://results/shows", "destinationPath": "/out/"}


@pytest.fixture
def api():
    return Api()


def test_put_answers_the_job_as_it_begins(api):
    created = api.put("rainbow")
    assert created.status == 201
    assert created.json == {
        "id": "rainbow",
        "internalId": internal_id(api.upload("rainbow").job),
        "status": "NotStarted",
        "createdDateTime": CREATED,
        "lastActionDateTime": CREATED,
        "inputKind": "PlainText",
        "customVoices": {},
        "properties": DEFAULTS,
        "synthesisConfig": {"voice": "en-US-JennyNeural"},
    }


def test_members_come_in_the_order_of_the_contract(api):
    api.put("rainbow", RAINBOW | {"description": "seven colours"})
    api.end("rainbow")
    assert list(api.get("rainbow").json) == [
        *("id", "internalId", "status", "createdDateTime", "lastActionDateTime", "inputKind", "customVoices"),
        *("properties", "synthesisConfig", "outputs", "description"),
    ]


def test_the_upload_is_the_body_as_it_came(api):
    body = b' {"inputs": [{"content": "Hello."}], "inputKind": "PlainText"}\r\n'
    api.put("as-it-came", body)
    assert api.uploads.objects == {"batch/alice/as-it-came.json": body}


def test_a_get_right_after_the_put_sees_the_job(api):
    assert api.put("rainbow").json == api.get("rainbow").json


def test_each_state_has_its_time(api):
    api.put("rainbow")
    api.pass_by(seconds=3)
    api.run("rainbow")
    running = api.get("rainbow").json
    assert (running["status"], running["createdDateTime"]) == ("Running", CREATED)
    assert running["lastActionDateTime"] == "2026-11-20T10:24:02.009738Z"
    assert running["properties"] == DEFAULTS
    assert "outputs" not in running
    api.pass_by(seconds=4)
    api.end("rainbow")
    ended = api.get("rainbow").json
    assert (ended["status"], ended["lastActionDateTime"]) == ("Succeeded", "2026-11-20T10:24:06.009738Z")


def test_a_job_that_succeeded_tells_what_came_of_it(api):
    api.put("rainbow")
    api.end("rainbow", counted=Counted(3, 2, 120_000, 2500))
    found = api.get("rainbow").json
    assert found["properties"] == DEFAULTS | {
        "sizeInBytes": 120_000,
        "succeededAudioCount": 3,
        "failedAudioCount": 2,
        "durationInMilliseconds": 2500,
        "billingDetails": {"neuralCharacters": 29},
    }
    assert list(found["outputs"]) == ["result"]


def test_the_internal_id_is_one_uuid_all_the_while(api):
    first = api.put("rainbow").json["internalId"]
    api.end("rainbow")
    assert api.get("rainbow").json["internalId"] == first == str(UUID(first))


def test_a_job_that_failed_says_why_and_still_hands_out_its_summary(api):
    api.put("rainbow")
    api.end("rainbow", counted=Counted(0, 1), error="None of the inputs could be spoken.")
    found = api.get("rainbow").json
    assert found["status"] == "Failed"
    message = "None of the inputs could be spoken."
    assert found["properties"]["error"] == {"code": "SynthesisFailed", "message": message}
    assert api.ask("GET", found["outputs"]["result"], key=None).status == 200


def test_a_job_that_was_refused_later_is_told_from_its_request(api):
    api.put("rainbow")
    api.refuse("rainbow", "the service has no such voice any more")
    found = api.get("rainbow").json
    assert (found["status"], found["inputKind"]) == ("Failed", "PlainText")
    assert found["properties"]["error"]["message"] == "the service has no such voice any more"
    assert found["properties"]["billingDetails"] == {}
    assert "outputs" not in found


def test_a_request_that_somebody_spoilt_in_the_bucket_fails_without_an_echo(api):
    api.uploads.create("batch/alice/spoilt.json", b"no JSON")
    api.refuse("spoilt", "not JSON")
    found = api.get("spoilt").json
    assert (found["status"], found["customVoices"], "inputKind" in found) == ("Failed", {}, False)


def test_ssml_has_no_synthesis_config(api):
    api.put("ssml", {"inputKind": "SSML", "inputs": [{"content": "<speak/>"}]})
    assert "synthesisConfig" not in api.get("ssml").json
    api.end("ssml")
    assert "synthesisConfig" not in api.get("ssml").json


def test_custom_voices_and_the_description_are_repeated_and_the_inputs_are_not(api):
    voices = {"mine": "11111111-2222-3333-4444-555555555555"}
    api.put("custom", RAINBOW | {"customVoices": voices, "description": ""})
    for _ in ("NotStarted", "Running"):
        found = api.get("custom").json
        assert (found["customVoices"], found["description"], "inputs" in found) == (voices, "", False)
        api.run("custom")


def test_times_have_six_digits_of_a_second_and_a_z_also_on_the_second(api):
    api.time = START.replace(microsecond=0)
    created = api.put("rainbow").json["createdDateTime"]
    assert TIME.fullmatch(created)
    read = datetime.strptime(created, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)  # as clients do
    assert read == api.time


def test_with_a_destination_the_result_is_a_folder_and_the_url_is_never_told(api):
    api.put("delivered", RAINBOW | {"properties": DELIVERED})
    api.end("delivered")
    found = api.get("delivered")
    assert found.json["outputs"] == {"result": "out/delivered"}
    assert b"gs://" not in found.body


@pytest.mark.parametrize("loose", [False, True])
def test_results_that_could_not_be_delivered_are_handed_out(api, loose):
    api.put("refused", RAINBOW | {"properties": DELIVERED | {"decompressOutputFiles": loose}})
    why = "The results could not be delivered to gs://results/shows/out/refused: The bucket is closed."
    api.end("refused", error=why, delivered=False)
    found = api.get("refused").json
    assert (found["status"], found["properties"]["error"]["message"]) == ("Failed", why)
    assert found["properties"]["succeededAudioCount"] == 1
    assert list(found["outputs"]) == ["result"]
    assert api.ask("GET", found["outputs"]["result"], key=None).body == b"PK zip"


def test_without_a_path_the_folder_is_the_id(api):
    api.put("delivered", RAINBOW | {"properties": {"destinationContainerUrl": "gs://results"}})
    api.end("delivered")
    assert api.get("delivered").json["outputs"] == {"result": "delivered"}


def test_loose_files_have_a_summary_there(api):
    api.put("loose", RAINBOW | {"properties": DELIVERED | {"decompressOutputFiles": True}})
    api.end("loose")
    expected = {"result": "out/loose", "summary": "out/loose/summary.json"}
    assert api.get("loose").json["outputs"] == expected


def test_loose_files_without_a_destination_change_nothing(api):
    api.put("loose", RAINBOW | {"properties": {"decompressOutputFiles": True}})
    api.end("loose")
    found = api.get("loose").json
    assert found["properties"]["decompressOutputFiles"] is True
    assert found["outputs"]["result"].startswith(f"{ENDPOINT}/texttospeech/results/")
    assert "summary" not in found["outputs"]


def test_addresses_are_those_by_which_the_client_came_unless_the_operator_says_another(api):
    api.put("rainbow")
    api.end("rainbow")
    mine = api.get("rainbow", endpoint="http://127.0.0.1:8123/api").json["outputs"]["result"]
    assert mine.startswith("http://127.0.0.1:8123/api/texttospeech/results/")
    api.change(endpoint="https://speech.example/tts")
    theirs = api.get("rainbow").json["outputs"]["result"]
    assert theirs.startswith("https://speech.example/tts/texttospeech/results/")


def test_an_unknown_job_is_not_found(api):
    found = api.get("nothing")
    assert (found.status, found.error["code"]) == (404, "NotFound")
    assert found.headers["x-ms-error-code"] == "NotFound"


def test_ids_are_told_apart_by_case(api):
    api.put("Rainbow")
    assert api.get("rainbow").status == 404


def test_a_job_that_is_deleted_while_it_is_looked_at_is_not_found(api):
    api.put("rainbow")

    def trouble(point):
        if point == "before read":
            api.trouble = None
            api.delete("rainbow")

    api.trouble = trouble
    assert api.get("rainbow").status == 404


def test_an_id_is_the_last_part_of_an_uploads_name():
    assert batch_id(Upload("uploads", "batch/alice/a.b-c_d.json", 7)) == "a.b-c_d"


@pytest.mark.parametrize("hours", [1, 24, 744])
def test_a_job_that_has_outlived_its_time_is_not_there_though_nobody_swept(api, hours):
    api.put("old", RAINBOW | {"properties": {"timeToLiveInHours": hours}})
    api.pass_by(days=2)  # time that it runs is not counted
    api.end("old")
    api.pass_by(hours=hours, microseconds=-1)
    assert api.get("old").status == 200
    api.pass_by(microseconds=1)
    assert api.get("old").status == 404
    assert api.list().json == {"value": []}
    assert names.report(api.upload("old").job) in api.jobs.objects


def test_the_id_of_a_job_that_has_outlived_its_time_is_free(api):
    api.put("old", RAINBOW | {"properties": {"timeToLiveInHours": 1}})
    old = api.end("old")
    api.pass_by(hours=1)
    again = api.put("old")
    assert (again.status, again.json["status"]) == (201, "NotStarted")
    assert api.upload("old").generation > old.generation
    assert set(api.jobs.objects) == {
        names.withdrawn(old.job),
        names.operation("alice", again.headers["Operation-Id"]),
    }


def test_the_version_is_asked_for_in_every_operation(api):
    for target in ("batchsyntheses", "batchsyntheses/rainbow", "operations/rainbow"):
        for query in ("", "?api-version=", "?api-version=2023-01-01", "?API-VERSION=2024-04-01"):
            found = api.ask("GET", f"/texttospeech/{target}{query}")
            assert (found.status, found.error["target"]) == (400, "api-version")
    assert "2024-04-01" in api.ask("GET", "/texttospeech/batchsyntheses").error["message"]
    assert api.ask("GET", f"/texttospeech/batchsyntheses?skip=0&{VERSION}&x=y").status == 200
