"""Whatever is asked, the answer is 2xx or an error in the contract's envelope."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_world import BATCHES, RAINBOW, VERSION, Api
from dropcast.batchapi.errors import bad_requests
from dropcast.ports import TryLater
from dropcast.scripts.problems import Problem

BATCH = f"{BATCHES}/rainbow?{VERSION}"


@pytest.fixture
def api():
    return Api()


@pytest.mark.parametrize(
    ("pointer", "target"),
    [
        ("/inputs/3/content", "inputs[3].content"),
        ("/Inputs/3/Content", "Inputs[3].Content"),
        ("/properties/outputFormat", "properties.outputFormat"),
        ("/customVoices/a~1b~0c", "customVoices.a/b~c"),
        ("/0", "[0]"),
        ("", None),
    ],
)
def test_a_place_is_named_as_clients_write_it(pointer, target):
    assert bad_requests([Problem(pointer, "wrong")]).fault.target == target


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/texttospeech", "/texttospeech/", "/texttospeech/voices", "/texttospeech/results/x"),
        *("/texttospeech/results/x/results.zip/y", "/texttospeech/batchsyntheses/a/b", "//", "/api"),
        *("/texttospeech/operations", "/TEXTTOSPEECH/batchsyntheses", "texttospeech/batchsyntheses"),
    ],
)
def test_elsewhere_there_is_nothing(api, path):
    found = api.ask("GET", f"{path}?{VERSION}")
    assert (found.status, found.error["code"]) == (404, "NotFound")


def test_a_slash_at_the_end_does_no_harm(api):
    assert api.ask("GET", f"{BATCHES}/?{VERSION}").status == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (BATCHES, "GET, HEAD, OPTIONS"),
        (f"{BATCHES}/rainbow", "GET, PUT, DELETE, HEAD, OPTIONS"),
        ("/texttospeech/operations/one", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_allowed_says_which_are(api, path, allowed):
    for method in ("POST", "PATCH", "TRACE", "BREW", "get"):
        found = api.ask(method, f"{path}?{VERSION}")
        assert (found.status, found.headers["Allow"]) == (405, allowed)
        assert found.error["code"] == "MethodNotAllowed"
    assert "PUT it to" in api.ask("POST", path).error["message"]
    options = api.ask("OPTIONS", path)
    assert (options.status, options.headers["Allow"], options.body) == (204, allowed, b"")


def test_head_is_get_without_its_body(api):
    api.put("rainbow")
    for target in (BATCH, f"{BATCHES}?{VERSION}", f"{BATCHES}/nothing?{VERSION}", BATCHES):
        got, head = api.ask("GET", target), api.ask("HEAD", target)
        assert (head.status, head.body) == (got.status, b"")
        assert head.headers["Content-Length"] == str(len(got.body))


def test_json_says_what_it_is_and_how_long(api):
    found = api.put("rainbow")
    assert found.headers["Content-Type"] == "application/json; charset=utf-8"
    assert found.headers["Content-Length"] == str(len(found.body))


def test_every_answer_has_an_id_of_its_own(api):
    answers = [api.put("rainbow"), api.get("rainbow"), api.get("nothing"), api.list(key=None)]
    assert len({found.headers["apim-request-id"] for found in answers}) == 4


def test_storage_out_of_reach_is_a_delay(api):
    def trouble(point):
        raise TryLater("storage is gone")

    api.trouble = trouble
    for found in (api.put("rainbow"), api.get("rainbow"), api.delete("rainbow")):
        assert (found.status, found.error["code"]) == (503, "ServiceUnavailable")
        assert found.headers["Retry-After"] == "10"


def test_a_fault_of_our_own_comes_in_the_envelope_and_into_the_log(api, caplog):
    def trouble(point):
        raise ZeroDivisionError("a secret detail")

    api.trouble = trouble
    with caplog.at_level(logging.ERROR):
        found = api.get("rainbow")
    assert (found.status, found.error["code"]) == (500, "InternalServerError")
    assert found.headers["apim-request-id"] in found.error["message"]
    assert "secret" not in found.body.decode()
    (record,) = caplog.records
    assert record.exc_info[0] is ZeroDivisionError
    assert record.request == found.headers["apim-request-id"]


def test_an_echo_of_half_a_character_is_no_trouble(api):
    created = api.put("half", RAINBOW | {"description": "\ud83c"})
    assert created.status == 201
    assert created.json["description"] == "\ud83c"


def in_the_envelope(found):
    if 200 <= found.status < 300:
        return True
    error = json.loads(found.body)["error"]
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    assert found.headers["x-ms-error-code"] == error["code"]
    return 400 <= found.status < 500


ANY = st.text(max_size=40)
PIECES = st.sampled_from(
    ["texttospeech", "batchsyntheses", "operations", "results", "results.zip", "rainbow"]
)
PATHS = st.lists(PIECES | ANY, max_size=6).map("/".join) | st.just(f"{BATCHES}/rainbow".lstrip("/"))
QUERIES = st.lists(
    st.tuples(st.sampled_from(["api-version", "skip", "maxpagesize", "se", "sig"]) | ANY, ANY), max_size=4
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("content-type", "content-length", "content-encoding", "operation-id", "authorization"),
            *("range", "if-range", "transfer-encoding"),
        ]
    ),
    ANY | st.sampled_from(["application/json", "5", "bytes=0-4", "Bearer x"]),
)


@given(
    st.sampled_from(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "POST"]) | ANY,
    PATHS,
    QUERIES,
    st.booleans(),
    HEADERS,
    st.binary(max_size=60),
    st.sampled_from(["key-a", None]) | ANY,
)
def test_nothing_that_is_asked_is_our_fault(method, path, query, versioned, headers, body, key):
    api = Api()
    api.put("rainbow")
    api.end("rainbow")
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    target = f"/{path.replace('?', '')}?{query}" + (f"&{VERSION}" if versioned else "")
    found = api.ask(method, target, body, key, **named)
    assert found.status == 204 or method == "HEAD" or in_the_envelope(found)
    assert found.status < 500
    assert key == "key-a" or "results" in path or found.status == 401
