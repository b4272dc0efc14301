"""What a subscription's definition promises about delivery, checked and in plain numbers."""

import re
from dataclasses import dataclass

from google.protobuf.message import Message

from dropcast_local.pubsub.connections import Endpoint, endpoint_of
from dropcast_local.pubsub.errors import invalid, unsupported
from dropcast_local.pubsub.filters import Filter, FilterError, parse_filter

MAX_OUTSTANDING_LABEL = "dropcast-max-outstanding"
DEFAULT_ACK_DEADLINE = 10

_LONGEST_ACK_DEADLINE = 600
_DEFAULT_MINIMUM_BACKOFF = 10.0
_DEFAULT_MAXIMUM_BACKOFF = 600.0
_LONGEST_BACKOFF = 600.0
_DEFAULT_ATTEMPTS = 5
_MOST_ATTEMPTS = 100
_DEFAULT_OUTSTANDING = 128


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a message rests between two attempts: doubling, within bounds."""

    minimum: float = 0.0
    maximum: float = 0.0

    def after(self, attempt: int) -> float:
        """Seconds from the failure of the given attempt (the first is 1) to the next one."""
        # 2**1000 overflows a float; the bound is long passed by then.
        return min(self.maximum, self.minimum * 2.0 ** min(attempt - 1, 100))


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Where a message goes that was tried often enough."""

    topic: str
    max_delivery_attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How one subscription delivers."""

    push_endpoint: Endpoint | None
    ack_deadline: float
    backoff: Backoff
    dead_letters: DeadLetters | None
    max_outstanding: int
    wants: Filter


def delivery_policy(definition: Message) -> DeliveryPolicy:
    """Read a subscription's definition; refuse what is wrong or cannot be honoured.

    Less than the real service allows (an ack deadline under 10 s, fewer than 5 attempts) is taken: tests
    need speed.
    """
    _refuse_what_is_not_offered(definition)
    return DeliveryPolicy(
        push_endpoint=_push_endpoint(definition.push_config),
        ack_deadline=_ack_deadline(definition.ack_deadline_seconds),
        backoff=_backoff(definition),
        dead_letters=_dead_letters(definition),
        max_outstanding=_max_outstanding(definition.labels.get(MAX_OUTSTANDING_LABEL)),
        wants=_filter(definition.filter),
    )


def _refuse_what_is_not_offered(definition: Message) -> None:
    if definition.enable_message_ordering:
        raise unsupported("ordered delivery")
    if definition.enable_exactly_once_delivery:
        raise unsupported("exactly-once delivery")
    for export in ("bigquery_config", "cloud_storage_config"):
        if definition.HasField(export):
            raise unsupported(export)
    if definition.push_config.HasField("no_wrapper"):
        raise unsupported("push without the envelope")


def _push_endpoint(push_config: Message) -> Endpoint | None:
    if not push_config.push_endpoint:
        return None
    try:
        return endpoint_of(push_config.push_endpoint)
    except ValueError as error:
        raise invalid(f"push_endpoint: {error}") from error


def _ack_deadline(seconds: int) -> float:
    if not 0 <= seconds <= _LONGEST_ACK_DEADLINE:
        raise invalid(f"ack_deadline_seconds must be at most {_LONGEST_ACK_DEADLINE}, not {seconds}")
    return float(seconds or DEFAULT_ACK_DEADLINE)


def _backoff(definition: Message) -> Backoff:
    policy = definition.retry_policy
    if not (policy.HasField("minimum_backoff") or policy.HasField("maximum_backoff")):
        return Backoff()
    minimum = _seconds(policy, "minimum_backoff", _DEFAULT_MINIMUM_BACKOFF)
    maximum = _seconds(policy, "maximum_backoff", _DEFAULT_MAXIMUM_BACKOFF)
    if not 0 <= minimum <= maximum <= _LONGEST_BACKOFF:
        raise invalid(f"retry_policy must be 0 <= minimum <= maximum <= 600 s, not {minimum} and {maximum}")
    return Backoff(minimum, maximum)


def _seconds(policy: Message, field: str, default: float) -> float:
    if not policy.HasField(field):
        return default
    duration = getattr(policy, field)
    return float(duration.seconds + duration.nanos / 1e9)


def _dead_letters(definition: Message) -> DeadLetters | None:
    policy = definition.dead_letter_policy
    if not policy.dead_letter_topic:
        return None
    attempts = policy.max_delivery_attempts or _DEFAULT_ATTEMPTS
    if not 1 <= attempts <= _MOST_ATTEMPTS:
        raise invalid(f"max_delivery_attempts must be 1 to {_MOST_ATTEMPTS}, not {attempts}")
    return DeadLetters(str(policy.dead_letter_topic), attempts)


def _max_outstanding(label: str | None) -> int:
    if label is None:
        return _DEFAULT_OUTSTANDING
    if not re.fullmatch(r"[1-9]\d{0,4}", label):
        raise invalid(f"the label {MAX_OUTSTANDING_LABEL} must be a number from 1 to 99999, not {label!r}")
    return int(label)


def _filter(text: str) -> Filter:
    try:
        return parse_filter(text)
    except FilterError as error:
        raise invalid(str(error)) from error
