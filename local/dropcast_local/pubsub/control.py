"""The service dropcast.Control, JSON in and out: what Google's protocol has no question for."""

import json

import grpc
import grpc.aio

from dropcast_local.pubsub.broker import Broker
from dropcast_local.pubsub.subscription import Subscription


class Control:
    """Answers how busy one broker is."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def handler(self) -> grpc.GenericRpcHandler:
        """The methods under their names on the wire."""
        return grpc.method_handlers_generic_handler(
            "dropcast.Control", {"Status": grpc.unary_unary_rpc_method_handler(self._status)}
        )

    async def _status(self, _request: bytes, _: grpc.aio.ServicerContext) -> bytes:
        return json.dumps({one.name: _status_of(one) for one in self._broker.subscriptions()}).encode()


def _status_of(subscription: Subscription) -> dict[str, int]:
    return {
        "waiting": subscription.waiting,
        "outstanding": subscription.outstanding,
        "delivered": subscription.counts.delivered,
        "acknowledged": subscription.counts.acknowledged,
        "deadLettered": subscription.counts.dead_lettered,
    }
