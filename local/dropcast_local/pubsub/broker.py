"""Topics and subscriptions: who exists, and which messages go where."""

import asyncio
import re
from collections.abc import Iterable

from google.protobuf.message import Message

from dropcast_local.pubsub import messages
from dropcast_local.pubsub.connections import Connections
from dropcast_local.pubsub.errors import already_exists, invalid, not_found
from dropcast_local.pubsub.policy import DEFAULT_ACK_DEADLINE, DeadLetters, delivery_policy
from dropcast_local.pubsub.push import Pusher
from dropcast_local.pubsub.store import Clock, Store
from dropcast_local.pubsub.subscription import Subscription

DELETED_TOPIC = "_deleted-topic_"

_MOST_BYTES = 10_000_000
_MOST_MESSAGES = 1000
_NAME = re.compile(r"projects/[^/]+/(?P<kind>topics|subscriptions)/(?!goog)[A-Za-z][\w.~+%-]{2,254}")

# With --deliver-twice the second copy of a message comes at once, or this much later by turns: both a
# duplicate that overlaps the first and one that finds its work done are met.
_SECOND_COPY_DELAYS = (0, 0, 100_000, 500_000)


class Broker:
    """Everything the two services do, on one event loop: no locks, and no await inside a change."""

    def __init__(self, store: Store, *, deliver_twice: bool = False) -> None:
        self._store = store
        self._clock = Clock()
        self._deliver_twice = deliver_twice
        self._connections = Connections()
        self._topics: dict[str, Message] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._pushers: dict[str, asyncio.Task[None]] = {}

    def resume(self) -> None:
        """Take up what the store holds from an earlier run."""
        for stored in self._store.topics():
            topic = messages.Topic.FromString(stored)
            self._topics[topic.name] = topic
        for key, stored in self._store.subscriptions():
            self._open_subscription(key, messages.Subscription.FromString(stored))

    async def close(self) -> None:
        """End all pushing now; what was not acknowledged stays in the store."""
        for pusher in self._pushers.values():
            pusher.cancel()
        await asyncio.gather(*self._pushers.values(), return_exceptions=True)
        for subscription in self._subscriptions.values():
            subscription.close()
        self._connections.close()

    def create_topic(self, topic: Message) -> Message:
        """A new topic, as it was asked for."""
        _check_name(topic.name, "topics")
        if topic.name in self._topics:
            raise already_exists(topic.name)
        self._store.save_topic(topic.name, topic.SerializeToString())
        self._topics[topic.name] = topic
        return topic

    def topic(self, name: str) -> Message:
        """The topic of this name."""
        if name not in self._topics:
            raise not_found(name)
        return self._topics[name]

    def topics(self, project: str) -> list[Message]:
        """A project's topics, by name."""
        return [self._topics[name] for name in sorted(self._topics) if name.startswith(f"{project}/")]

    def delete_topic(self, name: str) -> None:
        """Forget a topic; its subscriptions stay and deliver what they have."""
        self.topic(name)
        with self._store.transaction():
            self._store.remove_topic(name)
            for subscription in self.subscriptions_of(name):
                orphaned = messages.Subscription()
                orphaned.CopyFrom(subscription.definition)
                orphaned.topic = DELETED_TOPIC
                self._redefine(subscription, orphaned)
        del self._topics[name]

    def publish(self, topic: str, published: Iterable[Message]) -> list[str]:
        """The identifiers of messages that are now safely in every subscription's backlog."""
        self.topic(topic)
        published = list(published)
        _check_messages(published)
        self._stamp_and_fan_out(topic, published)
        return [message.message_id for message in published]

    def create_subscription(self, definition: Message) -> Message:
        """A new subscription, to what is published from now on."""
        _check_name(definition.name, "subscriptions")
        if definition.name in self._subscriptions:
            raise already_exists(definition.name)
        self._check_definition(definition)
        definition.ack_deadline_seconds = definition.ack_deadline_seconds or DEFAULT_ACK_DEADLINE
        key = self._store.add_subscription(definition.name, definition.SerializeToString())
        self._open_subscription(key, definition)
        return definition

    def subscription(self, name: str) -> Subscription:
        """The subscription of this name."""
        if name not in self._subscriptions:
            raise not_found(name)
        return self._subscriptions[name]

    def subscriptions(self) -> list[Subscription]:
        """Every subscription, by name."""
        return [self._subscriptions[name] for name in sorted(self._subscriptions)]

    def subscriptions_of(self, topic: str) -> list[Subscription]:
        """A topic's subscriptions, by name."""
        return [one for one in self.subscriptions() if one.definition.topic == topic]

    def update_subscription(self, changes: Message, fields: Iterable[str]) -> Message:
        """The subscription with the named fields replaced."""
        subscription = self.subscription(changes.name)
        changed = messages.Subscription()
        changed.CopyFrom(subscription.definition)
        for field in fields:
            _replace_field(changed, changes, field)
        self._check_definition(changed)
        self._redefine(subscription, changed)
        return changed

    def delete_subscription(self, name: str) -> None:
        """Forget a subscription with all that waits for it, and the pushes that are out."""
        subscription = self.subscription(name)
        del self._subscriptions[name]
        self._pushers.pop(name).cancel()
        subscription.close()
        self._store.remove_subscription(subscription.key)

    def _open_subscription(self, key: int, definition: Message) -> None:
        subscription = Subscription(key, definition, self._store, self._clock, self._forward)
        self._subscriptions[subscription.name] = subscription
        pusher = Pusher(subscription, self._connections)
        pushing = asyncio.create_task(pusher.run())
        pushing.add_done_callback(_say_if_it_failed)
        self._pushers[subscription.name] = pushing

    def _check_definition(self, definition: Message) -> None:
        policy = delivery_policy(definition)
        if definition.topic != DELETED_TOPIC:
            self.topic(definition.topic)
        if policy.dead_letters is not None:
            self.topic(policy.dead_letters.topic)

    def _redefine(self, subscription: Subscription, definition: Message) -> None:
        self._store.replace_subscription(subscription.key, definition.SerializeToString())
        subscription.redefine(definition)

    def _stamp_and_fan_out(self, topic: str, published: list[Message]) -> None:
        for message in published:
            moment = self._clock.now()
            message.message_id = str(moment)
            message.publish_time.FromMicroseconds(moment)
        with self._store.transaction():
            for subscription in self.subscriptions_of(topic):
                copies = [copy for message in published for copy in self._copies(subscription, message)]
                self._store.append(copies)
                subscription.arrived(len(copies))

    def _copies(self, subscription: Subscription, message: Message) -> Iterable[tuple[int, int, bytes]]:
        if not subscription.policy.wants(message.attributes):
            return
        due, serialized = self._clock.now(), message.SerializeToString()
        yield subscription.key, due, serialized
        if self._deliver_twice and subscription.policy.push_endpoint:
            delay = _SECOND_COPY_DELAYS[due % len(_SECOND_COPY_DELAYS)]
            yield subscription.key, due + delay, serialized

    def _forward(self, dead_letters: DeadLetters, message: Message) -> bool:
        if dead_letters.topic not in self._topics:
            return False
        self._stamp_and_fan_out(dead_letters.topic, [message])
        return True


def _say_if_it_failed(pushing: asyncio.Task[None]) -> None:
    if not pushing.cancelled() and (error := pushing.exception()) is not None:
        context = {"message": "a subscription has stopped pushing", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)


def _check_name(name: str, kind: str) -> None:
    found = _NAME.fullmatch(name)
    if found is None or found["kind"] != kind:
        raise invalid(f"Invalid resource name: {name!r} should be projects/PROJECT/{kind}/NAME")


def _check_messages(published: list[Message]) -> None:
    if not 1 <= len(published) <= _MOST_MESSAGES:
        raise invalid(f"a request publishes 1 to {_MOST_MESSAGES} messages, not {len(published)}")
    if not all(message.data or message.attributes for message in published):
        raise invalid("a message must have data or at least one attribute")
    size = sum(message.ByteSize() for message in published)
    if size > _MOST_BYTES:
        raise invalid(f"a request publishes at most {_MOST_BYTES} bytes, not {size}")


def _replace_field(changed: Message, changes: Message, field: str) -> None:
    known = changed.DESCRIPTOR.fields_by_name
    if field not in known or field in ("name", "topic", "filter"):
        raise invalid(f"the field {field!r} of a subscription cannot be updated")
    only = messages.Subscription()
    only.CopyFrom(changes)
    for other in known:
        if other != field:
            only.ClearField(other)
    changed.ClearField(field)
    changed.MergeFrom(only)
