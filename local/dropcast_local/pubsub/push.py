"""Delivery by push: POST each message to the subscription's endpoint, so many at a time."""

import asyncio

from google.protobuf.message import Message

from dropcast_local.pubsub.connections import Connections, Endpoint
from dropcast_local.pubsub.envelope import push_envelope
from dropcast_local.pubsub.subscription import Delivery, Subscription

_ACKNOWLEDGING = frozenset({102, 200, 201, 202, 204})

# Without a retry policy a failed push is repeated at once; an endpoint that is down would be asked in a
# tight loop. The real service, too, starts at 100 ms.
_PAUSE_WHEN_UNREACHABLE = 0.1


class Pusher:
    """Keeps one subscription's push endpoint busy; a subscription without one is left to its pullers."""

    def __init__(self, subscription: Subscription, connections: Connections) -> None:
        self._subscription = subscription
        self._connections = connections
        self._pushes: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Push until cancelled; pushes that are out by then are cancelled too, and not settled."""
        try:
            while True:
                self._push_what_is_due()
                self._subscription.ready.clear()
                await self._subscription.ready.wait()
        finally:
            for push in self._pushes:
                push.cancel()
            await asyncio.gather(*self._pushes, return_exceptions=True)

    def _push_what_is_due(self) -> None:
        policy = self._subscription.policy
        if policy.push_endpoint is None:
            self._subscription.commit()
            return
        room = policy.max_outstanding - self._subscription.outstanding
        for delivery, message in self._subscription.take(room):
            push = asyncio.create_task(self._push(policy.push_endpoint, delivery, message))
            self._pushes.add(push)
            push.add_done_callback(self._pushes.discard)

    async def _push(self, endpoint: Endpoint, delivery: Delivery, message: Message) -> None:
        policy = self._subscription.policy
        # The real service tells the attempt only where dead letters are asked for.
        attempt = delivery.attempt if policy.dead_letters else None
        status = await self._connections.post(
            endpoint,
            push_envelope(message, self._subscription.name, attempt),
            policy.ack_deadline,
        )
        if status in _ACKNOWLEDGING:
            self._subscription.acknowledge([delivery.ack_id])
        else:
            self._subscription.reject(delivery, pause=0.0 if status else _PAUSE_WHEN_UNREACHABLE)
