"""What the storage stand-in holds survives restarts and kills, and its events reach Pub/Sub in the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import grpc
import psutil
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.pubsub_v1 import PublishRequest, PublishResponse

LONG = 20  # seconds after which something that should have happened has not


class StandIn:
    """A storage process that a test can end in any way."""

    def __init__(self, data, *arguments, **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dropcast_local.storage", "--data", str(data), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | environment,
        )
        self.facts = json.loads(self.process.stdout.readline())
        self.endpoint = self.facts["endpoint"]
        self.client = storage.Client(
            "test", AnonymousCredentials(), client_options={"api_endpoint": self.endpoint}
        )
        self.bucket = self.client.bucket("bucket")

    def end(self):
        self.process.stdin.close()
        return self.process.wait(LONG)

    def kill(self):
        self.process.kill()
        self.process.wait(LONG)


@pytest.fixture
def started(tmp_path):
    """Start stand-ins over one data folder, one after the other; whatever is left is ended."""
    running = []

    def start(*arguments, **environment):
        stand_in = StandIn(tmp_path / "data", *arguments, **environment)
        running.append(stand_in)
        return stand_in

    yield start
    for stand_in in running:
        if stand_in.process.poll() is None:
            stand_in.kill()
        stand_in.process.stdin.close()
        stand_in.process.stdout.close()


@pytest.fixture
def blobs(tmp_path):
    return lambda: [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]


def eventually(condition):
    """Wait until something is true; say whether it became so in time."""
    deadline, pause = time.monotonic() + LONG, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.02)
    return True


# --- restarts and kills ----------------------------------------------------------------------------------


def test_everything_is_there_after_a_restart(started):
    first = started()
    first.client.create_bucket("bucket", location="europe-west2")
    blob = first.bucket.blob("name")
    blob.metadata = {"key": "value"}
    blob.upload_from_string(b"content", content_type="text/plain")
    assert first.end() == 0
    second = started()
    known = second.bucket.get_blob("name")
    assert (known.generation, known.metadata) == (blob.generation, {"key": "value"})
    assert known.download_as_bytes() == b"content"
    assert second.client.get_bucket("bucket").location.lower() == "europe-west2"
    known.upload_from_string(b"newer")
    assert known.generation > blob.generation


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(started, signal_number):
    stand_in = started()
    stand_in.client.create_bucket("bucket")
    stand_in.process.send_signal(signal_number)
    assert stand_in.process.wait(LONG) == 0


def test_what_was_answered_survives_a_kill(started):
    first = started()
    first.client.create_bucket("bucket")
    killed = threading.Event()

    def write(number):
        try:
            for count in range(10_000):
                first.bucket.blob(f"{number}/{count}").upload_from_string(b"%d" % count, retry=None)
                answered.add(f"{number}/{count}")
                if len(answered) == 100:
                    first.kill()
                    killed.set()
        except requests.RequestException:
            assert killed.wait(LONG)

    answered = set()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    second = started()
    found = {blob.name: blob for blob in second.bucket.list_blobs()}
    assert answered <= found.keys()
    assert len(found) - len(answered) <= 4
    for blob in found.values():
        assert blob.download_as_bytes() == blob.name.partition("/")[2].encode()


def test_nothing_is_left_of_an_upload_that_a_kill_interrupted(started, blobs):
    first = started()
    first.client.create_bucket("bucket")
    where = urlsplit(first.endpoint)
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(
            b"POST /upload/storage/v1/b/bucket/o?uploadType=media&name=half HTTP/1.1\r\n"
            b"Host: x\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 2_000_000
        )
        assert eventually(lambda: [path for path in blobs() if path.stat().st_size > 1_000_000])
        assert first.bucket.get_blob("half") is None
        first.kill()
    second = started()
    assert list(second.bucket.list_blobs()) == []
    assert blobs() == []


def test_nothing_is_left_of_an_upload_whose_sender_vanished(started, blobs):
    stand_in = started()
    stand_in.client.create_bucket("bucket")
    where = urlsplit(stand_in.endpoint)
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(
            b"POST /upload/storage/v1/b/bucket/o?uploadType=media&name=half HTTP/1.1\r\n"
            b"Host: x\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 2_000_000
        )
        assert eventually(blobs)
    assert eventually(lambda: blobs() == [])
    assert stand_in.bucket.get_blob("half") is None


def test_a_resumable_upload_goes_on_after_a_kill(started):
    first = started()
    first.client.create_bucket("bucket")
    session = first.bucket.blob("large").create_resumable_upload_session(content_type="audio/wav")
    chunk = b"x" * 512 * 1024
    requests.put(session, chunk, headers={"content-range": f"bytes 0-{len(chunk) - 1}/*"}, timeout=10)
    first.kill()
    second = started()
    session = session.replace(first.endpoint, second.endpoint)
    asked = requests.put(session, headers={"content-range": "bytes */*"}, timeout=10)
    assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{len(chunk) - 1}")
    end = {"content-range": f"bytes {len(chunk)}-{len(chunk) + 2}/{len(chunk) + 3}"}
    assert requests.put(session, b"end", headers=end, timeout=10).status_code == 200
    known = second.bucket.get_blob("large")
    assert (known.content_type, known.download_as_bytes()) == ("audio/wav", chunk + b"end")


def test_replaced_and_deleted_content_gives_its_space_back(started, blobs):
    stand_in = started()
    stand_in.client.create_bucket("bucket")
    for number in range(5):
        stand_in.bucket.blob("name").upload_from_string(b"%d" % number)
    stand_in.bucket.blob("copy").rewrite(stand_in.bucket.blob("name"))
    assert len(blobs()) == 2
    stand_in.bucket.blob("name").delete()
    stand_in.bucket.blob("copy").delete()
    assert blobs() == []


def test_a_download_is_complete_although_its_object_is_deleted_meanwhile(started):
    stand_in = started()
    stand_in.client.create_bucket("bucket")
    content = os.urandom(1_000_000) * 30
    stand_in.bucket.blob("large").upload_from_string(content)
    address = f"{stand_in.endpoint}/storage/v1/b/bucket/o/large?alt=media"
    with requests.get(address, stream=True, timeout=10) as download:
        stand_in.bucket.blob("large").delete()
        assert b"".join(download.iter_content(1_000_000)) == content


def test_a_port_is_taken_from_a_range(started, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        stand_in = started("--port-range", f"{first}-{min(first + 50, 65535)}")
    assert first < int(stand_in.endpoint.rpartition(":")[2]) <= first + 50


def test_a_second_process_cannot_open_the_same_folder(started, tmp_path):
    started()
    command = [sys.executable, "-m", "dropcast_local.storage", "--data", str(tmp_path / "data")]
    second = subprocess.run(
        command, capture_output=True, text=True, timeout=LONG, stdin=subprocess.PIPE, check=False
    )
    assert second.returncode != 0
    assert "in use" in second.stderr


# --- memory ----------------------------------------------------------------------------------------------


def test_memory_grows_with_neither_the_number_nor_the_size_of_objects(started):
    stand_in = started()
    stand_in.client.create_bucket("bucket")
    where = urlsplit(stand_in.endpoint)
    connection = HTTPConnection(where.hostname, where.port)

    def write(names):
        for name in names:
            path = f"/upload/storage/v1/b/bucket/o?uploadType=media&name={name}"
            connection.request("POST", path, body=b"x" * 100)
            connection.getresponse().read()

    def memory():
        return psutil.Process(stand_in.process.pid).memory_info().rss

    write(range(300))
    before = memory()
    write(range(300, 3000))
    assert memory() - before < 4_000_000
    large = stand_in.bucket.blob("large", chunk_size=16 * 1024 * 1024)
    with large.open("wb") as writer:
        for _ in range(64):
            writer.write(b"x" * 1024 * 1024)
    with requests.get(
        f"{stand_in.endpoint}/storage/v1/b/bucket/o/large?alt=media", stream=True, timeout=LONG
    ) as got:
        assert sum(map(len, got.iter_content(1024 * 1024))) == 64 * 1024 * 1024
    stand_in.bucket.blob("twice").compose([large, large])
    assert stand_in.bucket.get_blob("twice").size == 128 * 1024 * 1024
    assert memory() - before < 24_000_000


# --- notifications ---------------------------------------------------------------------------------------


class FakePubSub:
    """The one method of Pub/Sub that is called here; it takes messages once a test lets it."""

    def __init__(self):
        self.messages = []
        self.refusals = 0
        self.missing_topic = None
        self._server = None
        self.port = 0

    def serve(self):
        """Answer, on the same port each time."""
        handlers = {
            "Publish": grpc.unary_unary_rpc_method_handler(
                self._publish, PublishRequest.deserialize, PublishResponse.serialize
            )
        }
        self._server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        handler = grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", handlers)
        self._server.add_generic_rpc_handlers((handler,))
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def stop(self):
        self._server.stop(None).wait()

    def _publish(self, request, context):
        if self.refusals:
            self.refusals -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        if request.topic == self.missing_topic:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such topic")
        self.messages += [
            (request.topic, dict(message.attributes), message.data) for message in request.messages
        ]
        return PublishResponse(message_ids=[str(number) for number in range(len(request.messages))])

    def about(self):
        return [attributes["objectId"] for _, attributes, _ in self.messages]


@contextmanager
def fake_pubsub():
    fake = FakePubSub()
    fake.serve()
    try:
        yield fake
    finally:
        fake.stop()


@pytest.fixture
def pubsub():
    with fake_pubsub() as fake:
        yield fake


def with_notification(stand_in, **options):
    bucket = stand_in.client.create_bucket("bucket")
    return create_notification(bucket, **options)


def create_notification(bucket, **options):
    chosen = {
        "topic_name": "topic",
        "topic_project": "test-project",
        "payload_format": "JSON_API_V1",
        **options,
    }
    notification = bucket.notification(**chosen)
    notification.create()
    return notification


def test_a_new_object_is_told_to_the_topic_as_google_tells_it(started, pubsub):
    stand_in = started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    with_notification(stand_in, custom_attributes={"mine": "1"}, event_types=["OBJECT_FINALIZE"])
    first, second = (stand_in.bucket.blob("Drop/ü.json") for _ in range(2))
    first.upload_from_string(b"[]", content_type="application/json")
    second.upload_from_string(b"[1]")
    assert eventually(lambda: len(pubsub.messages) == 2)
    (topic, attributes, data), (_, overwriting, _) = pubsub.messages
    assert topic == "projects/test-project/topics/topic"
    moment = attributes.pop("eventTime")
    assert moment[:23] == first.time_created.strftime("%Y-%m-%dT%H:%M:%S.%f")[:23]
    assert attributes == {
        "mine": "1",
        "bucketId": "bucket",
        "objectId": "Drop/ü.json",
        "objectGeneration": str(first.generation),
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "JSON_API_V1",
        "notificationConfig": "projects/_/buckets/bucket/notificationConfigs/1",
    }
    resource = json.loads(data)
    assert (resource["name"], resource["contentType"]) == ("Drop/ü.json", "application/json")
    assert (resource["generation"], resource["size"]) == (str(first.generation), "2")
    assert overwriting["overwroteGeneration"] == str(first.generation)


def test_only_finalized_objects_under_the_prefix_are_told(started, pubsub):
    stand_in = started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    with_notification(stand_in, blob_name_prefix="in/")
    create_notification(stand_in.bucket, event_types=["OBJECT_DELETE"])
    source = stand_in.bucket.blob("out/1")
    source.upload_from_string(b"x")
    stand_in.bucket.blob("in/copy").rewrite(source)
    stand_in.bucket.blob("in/joined").compose([source])
    with stand_in.bucket.blob("in/streamed").open("wb") as writer:
        writer.write(b"x")
    changed = stand_in.bucket.blob("in/copy")
    changed.metadata = {"a": "b"}
    changed.patch()
    changed.delete()
    stand_in.bucket.blob("in/last").upload_from_string(b"x")
    assert eventually(lambda: "in/last" in pubsub.about())
    assert pubsub.about() == ["in/copy", "in/joined", "in/streamed", "in/last"]


def test_a_notification_is_found_and_removed(started, pubsub):
    stand_in = started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    notification = with_notification(stand_in, payload_format="NONE")
    assert [known.notification_id for known in stand_in.bucket.list_notifications()] == ["1"]
    assert stand_in.bucket.get_notification("1").payload_format == "NONE"
    stand_in.bucket.blob("told").upload_from_string(b"x")
    assert eventually(lambda: pubsub.messages)
    assert pubsub.messages[0][2] == b""
    notification.delete()
    assert not notification.exists()
    stand_in.bucket.blob("not told").upload_from_string(b"x")
    assert list(stand_in.bucket.list_notifications()) == []
    create_notification(stand_in.bucket)
    stand_in.bucket.blob("told again").upload_from_string(b"x")
    assert eventually(lambda: "told again" in pubsub.about())
    assert pubsub.about() == ["told", "told again"]


def test_events_wait_while_pubsub_is_down_or_refuses(started, pubsub):
    stand_in = started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    with_notification(stand_in)
    pubsub.refusals = 2
    stand_in.bucket.blob("refused at first").upload_from_string(b"x")
    assert eventually(lambda: pubsub.about() == ["refused at first"])
    pubsub.stop()
    for number in range(150):
        stand_in.bucket.blob(f"while down/{number}").upload_from_string(b"x")
    pubsub.serve()
    assert eventually(lambda: len(pubsub.messages) == 151)
    assert len(set(pubsub.about())) == 151


def test_events_of_a_killed_process_go_out_after_its_restart(started, pubsub):
    first = started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    with_notification(first)
    pubsub.stop()
    first.bucket.blob("before the kill").upload_from_string(b"x")
    first.kill()
    pubsub.serve()
    started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    assert eventually(lambda: pubsub.about() == ["before the kill"])


def test_a_topic_that_takes_nothing_does_not_hold_up_another(started, pubsub):
    stand_in = started(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    with_notification(stand_in, topic_name="missing")
    create_notification(stand_in.bucket, topic_name="works")
    pubsub.missing_topic = "projects/test-project/topics/missing"
    for number in range(3):
        stand_in.bucket.blob(str(number)).upload_from_string(b"x")
    assert eventually(lambda: pubsub.about() == ["0", "1", "2"])
    pubsub.missing_topic = None
    assert eventually(lambda: pubsub.about() == ["0", "1", "2"] * 2)


def test_every_event_is_told_twice_when_asked(started, pubsub):
    stand_in = started("--notify-twice", PUBSUB_EMULATOR_HOST=f"127.0.0.1:{pubsub.port}")
    with_notification(stand_in)
    stand_in.bucket.blob("a").upload_from_string(b"x")
    stand_in.bucket.blob("b").upload_from_string(b"x")
    assert eventually(lambda: len(pubsub.messages) == 4)
    assert sorted(pubsub.about()) == ["a", "a", "b", "b"]
