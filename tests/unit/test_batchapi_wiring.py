"""The API's world comes of the environment, and a bad one fails at once."""

import json

import pytest

from batch_world import RAINBOW, Api
from dropcast import wiring
from dropcast.batchapi.access import nobody
from dropcast.scripts.batch.request import Allowed
from fakes import DigestEncoder, MemoryObjectStore

KEYS = json.dumps({"alice": "key-a"})


@pytest.fixture
def environment(monkeypatch):
    """Nothing of the world outside, and nothing kept between tests."""
    for name in ("API_KEYS", "API_SHARED", "API_URL", "API_AUDIENCE", "API_CALLERS", "SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BATCH_DESTINATIONS", "CUSTOM_VOICES", "TIME_TO_LIVE_HOURS", "REQUESTS_PER_TEN_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    uploads, jobs = MemoryObjectStore(), MemoryObjectStore()
    for name, gateway in {"uploads": uploads, "jobs": jobs, "encoder": DigestEncoder()}.items():
        monkeypatch.setattr(wiring, name, lambda gateway=gateway: gateway)
    monkeypatch.setattr(wiring, "allowed", wiring.allowed.__wrapped__)
    monkeypatch.setattr(wiring, "_bucket", lambda name: f"the bucket {name}")
    return monkeypatch


def world():
    return wiring.api_world.__wrapped__()


def test_the_world_takes_a_job_from_the_first_request_on(environment):
    environment.setenv("API_KEYS", KEYS)
    api = Api()
    api.world = world()
    assert api.put("rainbow").status == 201
    assert api.get("rainbow").json["properties"]["outputFormat"] == "riff-24khz-16bit-mono-pcm"
    assert list(wiring.uploads().objects) == ["batch/alice/rainbow.json"]
    assert api.put("another", RAINBOW | {"inputs": []}).error["message"] == "The inputs is required."


def test_what_the_operator_sets_for_requests_reaches_them(environment):
    environment.setenv("API_KEYS", KEYS)
    environment.setenv("TIME_TO_LIVE_HOURS", "168")
    environment.setenv("API_URL", "https://speech.example")
    api = Api()
    api.world = world()
    created = api.put("rainbow")
    assert created.json["properties"]["timeToLiveInHours"] == 168
    assert created.headers["Operation-Location"].startswith("https://speech.example/texttospeech/")


def test_without_settings_it_is_closed(environment):
    api = Api()
    api.world = world()
    assert api.list().status == 401
    assert api.world.access.email_of is nobody


@pytest.mark.parametrize("name", ["API_KEYS", "TIME_TO_LIVE_HOURS", "REQUESTS_PER_TEN_SECONDS"])
def test_a_bad_setting_fails_at_once(environment, name):
    environment.setenv(name, "nonsense")
    with pytest.raises(ValueError, match=name):
        world()


def test_results_are_delivered_only_where_it_is_allowed(environment):
    environment.setattr(wiring, "allowed", lambda: Allowed(("gs://shows/daily", "gs://others")))
    assert wiring.destination("shows") == "the bucket shows"
    with pytest.raises(ValueError, match="uploads"):
        wiring.destination("uploads")
