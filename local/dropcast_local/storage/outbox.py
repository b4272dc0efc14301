"""Takes events from the index to Pub/Sub, for as long as it takes."""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

from dropcast_local.storage.index import Event, Index

# Publishes all events to a topic, or raises Unpublished.
Publish = Callable[[str, Sequence[Event]], None]

_BATCH: Final = 100
_PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
_log = logging.getLogger(__name__)


class Unpublished(Exception):
    """Pub/Sub did not take the events; it may later."""


class Outbox:
    """Publishes what the index holds unsent; what it cannot publish stays there and is tried again.

    An event leaves the index only when its topic has taken it: a process killed between the two sends it
    again, as Cloud Storage may.
    """

    def __init__(self, index: Index, publish: Publish, copies: int = 1) -> None:
        self._index = index
        self._publish = publish
        self._copies = copies
        self._senders: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """See to it that everything unsent is on its way; to be called from the event loop."""
        for topic in self._index.topics_waited_for():
            if topic not in self._senders:
                self._senders[topic] = asyncio.create_task(self._send_all(topic))

    async def close(self) -> None:
        """Stop sending; what is left goes out at the next start."""
        senders = list(self._senders.values())
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    async def _send_all(self, topic: str) -> None:
        failures = 0
        while events := self._index.unsent(topic, _BATCH):
            if await self._send(topic, events):
                failures = 0
            else:
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
        # No await between the last look and this: what comes later finds no sender and wakes one.
        del self._senders[topic]

    async def _send(self, topic: str, events: Sequence[Event]) -> bool:
        try:
            await asyncio.to_thread(self._publish, topic, [*events] * self._copies)
        except Unpublished as error:
            _log.warning("%d events wait for %s: %s", len(events), topic, error)
            return False
        self._index.sent(events)
        return True


class PubSub:
    """Publishes to the Pub/Sub that PUBSUB_EMULATOR_HOST names, connected at first use."""

    def __call__(self, topic: str, events: Sequence[Event]) -> None:
        # Google's libraries are imported at first use: they take half a second and tens of megabytes,
        # and many servers never publish.
        from google.api_core.exceptions import GoogleAPICallError
        from google.pubsub_v1 import PubsubMessage

        messages = [PubsubMessage(data=event.data, attributes=event.attributes) for event in events]
        try:
            # Retries of the client would hide from the outbox, for minutes, that nothing goes out.
            self._client.publish(topic=topic, messages=messages, retry=None, timeout=5.0)
        except GoogleAPICallError as error:
            raise Unpublished(str(error)) from error

    @cached_property
    def _client(self) -> Any:  # Google's clients have no types
        import grpc
        from google.pubsub_v1 import PublisherClient
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

        host = os.environ.get("PUBSUB_EMULATOR_HOST")
        if host is None:
            raise Unpublished("PUBSUB_EMULATOR_HOST is not set")
        # gRPC would wait up to two minutes before it looks again whether Pub/Sub is back.
        channel = grpc.insecure_channel(host, options=[("grpc.max_reconnect_backoff_ms", 1000)])
        return PublisherClient(transport=PublisherGrpcTransport(channel=channel))
