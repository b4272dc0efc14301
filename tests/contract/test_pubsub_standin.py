"""The Pub/Sub stand-in keeps the promises of the real service that dropcast relies on.

What Google's official emulator does too is asked of both, with the real client library; where the emulator
departs from the real service (no deliveryAttempt, no filters, nothing under 10 s), of ours alone.
"""

import base64
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import pubsub_v1
from google.pubsub_v1 import PublisherClient as PlainPublisher
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from dropcast_local.pubsub.status import status

LONG = 20.0  # seconds after which something that should have happened has not


# --- the two services ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Process:
    """A running stand-in."""

    endpoint: str
    process: subprocess.Popen[str]

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(signal_number)
        return self.process.wait(LONG)


@contextlib.contextmanager
def stand_in(*options: str) -> Iterator[Process]:
    """Our own, for as long as the block lasts."""
    command = [sys.executable, "-m", "dropcast_local.pubsub", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Process(json.loads(process.stdout.readline())["endpoint"], process)
        finally:
            process.kill()


@contextlib.contextmanager
def official_emulator() -> Iterator[str]:
    """Google's, where it is installed."""
    java, gcloud = shutil.which("java"), shutil.which("gcloud")
    if java is None or gcloud is None:
        pytest.skip("Google's Pub/Sub emulator needs java and gcloud on the PATH")
    platform = Path(gcloud).resolve().parent.parent / "platform"
    jars = sorted(platform.glob("pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"))
    if not jars:
        pytest.skip("the Cloud SDK here has no pubsub-emulator component")
    port = free_port()
    command = [java, "-Xmx256m", "-jar", str(jars[-1]), "--host=127.0.0.1", f"--port={port}"]
    log = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                grpc.channel_ready_future(channel).result(LONG)
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def our_endpoint() -> Iterator[str]:
    with stand_in() as process:
        yield process.endpoint


@pytest.fixture(scope="module")
def official_endpoint() -> Iterator[str]:
    with official_emulator() as endpoint:
        yield endpoint


@pytest.fixture(params=["ours", "official"])
def both(request: pytest.FixtureRequest) -> "Clients":
    fixture = {"ours": "our_endpoint", "official": "official_endpoint"}[request.param]
    return Clients(request.getfixturevalue(fixture))


@pytest.fixture
def ours(our_endpoint: str) -> "Clients":
    return Clients(our_endpoint)


class Clients:
    """Google's own clients, pointed at one endpoint by the variable they know, and names not used before."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("PUBSUB_EMULATOR_HOST", endpoint)
            self.publisher = pubsub_v1.PublisherClient()
            self.subscriber = pubsub_v1.SubscriberClient()

    def topic(self) -> str:
        """A new topic."""
        name = f"projects/test-project/topics/t{uuid.uuid4().hex}"
        self.publisher.create_topic(name=name)
        return name

    def subscription(self, topic: str, **settings: Any) -> str:
        """A new subscription."""
        name = f"projects/test-project/subscriptions/s{uuid.uuid4().hex}"
        self.subscriber.create_subscription(request={"name": name, "topic": topic, **settings})
        return name

    def push(self, topic: str, url: str, **settings: Any) -> str:
        """A new push subscription."""
        return self.subscription(topic, push_config={"push_endpoint": url}, **settings)

    def publish(self, topic: str, *data: bytes, **attributes: str) -> list[str]:
        """The identifiers of messages that the service has answered for."""
        futures = [self.publisher.publish(topic, one, **attributes) for one in data]
        return [future.result(LONG) for future in futures]

    def pull(self, subscription: str, count: int = 1) -> list[Any]:
        """At least one message and at most so many."""
        response = self.subscriber.pull(subscription=subscription, max_messages=count, timeout=LONG)
        return list(response.received_messages)

    def status(self, subscription: str) -> dict[str, int]:
        """What our stand-in says of a subscription."""
        return status(self.endpoint)[subscription]

    def until(self, subscription: str, happened: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        """The subscription's status once it is as expected."""
        deadline = time.monotonic() + LONG
        while not happened(current := self.status(subscription)):
            assert time.monotonic() < deadline, current
            threading.Event().wait(0.01)
        return current

    def until_idle(self, subscription: str) -> dict[str, int]:
        """The subscription's status once nothing waits and nothing is outstanding."""
        return self.until(subscription, lambda one: one["waiting"] + one["outstanding"] == 0)


# --- the receiving end -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Push:
    """One POST that arrived."""

    at: float
    path: str
    headers: dict[str, str]
    envelope: dict[str, Any]

    @property
    def message_id(self) -> str:
        return str(self.envelope["message"]["messageId"])

    @property
    def data(self) -> bytes:
        return base64.b64decode(self.envelope["message"]["data"])


@dataclass(slots=True)
class Inbox:
    """What arrived, and what to answer: the status for the given push (the first is 0)."""

    answer: Callable[[int], int] = lambda _: 204
    pushes: list[Push] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, push: Push) -> int:
        with self.arrived:
            self.pushes.append(push)
            number = len(self.pushes) - 1
            self.arrived.notify_all()
        return self.answer(number)

    def wait_for(self, count: int) -> list[Push]:
        """The pushes so far, at least so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.pushes) >= count, LONG), len(self.pushes)
            return list(self.pushes)


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open, as gunicorn does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        push = Push(time.monotonic(), self.path, dict(self.headers), json.loads(body))
        answer = self.server.inbox.take(push)
        self.send_response(answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """One push endpoint."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, inbox: Inbox, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.inbox = inbox

    def handle_error(self, *_: object) -> None:
        """A pusher that hangs up is part of the test."""


@contextlib.contextmanager
def receiver(inbox: Inbox, port: int = 0) -> Iterator[str]:
    """The address of an endpoint that fills the inbox."""
    with Server(inbox, port) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/push"
        server.shutdown()


def first_then(first: int, later: int) -> Callable[[int], int]:
    """One status for the first push, another for the rest."""
    return lambda number: first if number == 0 else later


def retrying(minimum: float, maximum: float) -> dict[str, timedelta]:
    """A retry policy, in seconds."""
    return {
        "minimum_backoff": timedelta(seconds=minimum),
        "maximum_backoff": timedelta(seconds=maximum),
    }


# --- what both must do -----------------------------------------------------------------------------------


def test_a_published_message_is_pushed_in_googles_envelope_and_once(both: Clients) -> None:
    inbox = Inbox()
    with receiver(inbox) as url:
        topic = both.topic()
        subscription = both.push(topic, f"{url}/deep?key=value")
        [message_id] = both.publish(topic, "é".encode(), job="j1")
        [push] = inbox.wait_for(1)
        [following_id] = both.publish(topic, b"the next one")
        pushes = inbox.wait_for(2)
    message = push.envelope["message"]
    assert push.path == "/push/deep?key=value"
    assert push.headers["Content-Type"] == "application/json"
    assert push.envelope["subscription"] == subscription
    assert push.data.decode() == "é"
    assert message["attributes"] == {"job": "j1"}
    assert message["messageId"] == message["message_id"] == message_id
    assert message["publishTime"] == message["publish_time"]
    assert datetime.fromisoformat(message["publishTime"]).tzinfo is not None
    assert [push.message_id for push in pushes] == [message_id, following_id]


def test_a_message_with_attributes_alone_has_empty_data(both: Clients) -> None:
    inbox = Inbox()
    with receiver(inbox) as url:
        topic = both.topic()
        both.push(topic, url)
        both.publish(topic, b"", only="attributes")
        [push] = inbox.wait_for(1)
    assert push.envelope["message"]["data"] == ""
    assert push.envelope["message"]["attributes"] == {"only": "attributes"}


def test_a_refused_push_comes_back_after_its_backoff(both: Clients) -> None:
    inbox = Inbox(answer=first_then(503, 200))
    with receiver(inbox) as url:
        topic = both.topic()
        both.push(topic, url, retry_policy=retrying(1, 2))
        both.publish(topic, b"again")
        first, second = inbox.wait_for(2)
    assert first.message_id == second.message_id
    assert 0.9 <= second.at - first.at < 5


def test_what_was_tried_often_enough_is_found_among_the_dead_letters(both: Clients) -> None:
    inbox = Inbox(answer=lambda _: 500)
    with receiver(inbox) as url:
        topic, graveyard = both.topic(), both.topic()
        burials = both.subscription(graveyard)
        dead_letters = {"dead_letter_topic": graveyard, "max_delivery_attempts": 5}
        source = both.push(topic, url, dead_letter_policy=dead_letters)
        both.publish(topic, b"never", job="j1")
        [received] = both.pull(burials)
        assert len(inbox.pushes) == 5
    message, attributes = received.message, dict(received.message.attributes)
    assert message.data == b"never"
    assert attributes.pop("job") == "j1"
    published = datetime.fromisoformat(attributes.pop("CloudPubSubDeadLetterSourceTopicPublishTime"))
    assert published <= message.publish_time
    assert attributes == {
        "CloudPubSubDeadLetterSourceSubscription": source.rpartition("/")[2],
        "CloudPubSubDeadLetterSourceSubscriptionProject": "test-project",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    }


def test_of_two_thousand_messages_none_is_lost_and_none_duplicated(both: Clients) -> None:
    inbox = Inbox()
    with receiver(inbox) as url:
        topic = both.topic()
        both.push(topic, url)
        published = both.publish(topic, *(str(number).encode() for number in range(2000)))
        pushes = inbox.wait_for(2000)
    assert sorted(push.message_id for push in pushes) == sorted(published)
    assert {push.data for push in pushes} == {str(number).encode() for number in range(2000)}


def test_a_message_waits_for_an_endpoint_that_is_down(both: Clients) -> None:
    port = free_port()
    topic = both.topic()
    both.push(topic, f"http://127.0.0.1:{port}/push")
    inbox = Inbox()
    [message_id] = both.publish(topic, b"patience")
    threading.Event().wait(0.3)
    with receiver(inbox, port):
        [push, *_] = inbox.wait_for(1)
    assert push.message_id == message_id


def test_a_pulled_message_is_gone_once_acknowledged(both: Clients) -> None:
    topic = both.topic()
    subscription = both.subscription(topic)
    both.publish(topic, b"one")
    [received] = both.pull(subscription, 10)
    both.subscriber.acknowledge(subscription=subscription, ack_ids=[received.ack_id])
    both.publish(topic, b"two")
    assert [one.message.data for one in both.pull(subscription, 10)] == [b"two"]


def test_a_pulled_message_comes_back_at_once_when_its_deadline_is_set_to_nothing(both: Clients) -> None:
    topic = both.topic()
    subscription = both.subscription(topic)
    both.publish(topic, b"one")
    [first] = both.pull(subscription)
    both.subscriber.modify_ack_deadline(
        subscription=subscription, ack_ids=[first.ack_id], ack_deadline_seconds=0
    )
    [second] = both.pull(subscription)
    assert second.message.message_id == first.message.message_id


def test_a_streaming_subscriber_gets_every_message(both: Clients) -> None:
    topic = both.topic()
    subscription = both.subscription(topic)
    seen: set[str] = set()
    complete = threading.Event()

    def take(message: Any) -> None:
        seen.add(message.message_id)
        message.ack()
        if len(seen) == 50:
            complete.set()

    listening: Future[None] = both.subscriber.subscribe(subscription, take)
    published = both.publish(topic, *(b"%d" % number for number in range(50)))
    assert complete.wait(LONG), len(seen)
    listening.cancel()
    listening.result(LONG)
    assert seen == set(published)


def test_each_subscription_of_a_topic_gets_its_own_copy(both: Clients) -> None:
    topic = both.topic()
    one, other = both.subscription(topic), both.subscription(topic)
    [message_id] = both.publish(topic, b"both")
    for subscription in (one, other):
        [received] = both.pull(subscription)
        assert received.message.message_id == message_id


def test_names_are_taken_once_and_must_exist_and_be_well_formed(both: Clients) -> None:
    topic = both.topic()
    subscription = both.subscription(topic)
    unknown = {"topic": f"{topic}0", "subscription": f"{subscription}0"}
    with pytest.raises(exceptions.AlreadyExists):
        both.publisher.create_topic(name=topic)
    with pytest.raises(exceptions.AlreadyExists):
        both.subscriber.create_subscription(name=subscription, topic=topic)
    with pytest.raises(exceptions.InvalidArgument):
        both.publisher.create_topic(name="lines")
    with pytest.raises(exceptions.NotFound):
        both.publisher.get_topic(topic=unknown["topic"])
    with pytest.raises(exceptions.NotFound):
        both.publisher.publish(unknown["topic"], b"lost").result(LONG)
    with pytest.raises(exceptions.NotFound):
        both.subscription(unknown["topic"])
    with pytest.raises(exceptions.NotFound):
        both.subscriber.get_subscription(subscription=unknown["subscription"])
    with pytest.raises(exceptions.NotFound):
        both.subscriber.pull(subscription=unknown["subscription"], max_messages=1)


def test_a_message_must_hold_something(both: Clients) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        both.publish(both.topic(), b"")


def test_what_was_created_is_listed_until_it_is_deleted(both: Clients) -> None:
    topic = both.topic()
    subscription = both.subscription(topic)
    project = "projects/test-project"
    assert topic in {one.name for one in both.publisher.list_topics(project=project)}
    assert list(both.publisher.list_topic_subscriptions(topic=topic)) == [subscription]
    assert subscription in {one.name for one in both.subscriber.list_subscriptions(project=project)}
    both.publisher.delete_topic(topic=topic)
    assert both.subscriber.get_subscription(subscription=subscription).topic == "_deleted-topic_"
    both.subscriber.delete_subscription(subscription=subscription)
    assert topic not in {one.name for one in both.publisher.list_topics(project=project)}
    assert subscription not in {one.name for one in both.subscriber.list_subscriptions(project=project)}


# --- what the official emulator cannot be asked -------------------------------------------------------------


@pytest.mark.parametrize("answer", [200, 201, 202, 204])
def test_these_answers_acknowledge(ours: Clients, answer: int) -> None:
    inbox = Inbox(answer=lambda _: answer)
    with receiver(inbox) as url:
        topic = ours.topic()
        subscription = ours.push(topic, url)
        ours.publish(topic, b"once")
        assert ours.until(subscription, lambda one: one["acknowledged"] == 1)["delivered"] == 1


def test_processing_acknowledges_by_itself(ours: Clients) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        topic = ours.topic()
        subscription = ours.push(topic, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        ours.publish(topic, b"once")
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
            assert ours.until_idle(subscription)["acknowledged"] == 1


def test_a_kept_connection_that_ends_unanswered_is_no_refusal(ours: Clients) -> None:
    answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        topic = ours.topic()
        subscription = ours.push(topic, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        ours.publish(topic, b"one")
        kept, _ = listener.accept()
        with kept:
            kept.recv(65536)
            kept.sendall(answer)
            ours.until_idle(subscription)
            ours.publish(topic, b"two")
            assert kept.recv(65536), "the connection was not used again"
        fresh, _ = listener.accept()
        with fresh:
            fresh.recv(65536)
            fresh.sendall(answer)
            counts = ours.until_idle(subscription)
    assert (counts["delivered"], counts["acknowledged"]) == (2, 2)


@pytest.mark.parametrize("answer", [203, 302, 400, 404, 429, 500, 503])
def test_every_other_answer_is_a_refusal(ours: Clients, answer: int) -> None:
    inbox = Inbox(answer=first_then(answer, 204))
    with receiver(inbox) as url:
        topic = ours.topic()
        subscription = ours.push(topic, url)
        ours.publish(topic, b"twice")
        assert ours.until_idle(subscription)["delivered"] == 2


def test_the_backoff_doubles_up_to_its_maximum(ours: Clients) -> None:
    inbox = Inbox(answer=lambda number: 503 if number < 4 else 204)
    with receiver(inbox) as url:
        topic = ours.topic()
        ours.push(topic, url, retry_policy=retrying(0.1, 0.3))
        ours.publish(topic, b"again")
        pushes = inbox.wait_for(5)
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(pushes)]
    for gap, backoff in zip(gaps, [0.1, 0.2, 0.3, 0.3], strict=True):
        assert backoff <= gap < backoff + 0.4  # without its maximum the last gap would be 0.8


def test_a_resting_message_does_not_hold_up_the_next(ours: Clients) -> None:
    inbox = Inbox(answer=first_then(503, 204))
    with receiver(inbox) as url:
        topic = ours.topic()
        ours.push(topic, url, retry_policy=retrying(60, 60))
        [resting] = ours.publish(topic, b"resting")
        inbox.wait_for(1)
        [following] = ours.publish(topic, b"following")
        assert [push.message_id for push in inbox.wait_for(2)] == [resting, following]


def test_no_answer_within_the_ack_deadline_is_a_refusal(ours: Clients) -> None:
    released = threading.Event()
    inbox = Inbox(answer=lambda number: 204 if number or released.wait(LONG) else 500)
    with receiver(inbox) as url:
        topic = ours.topic()
        subscription = ours.push(topic, url, ack_deadline_seconds=1)
        ours.publish(topic, b"slow")
        first, second = inbox.wait_for(2)
        released.set()
        assert ours.until_idle(subscription)["delivered"] == 2
    assert 0.9 <= second.at - first.at < 5


def test_a_pulled_message_comes_back_when_its_deadline_has_passed(ours: Clients) -> None:
    topic = ours.topic()
    subscription = ours.subscription(topic, ack_deadline_seconds=1)
    ours.publish(topic, b"forgotten")
    [first] = ours.pull(subscription)
    [second] = ours.pull(subscription)
    assert second.message.message_id == first.message.message_id
    ours.subscriber.acknowledge(subscription=subscription, ack_ids=[first.ack_id])
    assert ours.status(subscription)["outstanding"] == 1, "an attempt that is over was acknowledged"


def test_each_push_tells_its_attempt_where_dead_letters_are_asked_for(ours: Clients) -> None:
    inbox = Inbox(answer=lambda number: 500 if number < 2 else 204)
    with receiver(inbox) as url:
        topic = ours.topic()
        ours.push(topic, url, dead_letter_policy={"dead_letter_topic": ours.topic()})
        ours.publish(topic, b"counted")
        pushes = inbox.wait_for(3)
    assert [push.envelope["deliveryAttempt"] for push in pushes] == [1, 2, 3]


def test_a_push_tells_no_attempt_where_no_dead_letters_are_asked_for(ours: Clients) -> None:
    inbox = Inbox()
    with receiver(inbox) as url:
        topic = ours.topic()
        ours.push(topic, url)
        ours.publish(topic, b"uncounted")
        assert "deliveryAttempt" not in inbox.wait_for(1)[0].envelope


def test_a_dead_letter_can_be_pushed_to_a_subscription_of_its_own(ours: Clients) -> None:
    failing, buried = Inbox(answer=lambda _: 500), Inbox()
    with receiver(failing) as failing_url, receiver(buried) as buried_url:
        topic, graveyard = ours.topic(), ours.topic()
        ours.push(graveyard, buried_url)
        dead_letters = {"dead_letter_topic": graveyard, "max_delivery_attempts": 2}
        subscription = ours.push(topic, failing_url, dead_letter_policy=dead_letters)
        ours.publish(topic, b"never")
        [push] = buried.wait_for(1)
        assert push.data == b"never"
        counts = ours.until_idle(subscription)
    assert (counts["delivered"], counts["acknowledged"], counts["deadLettered"]) == (2, 0, 1)


def test_two_thousand_refused_messages_are_each_delivered_exactly_twice(ours: Clients) -> None:
    refused: set[str] = set()
    inbox = Inbox()

    def refuse_each_once(number: int) -> int:
        message_id = inbox.pushes[number].message_id
        if message_id in refused:
            return 204
        refused.add(message_id)
        return 503

    inbox.answer = refuse_each_once
    with receiver(inbox) as url:
        topic = ours.topic()
        subscription = ours.push(topic, url, retry_policy=retrying(0.05, 0.05))
        published = ours.publish(topic, *(b"%d" % number for number in range(2000)))
        counts = ours.until_idle(subscription)
    assert counts["acknowledged"] == 2000
    assert Counter(push.message_id for push in inbox.pushes) == dict.fromkeys(published, 2)


def test_a_slow_subscription_holds_its_limit_and_holds_nobody_up(ours: Clients) -> None:
    released = threading.Event()
    slow, quick = Inbox(answer=lambda _: 204 if released.wait(LONG) else 500), Inbox()
    with receiver(slow) as slow_url, receiver(quick) as quick_url:
        topic = ours.topic()
        limited = ours.push(topic, slow_url, labels={"dropcast-max-outstanding": "2"})
        ours.push(topic, quick_url)
        ours.publish(topic, *(b"%d" % number for number in range(8)))
        quick.wait_for(8)
        slow.wait_for(2)
        counts = ours.status(limited)
        assert (counts["outstanding"], counts["waiting"], len(slow.pushes)) == (2, 6, 2)
        released.set()
        slow.wait_for(8)


def test_a_streaming_subscriber_holds_no_more_than_it_asked_for(ours: Clients) -> None:
    topic = ours.topic()
    subscription = ours.subscription(topic)
    held: list[Any] = []
    two_held, eight_seen = threading.Event(), threading.Event()

    def take(message: Any) -> None:
        held.append(message)
        if len(held) == 2:
            two_held.set()
        if len(held) > 2:
            message.ack()
        if len(held) == 8:
            eight_seen.set()

    limit = pubsub_v1.types.FlowControl(max_messages=2)
    ours.publish(topic, *(b"%d" % number for number in range(8)))
    listening: Future[None] = ours.subscriber.subscribe(subscription, take, flow_control=limit)
    assert two_held.wait(LONG)
    counts = ours.status(subscription)
    assert (counts["outstanding"], counts["waiting"]) == (2, 6)
    for message in held[:2]:
        message.ack()
    assert eight_seen.wait(LONG)
    listening.cancel()
    listening.result(LONG)


@pytest.mark.parametrize(
    "chosen",
    [
        'attributes.kind = "line" AND attributes.voice = "en-GB"',
        'attributes."kind" = "line" AND hasPrefix(attributes.voice, "en-")',
        "attributes:wanted",
    ],
)
def test_only_what_passes_the_filter_is_delivered(ours: Clients, chosen: str) -> None:
    topic = ours.topic()
    subscription = ours.subscription(topic, filter=chosen)
    ours.publish(topic, b"block", kind="block", voice="en-GB")
    ours.publish(topic, b"french", kind="line", voice="fr-FR")
    ours.publish(topic, b"wanted", kind="line", voice="en-GB", wanted="")
    assert [one.message.data for one in ours.pull(subscription, 10)] == [b"wanted"]


@pytest.mark.parametrize(
    "settings",
    [
        {"filter": 'attributes.kind = "line" OR attributes.kind = "block"'},
        {"filter": "NOT attributes:kind"},
        {"push_config": {"push_endpoint": "https://example.com/"}},
        {"push_config": {"push_endpoint": "http://example.com/a b"}},
        {"ack_deadline_seconds": 601},
        {"retry_policy": retrying(5, 2)},
        {"labels": {"dropcast-max-outstanding": "many"}},
    ],
    ids=str,
)
def test_what_cannot_be_honoured_is_refused(ours: Clients, settings: dict[str, Any]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        ours.subscription(ours.topic(), **settings)


def test_what_is_not_offered_is_said_not_to_be(ours: Clients) -> None:
    with pytest.raises(exceptions.MethodNotImplemented):
        ours.subscription(ours.topic(), enable_message_ordering=True)


def test_a_dead_letter_topic_must_exist(ours: Clients) -> None:
    topic = ours.topic()
    with pytest.raises(exceptions.NotFound):
        ours.subscription(topic, dead_letter_policy={"dead_letter_topic": f"{topic}0"})


def test_a_request_over_ten_megabytes_is_refused(ours: Clients) -> None:
    topic = ours.topic()
    with grpc.insecure_channel(ours.endpoint) as channel:
        plain = PlainPublisher(transport=PublisherGrpcTransport(channel=channel))
        with pytest.raises(exceptions.InvalidArgument, match="10000000 bytes"):
            plain.publish(topic=topic, messages=[{"data": bytes(10_000_001)}])


def test_what_a_client_can_receive_in_one_response_is_not_exceeded(ours: Clients) -> None:
    topic = ours.topic()
    subscription = ours.subscription(topic)
    ours.publish(topic, *(bytes(1_000_000) for _ in range(6)))
    pulled = [one.message.message_id for _ in range(2) for one in ours.pull(subscription, 100)]
    assert len(set(pulled)) == 6


def test_a_subscription_follows_its_changed_push_endpoint(ours: Clients) -> None:
    inbox = Inbox()
    topic = ours.topic()
    subscription = ours.subscription(topic)
    [message_id] = ours.publish(topic, b"waiting")
    with receiver(inbox) as url:
        ours.subscriber.modify_push_config(subscription=subscription, push_config={"push_endpoint": url})
        assert [push.message_id for push in inbox.wait_for(1)] == [message_id]
        with pytest.raises(exceptions.FailedPrecondition):
            ours.pull(subscription)


def test_only_the_named_fields_of_a_subscription_are_updated(ours: Clients) -> None:
    subscription = ours.subscription(ours.topic(), labels={"kept": "yes"})
    updated = ours.subscriber.update_subscription(
        subscription={"name": subscription, "ack_deadline_seconds": 33},
        update_mask={"paths": ["ack_deadline_seconds"]},
    )
    assert (updated.ack_deadline_seconds, dict(updated.labels)) == (33, {"kept": "yes"})


def test_a_deleted_subscription_pushes_no_more(ours: Clients) -> None:
    inbox = Inbox(answer=lambda _: 503)
    with receiver(inbox) as url:
        topic = ours.topic()
        subscription = ours.push(topic, url, retry_policy=retrying(0.05, 0.05))
        witness = ours.push(topic, url.replace("/push", "/witness"), retry_policy=retrying(0.05, 0.05))
        ours.publish(topic, b"again")
        inbox.wait_for(4)
        ours.subscriber.delete_subscription(subscription=subscription)
        deleted_at = len(inbox.pushes)
        pushes = inbox.wait_for(deleted_at + 6)
    assert {push.envelope["subscription"] for push in pushes[deleted_at + 1 :]} == {witness}


def test_twice_means_twice(tmp_path: Path) -> None:
    inbox = Inbox()
    with stand_in("--deliver-twice", "--data", str(tmp_path)) as process, receiver(inbox) as url:
        clients = Clients(process.endpoint)
        topic = clients.topic()
        subscription = clients.push(topic, url)
        published = clients.publish(topic, *(b"%d" % number for number in range(20)))
        clients.until_idle(subscription)
    assert Counter(push.message_id for push in inbox.pushes) == dict.fromkeys(published, 2)


def test_what_was_published_survives_a_kill(tmp_path: Path) -> None:
    port = free_port()
    with stand_in("--data", str(tmp_path)) as process:
        clients = Clients(process.endpoint)
        topic = clients.topic()
        clients.push(topic, f"http://127.0.0.1:{port}/push")
        published = clients.publish(topic, *(b"%d" % number for number in range(300)))
        process.end(signal.SIGKILL)
    inbox = Inbox()
    with receiver(inbox, port), stand_in("--data", str(tmp_path)) as process:
        inbox.wait_for(300)
        clients = Clients(process.endpoint)
        published += clients.publish(topic, b"one more")
        pushes = inbox.wait_for(301)
    assert sorted(push.message_id for push in pushes) == sorted(published)


def test_what_was_acknowledged_is_not_delivered_after_a_restart(tmp_path: Path) -> None:
    inbox = Inbox()
    with receiver(inbox) as url:
        with stand_in("--data", str(tmp_path)) as process:
            clients = Clients(process.endpoint)
            topic = clients.topic()
            subscription = clients.push(topic, url)
            clients.publish(topic, *(b"%d" % number for number in range(50)))
            clients.until_idle(subscription)
            assert process.end() == 0
        with stand_in("--data", str(tmp_path)) as process:
            clients = Clients(process.endpoint)
            clients.publish(topic, b"marker")
            clients.until_idle(subscription)
    assert [push.data for push in inbox.pushes[50:]] == [b"marker"]


def test_it_ends_within_a_second_with_pushes_outstanding_and_a_stream_open() -> None:
    released = threading.Event()
    inbox = Inbox(answer=lambda _: 204 if released.wait(LONG) else 500)
    with stand_in() as process, receiver(inbox) as url:
        clients = Clients(process.endpoint)
        topic = clients.topic()
        clients.push(topic, url)
        listening = clients.subscriber.subscribe(clients.subscription(clients.topic()), lambda _: None)
        clients.publish(topic, b"1", b"2", b"3")
        inbox.wait_for(3)
        asked = time.monotonic()
        assert process.end() == 0
        assert time.monotonic() - asked < 1
        listening.cancel()
        released.set()


def test_it_ends_with_its_parent() -> None:
    with stand_in() as process:
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert process.process.wait(LONG) == 0


def test_it_takes_a_port_of_the_range_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        with stand_in("--port-range", f"{first}-{first + 20}") as process:
            assert first < int(process.endpoint.rpartition(":")[2]) <= first + 20


def test_ten_thousand_waiting_messages_cost_no_memory() -> None:
    psutil = pytest.importorskip("psutil")
    with stand_in() as process:
        clients = Clients(process.endpoint)
        topic = clients.topic()
        clients.subscription(topic)
        clients.publish(topic, *(os.urandom(1000) for _ in range(1000)))
        few = psutil.Process(process.process.pid).memory_info().rss
        clients.publish(topic, *(os.urandom(1000) for _ in range(9000)))
        many = psutil.Process(process.process.pid).memory_info().rss
    assert many - few < 5_000_000
