"""docs/openapi.yaml is what is served: schemathesis asks the running function what it allows and what not."""

import json
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from batch_clients import RAINBOW_SSML, Curl, Resource, over, plain
from dropcast_local.speech import control
from dropcast_local.stack import Stack, StackSettings

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.yaml"
EXAMPLES = 60  # for each operation; a hundred thousand are for another place
# What is served must be what is described. That all of it is accepted is not asked for: a voice must exist.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
BATCH = "/texttospeech/batchsyntheses/{id}"
DOWNLOAD = "/texttospeech/results/{job}/results.zip"

schema = schemathesis.openapi.from_path(DOCUMENT)
bounded = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def endpoints():
    with Stack(StackSettings(engine="tone")) as stack:
        yield stack.endpoints


@pytest.fixture
def resource(endpoints):
    return Resource(endpoints.api, endpoints.api_key)


@pytest.fixture
def curl(resource):
    return Curl(resource)


@pytest.fixture(scope="module")
def fuzzed():
    """A resource of a stack of its own: what is made up there, and rendered, keeps nobody waiting."""
    with Stack(StackSettings(engine="tone", environment={"REQUESTS_PER_TEN_SECONDS": "1000000"})) as stack:
        yield Resource(stack.endpoints.api, stack.endpoints.api_key)


@pytest.fixture(scope="module")
def session():
    with requests.Session() as kept:
        kept.trust_env = False
        yield kept


def reaches_us(case):
    """Whether what stands in front of the function lets a request through.

    The framework finds no function behind a path with a line break, gunicorn takes no request line of over
    4,094 bytes; both answer in HTML, which is not ours to describe.
    """
    asked = case.as_transport_kwargs()
    line = (
        requests.Request("GET", f"http://x{case.formatted_path}", params=asked.get("params"))
        .prepare()
        .path_url
    )
    return unquote(case.formatted_path).isprintable() and len(line) < 4000


def ask(case, resource, session):
    assume(reaches_us(case))
    answer = case.call(base_url=resource.endpoint, session=session, headers=resource.header)
    case.validate_response(answer, checks=CHECKS)


def described(answer, path, method, status):
    """Hold an answer against what the document says of it."""
    assert answer.status_code == status, answer.text
    operation = schema[path][method]
    assert str(status) in operation.definition.raw["responses"]
    operation.validate_response(answer)
    return answer


def test_the_document_is_a_valid_one():
    schema.validate()


@schema.parametrize()
@bounded
def test_whatever_is_asked_is_answered_as_described(case, fuzzed, session):
    ask(case, fuzzed, session)


@schema.include(operation_id="createBatchSynthesis").parametrize()
@bounded
def test_whatever_else_is_asked_of_a_voice_that_exists_is_answered_as_described(case, fuzzed, session):
    """What schemathesis makes up alone is refused for its voice, its id or its operation most of the time."""
    case.path_parameters, case.query = {"id": uuid4().hex}, {"api-version": "2024-04-01"}
    case.headers.pop("Operation-Id", None)
    if isinstance(case.body, dict):
        case.body |= {"inputKind": "PlainText", "synthesisConfig": {"voice": "en-US-JennyNeural"}}
        case.body.pop("customVoices", None)
        if isinstance(inputs := case.body.get("inputs"), list):
            case.body["inputs"] = inputs[:10]  # what it makes up has 10,000, which are all rendered
    ask(case, fuzzed, session)


def test_the_life_of_a_batch_is_described(curl, resource):
    request = {"description": "test", "inputKind": "SSML", "inputs": [{"content": RAINBOW_SSML}]}
    created = described(curl.put("life", json.dumps(request)), BATCH, "PUT", 201)
    operations = "/texttospeech/operations/{operationId}"
    described(curl.fetch(created.headers["Operation-Location"]), operations, "GET", 200)
    described(curl.get("life"), BATCH, "GET", 200)
    job = over(resource, "life")
    assert job["status"] == "Succeeded"
    described(curl.get("life"), BATCH, "GET", 200)
    described(curl.list(), "/texttospeech/batchsyntheses", "GET", 200)
    result = job["outputs"]["result"]
    described(requests.get(result, timeout=30), DOWNLOAD, "GET", 200)
    part = requests.get(result, headers={"Range": "bytes=0-3"}, timeout=30)
    assert described(part, DOWNLOAD, "GET", 206).content == b"PK\x03\x04"
    beyond = requests.get(result, headers={"Range": "bytes=9999999999-"}, timeout=30)
    described(beyond, DOWNLOAD, "GET", 416)
    described(requests.get(f"{result}0", timeout=30), DOWNLOAD, "GET", 403)
    described(curl.delete("life"), BATCH, "DELETE", 204)
    described(requests.get(result, timeout=30), DOWNLOAD, "GET", 404)


def test_a_batch_that_failed_is_described(endpoints, curl, resource):
    control.inject(endpoints.speech, ["INVALID_ARGUMENT:unspeakable"], "abracadabra")
    described(curl.put("failure", json.dumps(plain("Abracadabra? abracadabra!"))), BATCH, "PUT", 201)
    assert over(resource, "failure")["status"] == "Failed"
    described(curl.get("failure"), BATCH, "GET", 200)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (400, "{", {}),
        (401, "{}", {"Ocp_Apim_Subscription_Key": "wrong"}),
        (413, " " * (2 * 1024 * 1024 + 1), {}),
        (415, "{}", {"Content_Type": "text/plain"}),
    ],
)
def test_what_is_refused_is_described(curl, status, body, headers):
    described(curl.put("refused", body, **headers), BATCH, "PUT", status)


def test_an_id_in_use_is_described(curl):
    body = json.dumps(plain("The rainbow."))
    curl.put("taken", body)
    described(curl.put("taken", body), BATCH, "PUT", 409)
