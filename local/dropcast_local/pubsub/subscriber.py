"""The service google.pubsub.v1.Subscriber.

The client library ships no servicer stubs: methods are registered by name with the protobuf classes.
"""

import asyncio
from collections.abc import AsyncIterator

import grpc
import grpc.aio
from google.protobuf.message import Message

from dropcast_local.pubsub import messages
from dropcast_local.pubsub.broker import Broker
from dropcast_local.pubsub.errors import RequestError
from dropcast_local.pubsub.grpc_methods import page_of, serialize, unary
from dropcast_local.pubsub.pull import pull, pullable, stream
from dropcast_local.pubsub.subscription import Subscription


class Subscriber:
    """Answers for the subscriptions of one broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def handler(self) -> grpc.GenericRpcHandler:
        """The methods under their names on the wire."""
        return grpc.method_handlers_generic_handler(
            "google.pubsub.v1.Subscriber",
            {
                "CreateSubscription": unary(messages.Subscription, self._create),
                "GetSubscription": unary(messages.GetSubscriptionRequest, self._get),
                "UpdateSubscription": unary(messages.UpdateSubscriptionRequest, self._update),
                "DeleteSubscription": unary(messages.DeleteSubscriptionRequest, self._delete),
                "ListSubscriptions": unary(messages.ListSubscriptionsRequest, self._list),
                "ModifyPushConfig": unary(messages.ModifyPushConfigRequest, self._modify_push_config),
                "Pull": unary(messages.PullRequest, self._pull),
                "Acknowledge": unary(messages.AcknowledgeRequest, self._acknowledge),
                "ModifyAckDeadline": unary(messages.ModifyAckDeadlineRequest, self._modify_ack_deadline),
                "StreamingPull": grpc.stream_stream_rpc_method_handler(
                    self._streaming_pull,
                    request_deserializer=messages.StreamingPullRequest.FromString,
                    response_serializer=serialize,
                ),
            },
        )

    async def _create(self, definition: Message, _: grpc.aio.ServicerContext) -> Message:
        return self._broker.create_subscription(definition)

    async def _get(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        return self._broker.subscription(request.subscription).definition

    async def _update(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        return self._broker.update_subscription(request.subscription, request.update_mask.paths)

    async def _delete(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        self._broker.delete_subscription(request.subscription)
        return messages.Empty()

    async def _list(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        every = self._broker.subscriptions()
        by_name = {one.name: one.definition for one in every if one.name.startswith(f"{request.project}/")}
        names, next_page = page_of(by_name, request)
        page = [by_name[name] for name in names]
        return messages.ListSubscriptionsResponse(subscriptions=page, next_page_token=next_page)

    async def _modify_push_config(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        changes = messages.Subscription(name=request.subscription, push_config=request.push_config)
        self._broker.update_subscription(changes, ["push_config"])
        return messages.Empty()

    async def _pull(self, request: Message, context: grpc.aio.ServicerContext) -> Message:
        subscription = pullable(self._broker.subscription(request.subscription))
        return await pull(subscription, request, context.time_remaining())

    async def _acknowledge(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        subscription = self._broker.subscription(request.subscription)
        subscription.acknowledge(request.ack_ids)
        subscription.commit()
        return messages.Empty()

    async def _modify_ack_deadline(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        subscription = self._broker.subscription(request.subscription)
        for ack_id in request.ack_ids:
            subscription.set_deadline(ack_id, request.ack_deadline_seconds)
        return messages.Empty()

    async def _streaming_pull(
        self, requests: AsyncIterator[Message], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Message]:
        opening = await anext(requests)
        try:
            subscription = pullable(self._broker.subscription(opening.subscription))
        except RequestError as refusal:
            await context.abort(refusal.code, refusal.reason)
        listening = asyncio.create_task(_listen(requests, subscription))
        try:
            async for response in stream(subscription, opening):
                yield response
        finally:
            listening.cancel()


async def _listen(requests: AsyncIterator[Message], subscription: Subscription) -> None:
    async for request in requests:
        subscription.acknowledge(request.ack_ids)
        deadlines = zip(request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=False)
        for ack_id, seconds in deadlines:
            subscription.set_deadline(ack_id, seconds)
