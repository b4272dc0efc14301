"""Topic on Pub/Sub."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from itertools import islice
from typing import Generic, TypeVar

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.api_core.retry import Retry
from google.cloud.pubsub_v1 import PublisherClient

from dropcast.ports import TryLater

PATIENCE = 30  # seconds for one message; then Pub/Sub delivers again what made us publish
AT_ONCE = 500  # messages under way at a time, so that ten thousand take no more memory than these

Message = TypeVar("Message")


class PubsubTopic(Generic[Message]):
    """Publishes messages to one topic, each in the form that `encode` gives it."""

    def __init__(self, publisher: PublisherClient, topic: str, encode: Callable[[Message], bytes]) -> None:
        self._publisher = publisher
        self._topic = topic
        self._encode = encode

    def publish(self, messages: Iterable[Message]) -> None:
        # publish() only queues: a message is durable when its future has a result.
        waiting = iter(messages)
        while pending := [self._queue(message) for message in islice(waiting, AT_ONCE)]:
            for future in pending:
                _settle(future)

    def _queue(self, message: Message) -> Future[str]:
        data = self._encode(message)
        queued: Future[str] = self._publisher.publish(
            self._topic, data, retry=Retry(timeout=PATIENCE), timeout=PATIENCE
        )
        return queued


def _settle(future: Future[str]) -> None:
    try:
        future.result(timeout=PATIENCE)
    except (GoogleAPICallError, RetryError, TimeoutError) as error:
        raise TryLater(f"Pub/Sub: {error}") from error
