"""One subscription: what waits, what is out for delivery, and what becomes of each delivery."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from google.protobuf.message import Message

from dropcast_local.pubsub import messages
from dropcast_local.pubsub.policy import DeadLetters, DeliveryPolicy, delivery_policy
from dropcast_local.pubsub.store import BEGINNING, Clock, Store, StoredMessage

_MICROSECONDS = 1_000_000

# A client of an emulator receives at most 4 MiB in one response; the rest follows in the next.
_MOST_BYTES_AT_ONCE = 3_500_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt at one message."""

    sequence: int
    attempt: int

    @property
    def ack_id(self) -> str:
        """The name under which a puller settles this attempt, and no other."""
        return f"{self.sequence}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that was not acknowledged, with the least time until the next."""

    delivery: Delivery
    pause: float


@dataclass(slots=True)
class Counts:
    """What a subscription has done since the process started."""

    delivered: int = 0
    acknowledged: int = 0
    dead_lettered: int = 0


Forward = Callable[[DeadLetters, Message], bool]


class Subscription:
    """Hands out each message until it is acknowledged or dead-lettered; one attempt at a time."""

    def __init__(self, key: int, definition: Message, store: Store, clock: Clock, forward: Forward) -> None:
        self.key = key
        self.definition = definition
        self.policy: DeliveryPolicy = delivery_policy(definition)
        self.counts = Counts()
        # Set whenever it may be worth to take again: something arrived, became due or was settled.
        self.ready = asyncio.Event()
        self._store = store
        self._clock = clock
        self._forward = forward
        self._read_to = BEGINNING
        self._unacknowledged = store.count(key)
        self._outstanding: dict[str, Delivery] = {}
        self._deadlines: dict[str, asyncio.TimerHandle] = {}
        self._acknowledged: list[int] = []
        self._failures: list[Failure] = []
        self._alarm: asyncio.TimerHandle | None = None
        self.ready.set()

    @property
    def name(self) -> str:
        """The full name, projects/…/subscriptions/…."""
        return str(self.definition.name)

    @property
    def outstanding(self) -> int:
        """How many messages are out for delivery."""
        return len(self._outstanding)

    @property
    def waiting(self) -> int:
        """How many messages are neither acknowledged nor out for delivery."""
        return self._unacknowledged - len(self._outstanding)

    def is_outstanding(self, ack_id: str) -> bool:
        """Whether an attempt is still undecided."""
        return ack_id in self._outstanding

    def redefine(self, definition: Message) -> None:
        """Deliver from now on as the new definition says."""
        self.policy = delivery_policy(definition)
        self.definition = definition
        self.ready.set()

    def arrived(self, count: int) -> None:
        """Messages were put into this subscription's backlog."""
        self._unacknowledged += count
        self.ready.set()

    def take(self, limit: int) -> list[tuple[Delivery, Message]]:
        """Up to `limit` messages that are due, now out for delivery."""
        self.commit()
        stored = self._next_due(limit) if limit > 0 and self.waiting > 0 else []
        self._set_alarm(limit - len(stored))
        return [self._hand_out(message) for message in stored]

    def set_deadline(self, ack_id: str, seconds: float) -> None:
        """A message that was pulled comes back unless it is acknowledged within so many seconds."""
        self._forget_deadline(ack_id)
        delivery = self._outstanding.get(ack_id)
        if delivery is None:
            return
        if seconds <= 0:
            self.reject(delivery)
            return
        loop = asyncio.get_running_loop()
        self._deadlines[ack_id] = loop.call_later(seconds, self.reject, delivery)

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Be done with these attempts' messages; an attempt that is over already changes nothing."""
        for ack_id in ack_ids:
            if self._close(ack_id):
                self._acknowledged.append(int(ack_id.partition(":")[0]))
                self._unacknowledged -= 1
                self.counts.acknowledged += 1
        self.ready.set()

    def reject(self, delivery: Delivery, pause: float = 0.0) -> None:
        """Deliver this message again after its backoff, at least `pause` seconds, or dead-letter it."""
        if self._close(delivery.ack_id):
            self._failures.append(Failure(delivery, pause))
        self.ready.set()

    def commit(self) -> None:
        """Write down what became of deliveries; many at once, because each writing costs the same."""
        if not (self._acknowledged or self._failures):
            return
        with self._store.transaction():
            self._store.remove(self._acknowledged)
            for failure in self._failures:
                self._dead_letter_or_postpone(failure)
        self._acknowledged.clear()
        self._failures.clear()

    def close(self) -> None:
        """Write down what was settled, and set no more timers."""
        self.commit()
        for timer in [*self._deadlines.values(), *filter(None, [self._alarm])]:
            timer.cancel()

    def _close(self, ack_id: str) -> bool:
        self._forget_deadline(ack_id)
        return self._outstanding.pop(ack_id, None) is not None

    def _forget_deadline(self, ack_id: str) -> None:
        deadline = self._deadlines.pop(ack_id, None)
        if deadline is not None:
            deadline.cancel()

    def _next_due(self, limit: int) -> list[StoredMessage]:
        taken: list[StoredMessage] = []
        size = 0
        for stored in self._store.due(self.key, self._read_to, self._clock.now(), limit):
            size += len(stored.message)
            if taken and size > _MOST_BYTES_AT_ONCE:
                break
            taken.append(stored)
        if taken:
            self._read_to = taken[-1].place
        return taken

    def _hand_out(self, stored: StoredMessage) -> tuple[Delivery, Message]:
        delivery = Delivery(stored.place.sequence, stored.attempts + 1)
        self._outstanding[delivery.ack_id] = delivery
        self.counts.delivered += 1
        return delivery, messages.PubsubMessage.FromString(stored.message)

    def _set_alarm(self, room_left: int) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = self._store.next_due(self.key, self._read_to) if room_left > 0 and self.waiting > 0 else None
        if due is not None:
            delay = max(0, due - self._clock.now()) / _MICROSECONDS
            self._alarm = asyncio.get_running_loop().call_later(delay, self.ready.set)

    def _dead_letter_or_postpone(self, failure: Failure) -> None:
        delivery = failure.delivery
        if self._was_dead_lettered(delivery):
            self._store.remove([delivery.sequence])
            self._unacknowledged -= 1
            self.counts.dead_lettered += 1
            return
        pause = max(failure.pause, self.policy.backoff.after(delivery.attempt))
        due = self._clock.now() + round(pause * _MICROSECONDS)
        self._store.postpone(delivery.sequence, due, delivery.attempt)

    def _was_dead_lettered(self, delivery: Delivery) -> bool:
        dead_letters = self.policy.dead_letters
        if dead_letters is None or delivery.attempt < dead_letters.max_delivery_attempts:
            return False
        return self._forward(dead_letters, self._as_dead_letter(delivery))

    def _as_dead_letter(self, delivery: Delivery) -> Message:
        message = messages.PubsubMessage.FromString(self._store.message(delivery.sequence))
        _, project, _, name = self.name.split("/")
        source = {
            "Subscription": name,
            "SubscriptionProject": project,
            "DeliveryCount": str(delivery.attempt),
            "TopicPublishTime": message.publish_time.ToJsonString(),
        }
        for fact, value in source.items():
            message.attributes[f"CloudPubSubDeadLetterSource{fact}"] = value
        return message
