"""The list and its pages (contract, section 4)."""

from itertools import chain

import pytest

from batch_world import BATCHES, ENDPOINT, RAINBOW, VERSION, Api


@pytest.fixture
def api():
    return Api()


def fill(api, count):
    for number in range(count):
        api.put(f"job-{number:03}")
        api.pass_by(milliseconds=100)


def ids(found):
    return [job["id"] for job in found.json["value"]]


def walk(api, query=""):
    """Follow nextLink as clients do, until there is none."""
    found, pages = api.list(query), []
    while True:
        pages.append(ids(found))
        link = found.json.get("nextLink")
        if link is None:
            return pages
        assert link.startswith(f"{ENDPOINT}{BATCHES}?")
        found = api.ask("GET", link)


def test_there_is_nothing_at_first(api):
    assert api.list().json == {"value": []}


def test_the_newest_comes_first_whatever_became_of_them(api):
    fill(api, 3)
    api.end("job-000")
    assert ids(api.list()) == ["job-002", "job-001", "job-000"]
    assert [job["status"] for job in api.list().json["value"]] == ["NotStarted", "NotStarted", "Succeeded"]


def test_of_one_moment_the_later_generation_comes_first(api):
    api.put("zzz")
    api.put("aaa")
    assert ids(api.list()) == ["aaa", "zzz"]


def test_a_listed_job_is_the_job_as_it_is_got(api):
    fill(api, 2)
    api.run("job-000")
    api.end("job-001")
    assert api.list().json["value"] == [api.get(f"job-{number:03}").json for number in (1, 0)]


def test_250_jobs_come_in_pages_each_of_them_once(api):
    fill(api, 250)
    pages = walk(api)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert list(chain(*pages)) == [f"job-{number:03}" for number in reversed(range(250))]


def test_the_next_link_is_the_contracts(api):
    fill(api, 4)
    found = api.list("&skip=1&maxpagesize=2")
    assert ids(found) == ["job-002", "job-001"]
    assert found.json["nextLink"] == f"{ENDPOINT}{BATCHES}?skip=3&maxpagesize=2&api-version=2024-04-01"
    last = api.ask("GET", found.json["nextLink"])
    assert (ids(last), "nextLink" in last.json) == (["job-000"], False)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_pages_of_any_size_show_each_job_once(api, size):
    fill(api, 6)
    assert list(chain(*walk(api, f"&maxpagesize={size}"))) == [
        f"job-{number:03}" for number in reversed(range(6))
    ]


def test_a_page_that_ends_with_the_last_job_is_the_last(api):
    fill(api, 4)
    assert "nextLink" not in api.list("&maxpagesize=4").json
    assert "nextLink" not in api.list("&skip=2&maxpagesize=2").json


def test_without_a_size_the_link_carries_a_hundred_and_more_counts_as_that(api):
    fill(api, 101)
    for query in ("", "&maxpagesize=101", "&maxpagesize=2147483647"):
        link = api.list(query).json["nextLink"]
        assert link == f"{ENDPOINT}{BATCHES}?skip=100&maxpagesize=100&{VERSION}"


def test_past_the_end_there_is_nothing(api):
    fill(api, 2)
    for skip in (2, 3, 2**31 - 1):
        assert api.list(f"&skip={skip}").json == {"value": []}


@pytest.mark.parametrize("name", ["skip", "maxpagesize"])
@pytest.mark.parametrize("text", ["-1", "", "x", "1.0", "1e2", "0x1", "2147483648", "9" * 400, "１", "1_0"])
def test_what_is_no_such_number_is_refused(api, name, text):
    found = api.list(f"&{name}={text}")
    assert (found.status, found.error["code"], found.error["target"]) == (400, "BadRequest", name)


def test_a_page_of_nothing_is_refused(api):
    assert api.list("&maxpagesize=0").status == 400
    assert api.list("&skip=0").status == 200


def test_other_parameters_change_nothing(api):
    fill(api, 3)
    assert ids(api.list("&top=1&$skip=2&Skip=1&MaxPageSize=1")) == ["job-002", "job-001", "job-000"]


def test_what_has_outlived_its_time_is_left_out_and_the_pages_go_on(api):
    api.put("short", RAINBOW | {"properties": {"timeToLiveInHours": 1}})
    api.end("short")
    api.pass_by(hours=2)
    fill(api, 2)
    assert list(chain(*walk(api, "&maxpagesize=1"))) == ["job-001", "job-000"]


def test_what_lies_in_the_folder_under_no_id_is_left_out(api):
    for name in ("alice/.hidden.json", "alice/deep/er.json", "alice/note.txt", "stray.json"):
        api.uploads.create(f"batch/{name}", b"{}")
    api.put("rainbow")
    assert ids(api.list()) == ["rainbow"]


def test_a_page_costs_one_listing_and_few_reads_a_job(api):
    fill(api, 150)
    for number in range(150):
        api.end(f"job-{number:03}")
    api.uploads.operations.clear()
    api.jobs.operations.clear()
    api.list()
    assert api.uploads.operations == ["list"]
    assert len(api.jobs.operations) == 100 * 3  # is it over; how; what did it ask for
