"""The examples of Azure's page on batch synthesis, request for request, and what it says of each answer."""

import json
import re

import pytest

from batch_clients import RAINBOW_SSML, Curl, Resource, over
from batch_truth import Results, hold

# As on the page, to the letter.
CREATE = r"""{
    "description": "my ssml test",
    "inputKind": "SSML",
    "inputs": [
        {
            "content": "<speak version=\"1.0\" xml:lang=\"en-US\"><voice name=\"en-US-JennyNeural\">The rainbow has seven colors.</voice></speak>"
        }
    ],
    "properties": {
        "outputFormat": "riff-24khz-16bit-mono-pcm",
        "wordBoundaryEnabled": false,
        "sentenceBoundaryEnabled": false,
        "concatenateResult": false,
        "decompressOutputFiles": false
    }
}"""  # noqa: E501
WITHOUT_INPUTS = """{
    "inputKind": "SSML"
}"""

MEMBERS = ["id", "internalId", "status", "createdDateTime", "lastActionDateTime", "inputKind", "customVoices"]
SETTINGS = {
    "timeToLiveInHours": 744,
    "outputFormat": "riff-24khz-16bit-mono-pcm",
    "concatenateResult": False,
    "decompressOutputFiles": False,
    "wordBoundaryEnabled": False,
    "sentenceBoundaryEnabled": False,
}
FIGURES = [
    "sizeInBytes",
    "succeededAudioCount",
    "failedAudioCount",
    "durationInMilliseconds",
    "billingDetails",
]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")


@pytest.fixture
def curl(resource):
    return Curl(resource)


@pytest.fixture
def job(curl, resource):
    """The page's batch, when it is over."""
    assert curl.put("YourSynthesisId", CREATE).status_code == 201
    return over(resource, "YourSynthesisId")


def test_a_batch_is_created_as_the_page_shows(curl):
    answer = curl.put("YourSynthesisId", CREATE)
    assert answer.status_code == 201
    job = answer.json()
    assert list(job) == [*MEMBERS, "properties", "description"]
    assert job["properties"] == SETTINGS
    assert list(job["properties"]) == list(SETTINGS)
    assert (job["id"], job["status"], job["inputKind"]) == ("YourSynthesisId", "NotStarted", "SSML")
    assert job["customVoices"] == {}
    assert job["description"] == "my ssml test"
    assert TIME.fullmatch(job["createdDateTime"])
    assert TIME.fullmatch(job["lastActionDateTime"])


def test_a_created_batch_is_there_at_once_and_has_an_operation_of_the_same_status(curl):
    created = curl.put("YourSynthesisId", CREATE)
    assert curl.get("YourSynthesisId").status_code == 200
    operation = created.headers["Operation-Id"]
    location = created.headers["Operation-Location"]
    assert location.endswith(f"/texttospeech/operations/{operation}?api-version=2024-04-01")
    answer = curl.fetch(location)
    assert (answer.status_code, list(answer.json())) == (200, ["id", "status"])
    assert answer.json()["id"] == operation


def test_a_batch_that_succeeded_tells_what_the_page_shows(job):
    assert list(job) == [*MEMBERS, "properties", "outputs", "description"]
    assert job["status"] == "Succeeded"
    properties = job["properties"]
    assert list(properties) == [*SETTINGS, *FIGURES]
    assert {name: properties[name] for name in SETTINGS} == SETTINGS
    assert (properties["succeededAudioCount"], properties["failedAudioCount"]) == (1, 0)
    assert properties["billingDetails"] == {"neuralCharacters": 29}
    assert list(job["outputs"]) == ["result"]
    assert "sig=" in job["outputs"]["result"].partition("?")[2]


def test_the_results_are_what_the_page_shows(curl, job):
    answer = curl.fetch(job["outputs"]["result"])  # with the key, as the page has it
    assert answer.status_code == 200
    results = Results.of(answer.content)
    assert sorted(results.names) == ["0001.debug.json", "0001.wav", "summary.json"]
    [entry] = results.summary["results"]
    assert list(results.summary) == ["jobID", "status", "results"]
    assert list(entry) == ["contents", "status", "audioFileName", "properties"]
    assert entry["contents"] == [RAINBOW_SSML]
    assert list(entry["properties"]) == ["sizeInBytes", "durationInMilliseconds"]
    hold(results, job, json.loads(CREATE))


def test_words_are_told_as_the_page_shows(curl, resource):
    request = json.loads(CREATE)
    request["properties"] |= {"wordBoundaryEnabled": True, "sentenceBoundaryEnabled": True}
    curl.put("with-words", json.dumps(request))
    job = over(resource, "with-words")
    results = Results.of(curl.fetch(job["outputs"]["result"]).content)
    [entry] = results.summary["results"]
    words = results.boundaries(entry, "word")
    assert [word["Text"] for word in words] == ["The", "rainbow", "has", "seven", "colors", "."]
    assert [list(word) for word in words] == [["Text", "AudioOffset", "Duration"]] * 6
    sentences = results.boundaries(entry, "sentence")
    assert [sentence["Text"] for sentence in sentences] == ["The rainbow has seven colors."]
    hold(results, job, request)


def test_the_list_has_pages_as_the_page_shows(curl, resource):
    for number in range(5):
        assert curl.put(f"my-job-{number:02}", CREATE).status_code == 201
    answer = curl.list("&skip=1&maxpagesize=2")
    assert answer.status_code == 200
    page = answer.json()
    assert list(page) == ["value", "nextLink"]
    assert [job["id"] for job in page["value"]] == ["my-job-03", "my-job-02"]
    base = resource.url().partition("?")[0]
    assert page["nextLink"] == f"{base}?skip=3&maxpagesize=2&api-version=2024-04-01"
    last = curl.fetch(page["nextLink"]).json()
    assert [job["id"] for job in last["value"]] == ["my-job-01", "my-job-00"]
    assert "nextLink" not in last


def test_a_batch_is_deleted_with_its_results(curl, job):
    answer = curl.delete("YourSynthesisId")
    assert (answer.status_code, answer.content) == (204, b"")
    assert curl.get("YourSynthesisId").status_code == 404
    assert curl.fetch(job["outputs"]["result"]).status_code in (403, 404)
    assert curl.delete("YourSynthesisId").status_code == 204


def test_without_inputs_the_error_is_the_pages(curl):
    answer = curl.put("YourSynthesisId", WITHOUT_INPUTS)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("BadRequest", "The inputs is required.")
    assert answer.headers["x-ms-error-code"] == "BadRequest"
    assert curl.get("YourSynthesisId").status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"properties": {"outputFormat": "riff-24khz"}}, "riff-24khz"),
        ({"inputs": [{"content": RAINBOW_SSML}] * 10_001}, "10,000|10000"),
        ({"customVoices": {"my-voice": "not a deployment id!"}}, "(?i)deployment|custom"),
    ],
)
def test_what_the_page_calls_bad_is_refused(curl, change, said):
    answer = curl.put("YourSynthesisId", json.dumps(json.loads(CREATE) | change))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BadRequest"
    assert re.search(said, answer.json()["error"]["message"])


def test_what_is_unknown_is_not_found(curl):
    answer = curl.get("nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NotFound"


def test_more_than_a_hundred_requests_in_ten_seconds_are_put_off(curl):
    answers = [curl.get("nowhere") for _ in range(105)]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert answers[-1].json()["error"]["code"] == "TooManyRequests"
    assert int(answers[-1].headers["Retry-After"]) >= 1


@pytest.mark.parametrize("key", ["", "wrong", "0"])
def test_who_has_no_key_is_told_so(resource, key):
    answer = Curl(Resource(resource.endpoint, key)).get("YourSynthesisId")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("Access denied due to invalid subscription key")
