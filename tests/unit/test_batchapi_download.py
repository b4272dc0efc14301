"""The address of results: it authorises itself, for a while, and dies with its job (contract, section 6)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from batch_world import RAINBOW, Api
from dropcast.batchapi.signing import Signer

ARCHIVE = bytes(range(256)) * 200


@pytest.fixture
def api():
    api = Api()
    api.put("rainbow")
    api.end("rainbow", archive=ARCHIVE)
    return api


@pytest.fixture
def result(api):
    return api.get("rainbow").json["outputs"]["result"]


def fetch(api, result, method="GET", **headers):
    return api.ask(method, result, key=None, **headers)


def test_it_needs_nothing_but_itself(api, result):
    found = fetch(api, result)
    assert (found.status, found.body) == (200, ARCHIVE)
    assert found.headers["Content-Type"] == "application/zip"
    assert found.headers["Content-Length"] == str(len(ARCHIVE))
    assert urlsplit(result).path.endswith("/results.zip")


@pytest.mark.parametrize(
    "headers",
    [
        {"ocp_apim_subscription_key": "key-a"},
        {"ocp_apim_subscription_key": "wrong"},
        {"authorization": "Bearer whatever"},
    ],
)
def test_keys_and_tokens_that_come_with_it_do_no_harm(api, result, headers):
    assert fetch(api, result, **headers).body == ARCHIVE


def test_what_a_client_adds_to_the_query_does_no_harm(api, result):
    assert fetch(api, f"{result}&api-version=2024-04-01").status == 200


def test_it_lives_for_a_day(api):
    api.time = api.time.replace(microsecond=0)
    result = api.get("rainbow").json["outputs"]["result"]
    api.pass_by(hours=24, seconds=-1)
    assert fetch(api, result).status == 200
    api.pass_by(seconds=1)
    found = fetch(api, result)
    assert (found.status, found.error["code"]) == (403, "Forbidden")
    assert fetch(api, api.get("rainbow").json["outputs"]["result"]).status == 200


def test_it_is_made_anew_for_each_get(api, result):
    api.pass_by(seconds=1)
    assert api.get("rainbow").json["outputs"]["result"] != result


def test_it_never_outlives_its_job(api):
    api.put("short", RAINBOW | {"properties": {"timeToLiveInHours": 2}})
    api.end("short")
    api.pass_by(hours=1)
    result = api.get("short").json["outputs"]["result"]
    api.pass_by(minutes=59)
    assert fetch(api, result).status == 200
    api.pass_by(minutes=1)
    assert fetch(api, result).status == 403


def test_it_dies_with_its_job(api, result):
    api.delete("rainbow")
    assert fetch(api, result).status == 404
    api.put("rainbow")
    api.end("rainbow")
    assert fetch(api, result).status == 404


def test_nobody_can_change_what_is_signed(api, result):
    api.put("another")
    api.end("another")
    other = api.get("another").json["outputs"]["result"]
    later = result.replace("se=2026-11-21", "se=2027-11-21")
    swapped = f"{other.partition('?')[0]}?{result.partition('?')[2]}"
    for wrong in (
        later,
        swapped,
        result[:-1] + ("0" if result[-1] != "0" else "1"),
        result.replace("sig=", "gis="),
        result.partition("?")[0],
        result.replace("sig=", "sig=%ff%ED%A0%80"),
        result.replace("se=", "se=x"),
    ):
        found = fetch(api, wrong)
        assert (found.status, found.error["code"]) == (403, "Forbidden"), wrong


def test_another_key_makes_another_signature(api, result):
    api.change(signer=Signer(b"another secret"))
    assert fetch(api, result).status == 403


def test_the_query_says_until_when_and_is_signed(result):
    query = parse_qs(urlsplit(result).query)
    assert query["se"] == ["2026-11-21T10:23:59Z"]
    assert [len(sig) for sig in query["sig"]] == [64]


def test_head_tells_all_but_the_archive(api, result):
    whole, head = fetch(api, result), fetch(api, result, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers | {"apim-request-id": ""} == whole.headers | {"apim-request-id": ""}


SIZE = len(ARCHIVE)
RANGES = [("0-0", 0, 1), ("0-99", 0, 100), ("100-", 100, SIZE), ("-7", SIZE - 7, SIZE), ("0-", 0, SIZE)]


@pytest.mark.parametrize(
    ("wanted", "start", "end"), [*RANGES, ("9-999999", 9, SIZE), ("-999999", 0, SIZE), (" 5 - 9", 5, 10)]
)
def test_a_range_is_told_by_itself(api, result, wanted, start, end):
    found = fetch(api, result, range=f"bytes={wanted}")
    assert (found.status, found.body) == (206, ARCHIVE[start:end])
    assert found.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert found.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("wanted", [f"{SIZE}-", f"{SIZE}-{SIZE + 5}", "-0", "999999999999999999-"])
def test_a_range_behind_the_end_cannot_be_told(api, result, wanted):
    found = fetch(api, result, range=f"bytes={wanted}")
    assert (found.status, found.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
    assert found.error["code"] == "RangeNotSatisfiable"


@pytest.mark.parametrize("wanted", ["bytes=0-1,3-4", "bytes=-", "bytes=9-3", "lines=1-2", "", "bytes=a-b"])
def test_for_what_is_no_single_range_there_is_the_whole(api, result, wanted):
    assert fetch(api, result, range=wanted).body == ARCHIVE


def test_a_download_is_taken_up_again_only_of_the_same_archive(api, result):
    tag = fetch(api, result).headers["ETag"]
    assert fetch(api, result, range="bytes=5-9", if_range=tag).status == 206
    assert fetch(api, result, range="bytes=5-9", if_range='"another"').body == ARCHIVE


def test_a_range_of_many_megabytes_comes_piece_by_piece(api):
    large = bytes(9 << 20)
    api.put("large")
    api.end("large", archive=large)
    result = api.get("large").json["outputs"]["result"]
    assert fetch(api, result, range="bytes=1-").body == large[1:]


def test_other_methods_are_not_allowed_there(api, result):
    found = fetch(api, result, "DELETE")
    assert (found.status, found.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_signature_of_the_last_second_of_the_year_is_understood():
    signer = Signer(b"secret")
    end = Api().time.replace(month=12, day=31, hour=23, minute=59, second=59)
    query = {name: values[0] for name, values in parse_qs(signer.query("job", end)).items()}
    signer.check("job", query, end - timedelta(seconds=1))
