"""What an operator sets: bad settings fail at once, say which, and tell no secrets."""

import json

import pytest

from dropcast.batchapi.settings import read_allowed, read_settings
from dropcast.scripts.batch.request import Allowed

KEYS = json.dumps({"alice": "secret-1", "bob-2": "secret-2"})


def test_nothing_set_is_closed_and_plain():
    settings = read_settings({})
    assert (settings.keys, settings.callers, settings.shared, settings.url) == ({}, {}, False, None)
    assert settings.requests == 100
    assert read_allowed({}) == Allowed()


def test_everything_set_is_read():
    settings = read_settings(
        {
            "API_KEYS": KEYS,
            "API_SHARED": "True",
            "API_URL": "https://speech.example/",
            "API_AUDIENCE": "https://speech.example",
            "API_CALLERS": '{"robot@example.com": "alice"}',
            "SIGNING_KEY": "s",
            "REQUESTS_PER_TEN_SECONDS": "7",
        }
    )
    assert settings.keys == {"alice": "secret-1", "bob-2": "secret-2"}
    assert settings.callers == {"robot@example.com": "alice"}
    assert (settings.shared, settings.url, settings.signing_key) == (True, "https://speech.example", b"s")
    assert (settings.requests, settings.audience) == (7, "https://speech.example")


def test_what_requests_may_ask_for_is_read():
    allowed = read_allowed(
        {
            "BATCH_DESTINATIONS": " gs://shows/a , gs://other,",
            "CUSTOM_VOICES": '{"11111111-2222": "en-US-Neural2-F"}',
            "TIME_TO_LIVE_HOURS": "168",
        }
    )
    assert allowed == Allowed(("gs://shows/a", "gs://other"), {"11111111-2222": "en-US-Neural2-F"}, 168)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("API_KEYS", "secret-1"),
        ("API_KEYS", '["secret-1"]'),
        ("API_KEYS", '{"alice": 5}'),
        ("API_KEYS", '{"alice": ""}'),
        ("API_KEYS", '{"Alice": "secret-1"}'),
        ("API_KEYS", '{"a/b": "secret-1"}'),
        ("API_KEYS", '{"": "secret-1"}'),
        ("API_KEYS", json.dumps({"a" * 41: "secret-1"})),
        ("API_KEYS", '{"alice": "secret-1 "}'),
        ("API_KEYS", '{"alice": "secret-1é"}'),
        ("API_KEYS", '{"alice": "secret-1", "bob": "secret-1"}'),
        ("API_KEYS", "[" * 100_000),
        ("API_SHARED", "yes"),
        ("API_URL", "speech.example"),
        ("API_URL", "https://speech.example?a=b"),
        ("API_CALLERS", '{"robot@example.com": "alice"}'),  # and no API_AUDIENCE
        ("REQUESTS_PER_TEN_SECONDS", "0"),
        ("REQUESTS_PER_TEN_SECONDS", "many"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(setting, text):
    with pytest.raises(ValueError, match=setting) as refused:
        read_settings({setting: text})
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(refused.value.__cause__)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("BATCH_DESTINATIONS", "https://shows"),
        ("BATCH_DESTINATIONS", "gs://"),
        ("CUSTOM_VOICES", '{"id": null}'),
        ("TIME_TO_LIVE_HOURS", "745"),
        ("TIME_TO_LIVE_HOURS", "-1"),
    ],
)
def test_what_cannot_be_allowed_is_refused_by_name(setting, text):
    with pytest.raises(ValueError, match=setting):
        read_allowed({setting: text})


def test_the_signing_key_follows_the_keys_whatever_their_order():
    one, other = json.loads(KEYS), dict(reversed(json.loads(KEYS).items()))
    keys = [read_settings({"API_KEYS": json.dumps(each)}).signing_key for each in (one, other)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 32
    assert read_settings({"API_KEYS": '{"alice": "secret-1"}'}).signing_key != keys[0]


def test_where_only_tokens_open_there_is_nothing_to_derive_a_signing_key_from():
    callers = {"API_CALLERS": '{"robot@example.com": "alice"}', "API_AUDIENCE": "a"}
    with pytest.raises(ValueError, match="SIGNING_KEY"):
        read_settings(callers)
    assert read_settings(callers | {"SIGNING_KEY": "s"}).signing_key == b"s"


def test_settings_that_are_printed_show_no_secrets():
    assert "secret" not in repr(read_settings({"API_KEYS": KEYS, "SIGNING_KEY": "secret"}))
