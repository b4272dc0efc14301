"""Dead letters: messages that were given up, what each was about, and the subscription that keeps them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from flask import Request
from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError, NotFound, RetryError
from google.protobuf.message import Message
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.types import PubsubMessage
from werkzeug.test import EnvironBuilder

from dropcast import events
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import NewerMessage, Unreadable
from dropcast.jobs.part import Part
from dropcast.jobs.utterance import Utterance
from dropcast_local.failures import Failed
from dropcast_local.pubsub.envelope import push_envelope
from dropcast_local.reach import Services

SOURCE = "CloudPubSubDeadLetterSource"  # begins the attributes that Pub/Sub adds to what it gives up
PATIENCE = {"timeout": 20}  # seconds
LONGEST_PULL = 3  # seconds without a message after which there are no more
LONGEST_PULL_HERE = 1  # on this machine, where none is far away
HOLD = 600  # seconds: the longest for which Pub/Sub lends a message
AT_ONCE = 100  # messages in a request; one may have ten megabytes, and an utterance has some thousand bytes


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about: a kind of step, of a job, and the line of its script where it is one's."""

    kind: str
    job: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        # What is heard beside the lines is no line, of which it says -1.
        line = "" if self.line is None or self.line < 0 else f", line {self.line}"
        return f"{self.job or 'no job'}: {self.kind}{line}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, lent to us under an id. Nothing says whence it came: no `source`."""

    ack_id: str
    message_id: str
    subject: Subject
    source: str | None
    original: PubsubMessage = field(compare=False)


def read_dead_letter(ack_id: str, message: Message) -> DeadLetter:
    """Read a message of the dead letters, as whoever pulls it receives it."""
    attributes = dict(message.attributes)
    name, project = attributes.get(f"{SOURCE}Subscription"), attributes.get(f"{SOURCE}SubscriptionProject")
    return DeadLetter(
        ack_id,
        message.message_id,
        _subject(message),
        f"projects/{project}/subscriptions/{name}" if name and project else None,
        PubsubMessage(
            data=message.data,
            attributes={key: value for key, value in attributes.items() if not key.startswith(SOURCE)},
            ordering_key=message.ordering_key,
        ),
    )


def _subject(message: Message) -> Subject:
    # events.py alone knows what messages look like, and it reads them as they are pushed.
    push = EnvironBuilder(method="POST", data=push_envelope(message, "", None)).get_environ()
    try:
        dead = events.dead_letter(Request(push))
    except (Unreadable, NewerMessage) as reason:
        return Subject(f"cannot be read ({reason})")
    match dead:
        case Utterance():
            return Subject("utterance", dead.job, dead.line)
        case Block():
            return Subject(f"block {dead.index}", dead.job)
        case Part():
            return Subject("part", dead.job)
        case Upload():
            return Subject(f"upload of {dead.name}", dead.job)


class KeptDeadLetters:
    """The subscription that keeps dead letters. What is taken comes back by itself, or when it is let go."""

    def __init__(self, services: Services) -> None:
        self._subscriber = services.subscriber
        self._subscription = services.deployment.kept_dead_letters
        self._longest_pull = LONGEST_PULL_HERE if services.deployment.is_local else LONGEST_PULL

    def take(self, most: int | None = None) -> tuple[DeadLetter, ...]:
        """Borrow all that are there, or so many of them. Raises GoogleAPICallError, RetryError."""
        # All at once, before any is published: what is given up again meanwhile is not of these.
        taken = {letter.message_id: letter for letter in islice(self._pulled(), most)}
        return tuple(taken.values())

    def acknowledge(self, letters: Sequence[DeadLetter]) -> None:
        """Be done with some."""
        for ack_ids in _by_the_hundred([letter.ack_id for letter in letters]):
            self._subscriber.acknowledge(subscription=self._subscription, ack_ids=ack_ids, **PATIENCE)

    def let_go(self, letters: Sequence[DeadLetter]) -> None:
        """Let others have some again at once."""
        self._lend(letters, 0)

    def _pulled(self) -> Iterator[DeadLetter]:
        while received := self._pull():
            self._lend(received, HOLD)
            yield from received

    def _pull(self) -> list[DeadLetter]:
        try:
            answer = self._subscriber.pull(
                subscription=self._subscription, max_messages=AT_ONCE, retry=None, timeout=self._longest_pull
            )
        except DeadlineExceeded:  # how the real service says that there is nothing
            return []
        received = answer.received_messages
        return [read_dead_letter(each.ack_id, PubsubMessage.pb(each.message)) for each in received]

    def _lend(self, letters: Sequence[DeadLetter], seconds: int) -> None:
        for ack_ids in _by_the_hundred([letter.ack_id for letter in letters]):
            self._subscriber.modify_ack_deadline(
                subscription=self._subscription,
                ack_ids=ack_ids,
                ack_deadline_seconds=seconds,
                **PATIENCE,
            )


def topic_of(subscriber: SubscriberClient, subscription: str | None) -> str | None:
    """Say which topic's messages a subscription has, if there still is one."""
    if subscription is None:
        return None
    try:
        return str(subscriber.get_subscription(subscription=subscription, **PATIENCE).topic)
    except NotFound:
        return None


def publish_again(publisher: PublisherClient, topic: str, letters: Sequence[DeadLetter]) -> None:
    """Publish dead letters as they were. Returns when they are safe."""
    publisher.publish(topic=topic, messages=[letter.original for letter in letters], **PATIENCE)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what the client library raises into Failed."""
    try:
        yield
    except NotFound as error:
        raise Failed(f"There is no such topic or subscription: {error.message}") from error
    except (GoogleAPICallError, RetryError) as error:
        raise Failed(f"Pub/Sub refused: {error.message}") from error


def _by_the_hundred(ack_ids: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(ack_ids)
    while some := list(islice(waiting, AT_ONCE)):
        yield some
