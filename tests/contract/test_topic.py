"""One suite over the fake and the real gateway: published means durably queued."""

import itertools

import pytest
from google.cloud import pubsub_v1

from dropcast.gateways.pubsub import PubsubTopic
from dropcast.jobs.blocks import Block
from dropcast.jobs.messages import decode_message, encode_step
from dropcast.ports import TryLater
from fakes import MemoryTopic
from standins import stand_in

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def pubsub_endpoint():
    with stand_in("pubsub") as announced:
        yield announced["endpoint"]


@pytest.fixture(params=["memory", "pubsub"])
def topic(request, monkeypatch):
    """A topic, and a function that returns what is queued on it."""
    if request.param == "memory":
        memory = MemoryTopic()
        return memory, lambda: list(memory.published)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", request.getfixturevalue("pubsub_endpoint"))
    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    name = publisher.topic_path("test-project", f"topic-{next(NUMBERS)}")
    reader = name.replace("/topics/", "/subscriptions/")
    publisher.create_topic(name=name)
    subscriber.create_subscription(name=reader, topic=name)
    return PubsubTopic(publisher, name, encode_step), lambda: pulled(subscriber, reader)


def pulled(subscriber, subscription):
    """Everything that waits now: published is queued, so one look must find it."""
    found = []
    while answer := subscriber.pull(
        subscription=subscription, max_messages=1000, return_immediately=True
    ).received_messages:
        found += [decode_message(received.message.data) for received in answer]
        subscriber.acknowledge(subscription=subscription, ack_ids=[received.ack_id for received in answer])
    return found


def test_what_was_published_is_queued_when_publish_returns(topic):
    queue, queued = topic
    blocks = [Block("job-1", index, 40_000) for index in range(1200)]
    queue.publish(iter(blocks))
    assert sorted(queued(), key=lambda block: block.index) == blocks


def test_nothing_published_is_nothing_queued(topic):
    queue, queued = topic
    queue.publish([])
    assert queued() == []


def test_a_topic_that_is_not_there_is_an_error_not_a_loss(pubsub_endpoint, monkeypatch):
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_endpoint)
    queue = PubsubTopic(pubsub_v1.PublisherClient(), "projects/test-project/topics/nowhere", encode_step)
    with pytest.raises(TryLater, match="nowhere"):
        queue.publish([Block("job-1", 0, 1)])
