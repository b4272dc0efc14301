"""Delivery by pull: the subscriber asks, once or in a stream, and has a deadline to acknowledge."""

import asyncio
from collections.abc import AsyncIterator

import grpc
from google.protobuf.message import Message

from dropcast_local.pubsub import messages
from dropcast_local.pubsub.errors import RequestError, invalid
from dropcast_local.pubsub.subscription import Delivery, Subscription

_LONGEST_WAIT = 60.0
_MOST_AT_ONCE = 1000


def pullable(subscription: Subscription) -> Subscription:
    """The subscription, unless its messages are pushed."""
    if subscription.policy.push_endpoint:
        raise RequestError(grpc.StatusCode.FAILED_PRECONDITION, f"{subscription.name} is a push subscription")
    return subscription


async def pull(subscription: Subscription, request: Message, time_remaining: float | None) -> Message:
    """What a Pull gets: messages as soon as there are any, or nothing just before its caller gives up."""
    if request.max_messages <= 0:
        raise invalid("max_messages must be positive")
    most = min(request.max_messages, _MOST_AT_ONCE)
    try:
        async with asyncio.timeout(_patience(request, time_remaining)):
            while not (received := _take(subscription, most, subscription.policy.ack_deadline)):
                await _until_ready(subscription)
    except TimeoutError:
        received = []
    return messages.PullResponse(received_messages=received)


async def stream(subscription: Subscription, opening: Message) -> AsyncIterator[Message]:
    """What a StreamingPull gets: messages as they come, as many at a time as it asked for."""
    ack_deadline = float(opening.stream_ack_deadline_seconds or subscription.policy.ack_deadline)
    most = opening.max_outstanding_messages or _MOST_AT_ONCE
    held: set[str] = set()
    while True:
        held = {ack_id for ack_id in held if subscription.is_outstanding(ack_id)}
        received = _take(subscription, min(most - len(held), _MOST_AT_ONCE), ack_deadline)
        if received:
            held.update(message.ack_id for message in received)
            yield messages.StreamingPullResponse(received_messages=received)
        else:
            await _until_ready(subscription)


async def _until_ready(subscription: Subscription) -> None:
    subscription.ready.clear()
    await subscription.ready.wait()


def _patience(request: Message, time_remaining: float | None) -> float:
    if request.return_immediately:
        return 0.0
    return _LONGEST_WAIT if time_remaining is None else min(_LONGEST_WAIT, time_remaining - 0.1)


def _take(subscription: Subscription, most: int, ack_deadline: float) -> list[Message]:
    taken = subscription.take(most)
    for delivery, _ in taken:
        subscription.set_deadline(delivery.ack_id, ack_deadline)
    return [_received(subscription, delivery, message) for delivery, message in taken]


def _received(subscription: Subscription, delivery: Delivery, message: Message) -> Message:
    # The real service tells the attempt only where dead letters are asked for.
    attempt = delivery.attempt if subscription.policy.dead_letters else 0
    return messages.ReceivedMessage(ack_id=delivery.ack_id, message=message, delivery_attempt=attempt)
