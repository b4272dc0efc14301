"""The API behind the framework that serves it: bodies, streams and addresses as HTTP has them."""

import io
import json
import sys
from pathlib import Path

import pytest
from functions_framework import create_app
from werkzeug.datastructures import Headers

from batch_world import BATCHES, RAINBOW, VERSION, Api
from dropcast import wiring
from dropcast.batchapi.web import endpoint
from dropcast.ports import TryLater
from dropcast.stages.sweep import Sweeper

SOURCE = str(Path(__file__).parents[2] / "functions" / "main.py")
LIMIT = 2 * 1024 * 1024
KEY = {"Ocp-Apim-Subscription-Key": "key-a"}
JSON = KEY | {"Content-Type": "application/json"}
CHUNKED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
BATCH = f"{BATCHES}/rainbow?{VERSION}"


class Watched:
    """A body, as gunicorn hands it over, that knows how much of it was read."""

    def __init__(self, size):
        self.size = size
        self.given = self.told = 0

    def read(self, size):
        size = min(size, self.size - self.given)
        self.given += size
        return bytes(size)

    def seek(self, at, whence=0):
        self.told = self.size if whence else at

    def tell(self):
        """The test client asks how long a body is."""
        return self.told

    def close(self):
        pass


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setitem(sys.modules, "main", sys.modules[__name__])
    monkeypatch.setattr(sys, "path", sys.path[:])
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "http")
        monkeypatch.delenv(name)
    api = Api()
    gateways = {
        "start_logging": lambda: None,
        "api_world": lambda: api.world,
        "sweeper": lambda: Sweeper(api.uploads, api.jobs, api.world.destinations, "uploads", api.time),
    }
    for name, gateway in gateways.items():
        monkeypatch.setattr(wiring, name, gateway)
    return api


@pytest.fixture
def client(api):
    return create_app("api", SOURCE).test_client()


def test_a_job_goes_its_way_through_the_framework(api, client):
    created = client.put(BATCH, data=json.dumps(RAINBOW), headers=JSON)
    assert created.status_code == 201
    assert created.headers["Operation-Location"].startswith("http://localhost/texttospeech/operations/")
    api.end("rainbow", archive=b"PK" * 50_000)
    found = client.get(BATCH, headers=KEY)
    result = found.json["outputs"]["result"]
    fetched = client.get(result)
    assert fetched.data == b"PK" * 50_000
    assert fetched.headers["Content-Length"] == "100000"
    assert client.head(result).headers["Content-Length"] == "100000"
    assert client.get(result, headers={"Range": "bytes=-3"}).data == b"KPK"
    assert client.delete(BATCH, headers=KEY).status_code == 204
    assert client.get(result).status_code == 404


def test_a_refusal_is_an_envelope(client):
    found = client.get(BATCH)
    assert (found.status_code, found.json["error"]["code"]) == (401, "401")
    assert found.headers["Content-Type"] == "application/json; charset=utf-8"


def test_ids_may_come_percent_encoded_but_not_with_a_slash(api, client):
    encoded = f"{BATCHES}/%72ainbow?{VERSION}"
    assert client.put(encoded, data=json.dumps(RAINBOW), headers=JSON).status_code == 201
    assert client.get(BATCH, headers=KEY).status_code == 200
    assert client.get(f"{BATCHES}/a%2Fb?{VERSION}", headers=KEY).status_code == 404
    assert client.get(f"{BATCHES}/..%2Fbob%2Fx?{VERSION}", headers=KEY).status_code == 404


def test_a_large_body_is_refused_unread_and_then_let_go(client):
    body = Watched(LIMIT + 1)
    found = client.put(BATCH, input_stream=body, content_length=LIMIT + 1, headers=JSON)
    assert (found.status_code, body.given) == (413, 0)
    assert found.json["error"]["code"] == "PayloadTooLarge"
    assert body.given == LIMIT + 1


def test_a_large_body_in_chunks_is_refused_as_soon_as_it_is_too_large(client):
    body = Watched(5 * LIMIT)
    found = client.put(BATCH, input_stream=body, environ_overrides=CHUNKED, headers=JSON)
    assert (found.status_code, body.given) == (413, LIMIT + 1)
    assert found.json["error"]["code"] == "PayloadTooLarge"
    assert body.given == 5 * LIMIT


def test_an_endless_body_is_not_read_for_ever(client):
    body = Watched(10**12)
    found = client.put(BATCH, input_stream=body, environ_overrides=CHUNKED, headers=JSON)
    assert found.json["error"]["code"] == "PayloadTooLarge"
    assert body.given < LIMIT + (33 << 20)


@pytest.mark.parametrize(("method", "headers"), [("GET", KEY), ("PUT", {}), ("POST", KEY)])
def test_a_body_that_nobody_asked_for_is_let_go_after_the_answer(client, method, headers):
    body = Watched(100_000)
    found = client.open(BATCH, method=method, input_stream=body, content_length=100_000, headers=headers)
    assert body.given == 0
    assert found.json["error"]
    assert body.given == 100_000


def test_a_body_in_chunks_is_taken(api, client):
    body = io.BytesIO(json.dumps(RAINBOW).encode())
    assert client.put(BATCH, input_stream=body, environ_overrides=CHUNKED, headers=JSON).status_code == 201
    assert json.loads(api.uploads.objects["batch/alice/rainbow.json"]) == RAINBOW


def test_a_body_that_ends_too_early_is_the_clients_fault(client):
    found = client.put(BATCH, input_stream=io.BytesIO(b"{"), content_length=99, headers=JSON)
    assert (found.status_code, found.json["error"]["code"]) == (400, "BadRequest")


def test_a_body_that_breaks_http_is_the_clients_fault(client):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError("invalid chunk size")

    found = client.put(BATCH, input_stream=Broken(), environ_overrides=CHUNKED, headers=JSON)
    assert (found.status_code, found.json["error"]["code"]) == (400, "BadRequest")


def test_below_another_root_addresses_lead_there(api, client):
    environ = {"SCRIPT_NAME": "/api"}
    found = client.put(BATCH, data=json.dumps(RAINBOW), headers=JSON, environ_overrides=environ)
    assert found.headers["Operation-Location"].startswith("http://localhost/api/texttospeech/operations/")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Host": "run.example"}, "http://run.example"),
        ({"Host": "run.example", "X-Forwarded-Proto": "https"}, "https://run.example"),
        ({"Host": "run.example", "X-Forwarded-Proto": "HTTPS, http"}, "https://run.example"),
        ({"Host": "run.example", "X-Forwarded-Host": "api.example:8443, b"}, "http://api.example:8443"),
        ({"Host": "127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        ({"Host": "[::1]:8080"}, "http://[::1]:8080"),
        ({"Host": "a b"}, "http://localhost"),
        ({"Host": "evil/?x=", "X-Forwarded-Host": '"><script>'}, "http://localhost"),
        ({"Host": "run.example", "X-Forwarded-Proto": "javascript"}, "http://run.example"),
        ({}, "http://localhost"),
    ],
)
def test_the_endpoint_is_the_address_by_which_the_client_came(headers, expected):
    assert endpoint(Headers(headers), "http", "") == expected
    assert endpoint(Headers(headers), "http", "/api/") == f"{expected}/api"


def test_the_sweep_sweeps_by_any_method_and_is_tried_again_when_storage_is_gone(api):
    sweep = create_app("sweep", SOURCE).test_client()
    api.put("old", RAINBOW | {"properties": {"timeToLiveInHours": 1}})
    api.end("old")
    api.pass_by(hours=1)
    assert sweep.get("/").status_code == 204
    assert api.uploads.objects == {}

    def trouble(point):
        raise TryLater("storage is gone")

    api.put("old")
    api.delete("old")
    api.pass_by(days=9)
    api.trouble = trouble
    assert sweep.post("/").status_code == 503
