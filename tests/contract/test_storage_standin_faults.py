"""The storage stand-in fails to order, and counts what Cloud Storage would bill."""

import time
import uuid

import pytest
import requests
from google.api_core.exceptions import PreconditionFailed, ServiceUnavailable, TooManyRequests
from google.cloud.storage.retry import DEFAULT_RETRY

SOON = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.05)


@pytest.fixture
def order(endpoint):
    """Order faults; the plan's state is asked by calling what comes back."""

    def ordering(*faults, operation="storage.objects.insert", **more):
        plan = {"operation": operation, "faults": list(faults), **more}
        answer = requests.post(f"{endpoint}/_faults", json=plan, timeout=10)
        answer.raise_for_status()
        return lambda: requests.get(f"{endpoint}/_faults/{answer.json()['id']}", timeout=10).json()

    yield ordering
    assert requests.delete(f"{endpoint}/_faults", timeout=10).status_code == 204


@pytest.fixture
def operations(endpoint):
    requests.delete(f"{endpoint}/_operations", timeout=10).raise_for_status()

    def of_objects():
        counted = requests.get(f"{endpoint}/_operations", timeout=10).json()
        # The client looks its bucket up by itself, for its traces.
        return {name: count for name, count in counted.items() if name != "storage.buckets.get"}

    return of_objects


def put(bucket, name, content=b"content", **options):
    bucket.blob(name).upload_from_string(content, **options)


def test_each_request_uses_up_one_fault(bucket, order):
    state = order("return-503", "return-429")
    assert state() == {"completed": False, "left": ["return-503", "return-429"]}
    with pytest.raises(ServiceUnavailable):
        put(bucket, "name", retry=None)
    assert state() == {"completed": False, "left": ["return-429"]}
    with pytest.raises(TooManyRequests):
        put(bucket, "name", retry=None)
    assert state() == {"completed": True, "left": []}
    assert bucket.get_blob("name") is None
    put(bucket, "name", retry=None)


def test_the_client_gets_over_every_fault(bucket, order):
    state = order("return-503", "return-429", "return-reset-connection", "return-500")
    put(bucket, "name", retry=SOON)
    assert state()["completed"]
    assert bucket.blob("name").download_as_bytes() == b"content"


def test_a_reply_lost_after_the_commit_shows_as_a_name_that_is_taken(bucket, order):
    for lost in ("return-503-after-commit", "return-reset-connection-after-commit"):
        state = order(lost)
        with pytest.raises(PreconditionFailed):
            put(bucket, lost, b"arrived", if_generation_match=0, retry=SOON)
        assert state()["completed"]
        assert bucket.blob(lost).download_as_bytes() == b"arrived"


def test_the_commit_whose_reply_is_lost_is_that_of_the_object_not_of_its_first_chunk(bucket, order):
    state = order("return-503-after-commit")
    blob = bucket.blob("streamed")
    with blob.open("wb", chunk_size=256 * 1024, if_generation_match=0, retry=SOON) as writer:
        writer.write(b"x" * 600_000)
        assert not state()["completed"]
    assert state()["completed"]
    assert bucket.get_blob("streamed").size == 600_000


def test_a_write_that_does_not_commit_loses_no_reply(bucket, order):
    put(bucket, "name")
    state = order("return-503-after-commit")
    with pytest.raises(PreconditionFailed):
        put(bucket, "name", if_generation_match=0)
    assert state()["left"] == ["return-503-after-commit"]


def test_faults_meet_every_chunk_of_a_stream(bucket, order):
    state = order("return-503", "delay-0.01", "return-reset-connection", "return-503")
    with bucket.blob("streamed").open(
        "wb", chunk_size=256 * 1024, if_generation_match=0, retry=SOON
    ) as writer:
        writer.write(b"x" * 1_000_000)
    assert state()["completed"]
    assert bucket.blob("streamed").download_as_bytes() == b"x" * 1_000_000


def test_a_delay_delays(bucket, order):
    state = order("delay-0.3")
    before = time.monotonic()
    put(bucket, "name")
    assert time.monotonic() - before >= 0.3
    assert state()["completed"]


def test_faults_are_for_one_operation_under_one_prefix_of_one_bucket(client, bucket, order):
    other = client.create_bucket(f"other-{uuid.uuid4()}")
    state = order("return-503", prefix="outcomes/", bucket=bucket.name)
    put(bucket, "plans/1", retry=None)
    put(other, "outcomes/1", retry=None)
    assert list(bucket.list_blobs(prefix="outcomes/", retry=None)) == []
    assert state() == {"completed": False, "left": ["return-503"]}
    with pytest.raises(ServiceUnavailable):
        put(bucket, "outcomes/1", retry=None)
    assert state()["completed"]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("storage.objects.get", lambda bucket: bucket.blob("name").reload(retry=None)),
        ("storage.objects.get", lambda bucket: bucket.blob("name").download_as_bytes(retry=None)),
        ("storage.objects.list", lambda bucket: list(bucket.list_blobs(retry=None))),
        ("storage.objects.delete", lambda bucket: bucket.blob("name").delete(retry=None)),
        ("storage.objects.patch", lambda bucket: bucket.blob("name").patch(retry=None)),
        ("storage.objects.rewrite", lambda bucket: bucket.blob("x").rewrite(bucket.blob("name"), retry=None)),
        (
            "storage.objects.copy",
            lambda bucket: bucket.copy_blob(bucket.blob("name"), bucket, "x", retry=None),
        ),
        (
            "storage.objects.compose",
            lambda bucket: bucket.blob("x").compose([bucket.blob("name")], retry=None),
        ),
    ],
)
def test_every_operation_can_fail_and_is_counted_when_it_does_not(
    bucket, order, operations, operation, request_
):
    put(bucket, "name")
    state = order("return-503", operation=operation)
    counted = operations().get(operation, 0)
    with pytest.raises(ServiceUnavailable):
        request_(bucket)
    assert state()["completed"]
    assert operations().get(operation, 0) == counted
    request_(bucket)
    assert operations()[operation] == counted + 1


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"operation": "storage.objects.insert"},
        {"operation": "storage.objects.insert", "faults": "return-503"},
        {"operation": "storage.objects.insert", "faults": ["return-200"]},
        {"operation": "storage.objects.insert", "faults": ["delay-long"]},
        {"operation": "storage.objects.insert", "faults": [], "prefix": 7},
    ],
)
def test_a_fault_that_could_never_happen_is_refused(endpoint, plan):
    assert requests.post(f"{endpoint}/_faults", json=plan, timeout=10).status_code == 400


def test_a_plan_nobody_made_is_not_found(endpoint):
    assert requests.get(f"{endpoint}/_faults/none", timeout=10).status_code == 404
    assert requests.get(f"{endpoint}/retry_test/none", timeout=10).status_code == 404


def test_the_faults_of_googles_testbench_meet_only_requests_that_carry_their_id(endpoint, bucket):
    instructions = {"storage.objects.list": ["return-503", "return-reset-connection"]}
    test = requests.post(f"{endpoint}/retry_test", json={"instructions": instructions}, timeout=10).json()
    assert not test["completed"]
    assert test["instructions"] == instructions
    address, header = f"{endpoint}/storage/v1/b/{bucket.name}/o", {"x-retry-test-id": test["id"]}
    assert requests.get(address, timeout=10).status_code == 200
    assert requests.get(address, headers=header, timeout=10).status_code == 503
    with pytest.raises(requests.ConnectionError):
        requests.get(address, headers=header, timeout=10)
    assert requests.get(address, headers=header, timeout=10).status_code == 200
    assert requests.get(f"{endpoint}/retry_test/{test['id']}", timeout=10).json()["completed"]


def test_operations_are_counted_as_they_are_billed(bucket, operations):
    put(bucket, "a")
    put(bucket, "b")
    with bucket.blob("c").open("wb", chunk_size=256 * 1024) as writer:
        writer.write(b"x" * 1_000_000)
    with pytest.raises(PreconditionFailed):
        put(bucket, "a", if_generation_match=0)
    bucket.blob("a").download_as_bytes()
    bucket.get_blob("absent")
    assert len(list(bucket.list_blobs(page_size=1))) == 3
    bucket.blob("d").compose([bucket.blob("a")])
    bucket.blob("e").rewrite(bucket.blob("a"))
    bucket.blob("e").delete()
    assert operations() == {
        "storage.objects.insert": 4,
        "storage.objects.get": 2,
        "storage.objects.list": 3,
        "storage.objects.compose": 1,
        "storage.objects.rewrite": 1,
        "storage.objects.delete": 1,
    }
