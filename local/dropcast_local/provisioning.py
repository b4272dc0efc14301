"""Create what infra/ creates in the cloud: buckets, topics, the notification, push subscriptions.

Everything may exist already, from an earlier run over the same folder; only the ports are new then.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta

import grpc
import requests
from google.api_core.exceptions import AlreadyExists, Conflict, GoogleAPICallError, RetryError
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client
from google.cloud.storage.notification import JSON_API_V1_PAYLOAD_FORMAT
from google.cloud.storage.retry import DEFAULT_RETRY
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import DeadLetterPolicy, PushConfig, RetryPolicy, Subscription

from dropcast_local.failures import Failed
from dropcast_local.layout import (
    BUCKETS,
    DEAD_LETTERS,
    KEPT,
    PROJECT,
    STAGES,
    TOPICS,
    UPLOADS,
    Stage,
    subscription_path,
    topic_path,
)

ACK_DEADLINE = (
    600  # seconds, as in the cloud: the longest that Pub/Sub allows, over any function's own timeout
)
KEPT_ACK_DEADLINE = 60
SHORTEST_BACKOFF, LONGEST_BACKOFF = timedelta(milliseconds=200), timedelta(seconds=5)
PATIENCE = {"timeout": 20}  # seconds


def local_storage_client(endpoint: str) -> Client:
    """Connect to a storage stand-in, whatever the environment says of proxies, credentials and emulators."""
    session = requests.Session()
    session.trust_env = False
    return Client(
        project=PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
        _http=session,
    )


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what the client libraries raise into Failed."""
    try:
        yield
    except (GoogleAPICallError, RetryError) as error:
        raise Failed(f"The local stack cannot be set up: {error.message}") from error


@_told_plainly()
def provision_buckets(storage: str) -> None:
    patience = {"timeout": 10, "retry": DEFAULT_RETRY.with_timeout(10)}  # a full disk is full for longer
    client = local_storage_client(storage)
    for name in BUCKETS:
        try:
            client.create_bucket(name, **patience)
        except Conflict:
            continue
    uploads = client.bucket(UPLOADS)
    if not list(uploads.list_notifications(**patience)):
        uploads.notification(
            topic_name=UPLOADS,
            topic_project=PROJECT,
            event_types=["OBJECT_FINALIZE"],
            payload_format=JSON_API_V1_PAYLOAD_FORMAT,
        ).create(**patience)


@_told_plainly()
def provision_topics(pubsub: str) -> None:
    with _channel(pubsub) as channel:
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        for topic in TOPICS:
            try:
                publisher.create_topic(name=topic_path(topic), **PATIENCE)
            except AlreadyExists:
                continue


@_told_plainly()
def provision_subscriptions(pubsub: str, functions: Mapping[str, str], tries: int) -> None:
    """Push each stage's messages to where that stage answers, and give one up after so many tries."""
    with _channel(pubsub) as channel:
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        _keep_dead_letters(subscriber)
        for stage in STAGES:
            if stage.topic:
                _push(subscriber, _subscription(stage, functions[stage.name], tries))


def _keep_dead_letters(subscriber: SubscriberClient) -> None:
    kept = Subscription(
        name=subscription_path(KEPT), topic=topic_path(DEAD_LETTERS), ack_deadline_seconds=KEPT_ACK_DEADLINE
    )
    with suppress(AlreadyExists):
        subscriber.create_subscription(kept, **PATIENCE)


def _push(subscriber: SubscriberClient, subscription: Subscription) -> None:
    try:
        subscriber.create_subscription(subscription, **PATIENCE)
    except AlreadyExists:
        subscriber.modify_push_config(
            subscription=subscription.name, push_config=subscription.push_config, **PATIENCE
        )


def _subscription(stage: Stage, endpoint: str, tries: int) -> Subscription:
    subscription = Subscription(
        name=subscription_path(stage.name),
        topic=topic_path(str(stage.topic)),
        push_config=PushConfig(push_endpoint=endpoint),
        ack_deadline_seconds=ACK_DEADLINE,
        retry_policy=RetryPolicy(minimum_backoff=SHORTEST_BACKOFF, maximum_backoff=LONGEST_BACKOFF),
    )
    if stage.topic != DEAD_LETTERS:  # what cannot even be buried is tried until it can
        subscription.dead_letter_policy = DeadLetterPolicy(
            dead_letter_topic=topic_path(DEAD_LETTERS), max_delivery_attempts=tries
        )
    return subscription


def _channel(pubsub: str) -> grpc.Channel:
    return grpc.insecure_channel(pubsub, options=[("grpc.enable_http_proxy", 0)])
