"""PUT: what is taken, what is refused, and that an id is given once (contract, sections 1, 2 and 5)."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from batch_world import BATCHES, ENDPOINT, RAINBOW, VERSION, Api
from dropcast.batchapi.application import answer
from dropcast.batchapi.exchange import ApiRequest, BrokenBody
from dropcast.jobs import names
from dropcast.ports import TryLater

LIMIT = 2 * 1024 * 1024
HELLO = RAINBOW | {"inputs": [{"content": "Hello."}]}


@pytest.fixture
def api():
    return Api()


def put(api, read, **headers):
    """PUT with a body that is read from somewhere."""
    known = {"ocp-apim-subscription-key": "key-a", "content-type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = answer(ApiRequest("PUT", f"{BATCHES}/long", VERSION, known | named, read), api.world)
    return found.status, json.loads(found.body)["error"]


@pytest.mark.parametrize(
    "batch",
    [
        *("abc", "a.b", "a-b", "a_b", "0" * 64, "SimpleJob-2026-11-20-10-23-59Z", "batch_0f", "a.b-c_d"),
        *("x.report", "show", "a.json", "a..b"),
    ],
)
def test_ids_of_every_kind_are_taken(api, batch):
    assert api.put(batch).status == 201
    assert [found["id"] for found in api.list().json["value"]] == [batch]


@pytest.mark.parametrize(
    "batch", ["a", "ab", "0" * 65, ".ab", "ab.", "-ab", "ab-", "_ab", "a b", "aüb", "a%b", "abc\n", "a\0b"]
)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_other_ids_are_refused(api, batch, method):
    found = api.ask(method, f"{BATCHES}/{batch}?{VERSION}", json.dumps(RAINBOW).encode())
    assert (found.status, found.error["code"], found.error["target"]) == (400, "BadRequest", "id")


def test_a_single_problem_is_told_by_itself(api):
    found = api.put("empty", RAINBOW | {"inputs": []})
    assert found.status == 400
    assert found.headers["x-ms-error-code"] == "BadRequest"
    expected = {"code": "BadRequest", "message": "The inputs is required.", "target": "inputs"}
    assert found.json == {"error": expected}


def test_all_problems_are_told_at_once(api):
    inputs = [{"content": text} for text in ("", "fine", "")]
    found = api.put("problems", RAINBOW | {"inputs": inputs})
    details = [
        {"code": "BadRequest", "message": "Input 0 is empty.", "target": "inputs[0].content"},
        {"code": "BadRequest", "message": "Input 2 is empty.", "target": "inputs[2].content"},
    ]
    assert found.json == {"error": {**details[0], "details": details}}
    assert api.uploads.objects == {}


def test_a_problem_of_the_whole_has_no_target(api):
    assert api.put("broken", b"").json == {
        "error": {"code": "BadRequest", "message": "The request is not JSON."}
    }


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_json_is_taken_with_or_without_a_charset(api, kind):
    assert api.put("kind", content_type=kind).status == 201


@pytest.mark.parametrize("kind", ["", "text/plain", "application/jsonl", "application/x-www-form-urlencoded"])
def test_every_other_content_type_is_refused(api, kind):
    found = api.put("kind", content_type=kind)
    assert (found.status, found.error["code"]) == (415, "UnsupportedMediaType")
    assert api.put("kind", content_encoding="gzip").status == 415


def test_a_body_of_two_mebibytes_is_taken(api):
    body = json.dumps(HELLO).encode().ljust(LIMIT)
    assert api.put("long", body, content_length=str(LIMIT)).status == 201


def test_a_body_that_says_that_it_is_larger_is_refused_unread(api):
    def read(most):
        raise AssertionError("it was read")

    status, error = put(api, read, content_length=str(LIMIT + 1))
    assert (status, error["code"]) == (413, "PayloadTooLarge")


def test_a_body_that_does_not_say_how_large_it_is_is_read_no_further_than_allowed(api):
    asked = []

    def read(most):
        asked.append(most)
        return b" " * most

    status, error = put(api, read, transfer_encoding="chunked")
    assert (status, error["code"], asked) == (413, "PayloadTooLarge", [LIMIT + 1])


def test_a_body_that_breaks_off_is_the_clients_fault(api):
    def read(most):
        raise BrokenBody("in the middle of a chunk")

    status, error = put(api, read)
    assert (status, error["code"]) == (400, "BadRequest")


def test_a_content_length_that_is_no_number_is_ignored(api):
    assert api.put("length", content_length="-1").status == 201


def test_an_id_in_use_is_a_conflict_in_every_state_and_the_job_stays(api):
    api.put("taken")
    upload = api.upload("taken")
    for change in (lambda: None, lambda: api.run("taken"), lambda: api.end("taken")):
        change()
        before = api.get("taken").json["status"], dict(api.jobs.objects)
        found = api.put("taken", HELLO)
        assert (found.status, found.error["code"], found.error["target"]) == (409, "Conflict", "id")
        assert (api.get("taken").json["status"], api.jobs.objects) == before
        assert api.upload("taken") == upload
    assert json.loads(api.uploads.objects[upload.name]) == RAINBOW


def test_even_the_identical_request_is_a_conflict_without_an_operation_id(api):
    api.put("taken")
    assert api.put("taken").status == 409


def test_of_many_that_put_one_id_at_once_exactly_one_is_taken(api):
    together = threading.Barrier(12)

    def put_one(number):
        together.wait(10)
        return number, api.put("race", RAINBOW | {"inputs": [{"content": f"I am {number}."}]})

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(put_one, range(12)))
    (won,) = [number for number, found in answers if found.status == 201]
    assert {found.status for _, found in answers} == {201, 409}
    assert json.loads(api.uploads.objects["batch/alice/race.json"])["inputs"][0]["content"] == f"I am {won}."
    # Those that lost leave no word of an operation that nobody can name.
    assert len([name for name in api.jobs.objects if name.startswith(names.operation("alice", "")[:10])]) == 1


@pytest.mark.parametrize("operation", [None, "mine"])
def test_whoever_is_quicker_in_the_last_moment_keeps_the_id(api, operation):
    def trouble(point):
        if point == "before add":
            api.trouble = None
            api.put("race", HELLO)

    api.trouble = trouble
    assert api.put("race", **({"operation_id": operation} if operation else {})).status == 409
    assert json.loads(api.uploads.objects["batch/alice/race.json"]) == HELLO
    # Nobody can name an operation that we made up; the client's own word stands for its request.
    assert len(api.jobs.objects) == (2 if operation else 1)


def test_the_operation_is_named_in_the_headers(api):
    created = api.put("rainbow", operation_id="my-operation")
    assert created.headers["Operation-Id"] == "my-operation"
    location = f"{ENDPOINT}/texttospeech/operations/my-operation?{VERSION}"
    assert created.headers["Operation-Location"] == location
    assert api.ask("GET", location).json == {"id": "my-operation", "status": "NotStarted"}


def test_without_a_name_of_the_clients_the_operation_is_a_uuid(api):
    created = api.put("rainbow")
    operation = created.headers["Operation-Id"]
    assert str(UUID(operation)) == operation
    assert api.ask("GET", created.headers["Operation-Location"]).status == 200


def test_an_operation_mirrors_its_job(api):
    location = api.put("rainbow").headers["Operation-Location"]
    told = []
    for change in (lambda: None, lambda: api.run("rainbow"), lambda: api.end("rainbow")):
        change()
        told.append(api.ask("GET", location).json["status"])
    assert told == ["NotStarted", "Running", "Succeeded"]
    api.delete("rainbow")
    assert api.ask("GET", location).status == 404


def test_an_unknown_operation_is_not_found_and_an_impossible_one_refused(api):
    assert api.ask("GET", f"/texttospeech/operations/unknown?{VERSION}").status == 404
    assert api.ask("GET", f"/texttospeech/operations/-?{VERSION}").status == 400
    found = api.put("rainbow", operation_id="a b")
    assert (found.status, found.error["target"]) == (400, "Operation-Id")


def test_the_identical_request_once_more_gets_the_first_answer(api):
    first = api.put("rainbow", operation_id="again")
    api.pass_by(minutes=1)
    api.end("rainbow")
    again = api.put("rainbow", operation_id="again")
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["Operation-Location"] == first.headers["Operation-Location"]
    assert api.get("rainbow").json["status"] == "Succeeded"


@pytest.mark.parametrize(("batch", "request_"), [("rainbow", HELLO), ("other", RAINBOW)])
def test_an_operation_id_is_refused_for_a_different_request(api, batch, request_):
    api.put("rainbow", operation_id="again")
    found = api.put(batch, request_, operation_id="again")
    assert (found.status, found.error["code"], found.error["target"]) == (400, "BadRequest", "Operation-Id")
    assert list(api.uploads.objects) == ["batch/alice/rainbow.json"]


def test_another_operation_does_not_take_over_an_id(api):
    api.put("rainbow", operation_id="first")
    assert api.put("rainbow", operation_id="second").status == 409
    assert api.ask("GET", f"/texttospeech/operations/second?{VERSION}").status == 404
    assert api.ask("GET", f"/texttospeech/operations/first?{VERSION}").status == 200


def test_an_operation_does_not_take_over_what_came_of_another(api):
    api.put("rainbow", operation_id="first")
    api.uploads.remove("batch/alice/rainbow.json")
    assert api.put("rainbow", operation_id="second").status == 201
    assert api.put("rainbow", operation_id="first").status == 409
    assert api.ask("GET", f"/texttospeech/operations/first?{VERSION}").status == 404


def test_operations_of_different_keys_may_have_one_name(api):
    api.put("rainbow", operation_id="same")
    assert api.put("rainbow", HELLO, operation_id="same", key="key-b").status == 201


def test_a_put_whose_answer_storage_lost_is_known_for_our_own(api):
    def trouble(point):
        if point == "after add":
            api.trouble = None
            raise TryLater("the reply was lost")

    api.trouble = trouble
    assert api.put("rainbow", operation_id="again").status == 503
    assert api.put("rainbow", operation_id="again").status == 201


def test_a_name_that_storage_calls_taken_by_ourselves_is_a_success(api):
    add = api.uploads.add

    def retried(name, data, metadata):
        add(name, data, metadata)
        return add(name, data, metadata)  # as the client library does when the reply to the first was lost

    api.uploads.add = retried
    assert api.put("rainbow").status == 201


def test_a_put_that_died_between_its_word_and_its_upload_is_made_good_by_the_next(api):
    def trouble(point):
        if point == "before add":
            api.trouble = None
            raise TryLater("now")

    api.trouble = trouble
    found = api.put("rainbow", operation_id="again")
    assert (found.status, found.error["code"], found.headers["Retry-After"]) == (
        503,
        "ServiceUnavailable",
        "10",
    )
    assert api.put("rainbow", operation_id="again").status == 201
