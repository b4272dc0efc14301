"""Who may ask, what each sees, and how often (contract, sections 1, 2 and 5)."""

import logging

import pytest

from batch_world import BATCHES, RAINBOW, VERSION, Api
from dropcast.batchapi.access import Access
from dropcast.ports import TryLater

HELLO = RAINBOW | {"inputs": [{"content": "Hello."}]}
DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key "
    "for an active subscription and use a correct regional API endpoint for your resource."
)
EVERYWHERE = [
    ("GET", f"{BATCHES}?{VERSION}"),
    ("GET", f"{BATCHES}/rainbow?{VERSION}"),
    ("PUT", f"{BATCHES}/rainbow?{VERSION}"),
    ("DELETE", f"{BATCHES}/rainbow?{VERSION}"),
    ("GET", f"/texttospeech/operations/rainbow?{VERSION}"),
    ("GET", "/nowhere"),
    ("POST", BATCHES),
    ("OPTIONS", BATCHES),
]


@pytest.fixture
def api():
    return Api()


def with_tokens(**emails):
    """An API that believes these tokens, for alice's robot alone."""
    api = Api()
    api.change(access=Access(api.keys, {"robot@example.com": "alice"}, emails.get))
    return api


@pytest.mark.parametrize(("method", "target"), EVERYWHERE)
@pytest.mark.parametrize("key", [None, "", "key", "key-a ey", "KEY-A", "key-ä", "\udcff", "key-a,key-b"])
def test_without_a_key_nothing_is_told(api, method, target, key):
    api.put("rainbow")
    found = api.ask(method, target, b"{}", key=key)
    assert found.status == 401
    assert found.json == {"error": {"code": "401", "message": DENIED}}
    assert found.headers["x-ms-error-code"] == "401"
    assert api.get("rainbow").status == 200


@pytest.mark.parametrize("key", ["key-a", " key-a "])
def test_every_key_opens(api, key):
    assert api.list(key=key).status == 200
    assert api.list(key="key-b").status == 200


@pytest.mark.parametrize("configured", [{}, {"shared": True}])
def test_where_no_key_is_set_it_is_closed_and_the_log_says_why(configured, caplog):
    api = Api(keys={}, **configured)
    with caplog.at_level(logging.ERROR):
        for key in (None, "", "key-a"):
            assert api.list(key=key).status == 401
    assert "API_KEYS" in caplog.text


def test_a_key_sees_nothing_of_anothers(api):
    location = api.put("mine").headers["Operation-Location"]
    result = api.end("mine")
    assert api.list(key="key-b").json == {"value": []}
    assert api.get("mine", key="key-b").status == 404
    assert api.ask("GET", location, key="key-b").status == 404
    assert api.delete("mine", key="key-b").status == 204
    assert api.get("mine").status == 200
    assert api.put("mine", HELLO, key="key-b").status == 201
    assert api.upload("mine") == result
    assert len(api.list().json["value"]) == len(api.list(key="key-b").json["value"]) == 1


def test_a_key_whose_name_begins_anothers_sees_nothing_of_it():
    api = Api(keys={"a": "key-1", "a-b": "key-2"})
    api.put("rainbow", key="key-2")
    assert api.list(key="key-1").json == {"value": []}


def test_keys_that_share_see_the_same(api):
    shared = Api(shared=True)
    shared.put("ours")
    assert list(shared.uploads.objects) == ["batch/shared/ours.json"]
    assert shared.get("ours", key="key-b").status == 200
    assert shared.put("ours", key="key-b").status == 409


def test_a_token_that_is_believed_is_somebody_by_name():
    api = with_tokens(good="robot@example.com", stranger="stranger@example.com")
    assert api.put("rainbow", key=None, authorization="Bearer good").status == 201
    assert api.get("rainbow").status == 200
    assert api.get("rainbow", key=None, authorization="bearer good").status == 200
    for header in ("Bearer bad", "Bearer stranger", "Basic good", "good", "Bearer", ""):
        assert api.get("rainbow", key=None, authorization=header).status == 401


def test_a_key_or_a_token_is_enough_when_both_are_sent():
    api = with_tokens(good="robot@example.com")
    assert api.list(key="wrong", authorization="Bearer good").status == 200
    assert api.list(key="key-b", authorization="Bearer bad").status == 200


def test_nobody_is_asked_about_tokens_where_no_callers_are_set(api):
    def must_not(token):
        raise AssertionError(token)

    api.change(access=Access(api.keys, {}, must_not))
    assert api.list(key=None, authorization="Bearer good").status == 401


def test_a_token_that_cannot_be_checked_just_now_is_no_denial():
    def trouble(token):
        raise TryLater("no certificates")

    api = Api()
    api.change(access=Access(api.keys, {"robot@example.com": "alice"}, trouble))
    assert api.list(key=None, authorization="Bearer good").status == 503
    assert api.list(authorization="Bearer good").status == 200


def test_a_hundred_requests_in_ten_seconds_and_no_more():
    api = Api(requests=100)
    api.list()
    api.pass_by(seconds=4)
    assert {api.list().status for _ in range(99)} == {200}
    refused = api.put("rainbow")
    assert (refused.status, refused.error["code"]) == (429, "TooManyRequests")
    assert refused.headers["Retry-After"] == "6"
    assert api.uploads.objects == {}
    assert api.list(key="key-b").status == 200
    api.pass_by(seconds=6)
    assert api.list().status == 200
    assert api.list().status == 429


def test_whoever_waits_as_long_as_told_is_let_in_and_refusals_do_not_count():
    api = Api(requests=2)
    api.list()
    api.pass_by(seconds=0.3)
    api.list()
    for _ in range(20):
        wait = api.list().headers["Retry-After"]
    api.pass_by(seconds=int(wait))
    assert api.list().status == 200


def test_denied_requests_use_up_nobodys_share():
    api = Api(requests=1)
    for _ in range(5):
        assert api.list(key="wrong").status == 401
    assert api.list().status == 200


def test_a_token_and_a_key_of_one_name_have_one_share():
    api = with_tokens(good="robot@example.com")
    one = Api(requests=1)
    one.change(access=api.world.access)
    assert one.list().status == 200
    assert one.list(key=None, authorization="Bearer good").status == 429


def test_results_are_handed_out_without_counting():
    api = Api(requests=3)
    api.put("rainbow")
    api.end("rainbow")
    result = api.get("rainbow").json["outputs"]["result"]
    assert {api.ask("GET", result, key=None).status for _ in range(9)} == {200}
    assert api.list().status == 200


def dropped(**settings):
    api = Api(**settings)
    api.drop("dropped-file")
    api.drop("a-conversation")
    api.uploads.create("shows/deeper.json", b"{}")
    api.uploads.create("x.json", b"{}")
    return api


@pytest.mark.parametrize("settings", [{"keys": {"only": "key-a"}}, {"shared": True}])
def test_a_batch_that_was_dropped_at_the_top_is_the_same_job(settings):
    api = dropped(**settings)
    assert api.get("dropped-file").status == 404  # not known for a batch before it is planned
    api.run("dropped-file", None)
    assert api.get("dropped-file").json["status"] == "Running"
    assert [found["id"] for found in api.list().json["value"]] == ["dropped-file"]
    assert api.put("dropped-file").status == 409
    api.end("dropped-file", None)
    found = api.get("dropped-file").json
    assert api.ask("GET", found["outputs"]["result"], key=None).status == 200
    assert api.delete("dropped-file").status == 204
    assert api.get("dropped-file").status == 404
    assert "dropped-file.json" not in api.uploads.objects
    assert "a-conversation.json" in api.uploads.objects


def test_what_was_dropped_belongs_to_none_of_several_keys():
    api = dropped()
    api.run("dropped-file", None)
    assert api.get("dropped-file").status == 404
    assert api.list().json == {"value": []}
    assert api.delete("dropped-file").status == 204
    assert "dropped-file.json" in api.uploads.objects
    assert api.put("dropped-file").status == 201


def test_the_apis_own_batch_comes_before_one_that_was_dropped_under_its_id():
    api = dropped(keys={"only": "key-a"})
    assert api.put("dropped-file", HELLO | {"description": "mine"}).status == 201
    api.run("dropped-file", None)
    assert api.get("dropped-file").json["description"] == "mine"
    assert [found["description"] for found in api.list().json["value"]] == ["mine"]
