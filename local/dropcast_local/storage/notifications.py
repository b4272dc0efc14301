"""The notification configurations of a bucket, and the message that an object's finalization is."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from dropcast_local.storage.index import Event, Index, Notification
from dropcast_local.storage.refusals import invalid, not_found
from dropcast_local.storage.resources import JSON, StoredObject, object_resource

_FINALIZED = "OBJECT_FINALIZE"
_TOPIC = "//pubsub.googleapis.com/"


def created(index: Index, bucket: str, given: JSON, base: str) -> Notification:
    """A new configuration as the client asked for it."""
    topic = given.get("topic")
    if not isinstance(topic, str) or not topic.startswith(f"{_TOPIC}projects/"):
        raise invalid(f"Invalid topic: {topic!r}")
    last = max((known.id for known in index.notifications(bucket)), default=0)
    number = str(last + 1)
    resource = {
        "payload_format": "JSON_API_V1",
        **given,
        "kind": "storage#notification",
        "id": number,
        "selfLink": f"{base}/storage/v1/b/{bucket}/notificationConfigs/{number}",
        "etag": number,
    }
    notification = Notification(bucket, last + 1, topic.removeprefix(_TOPIC), resource)
    index.put_notification(notification)
    return notification


def found(index: Index, bucket: str, number: str) -> Notification:
    """The configuration of that number."""
    for notification in index.notifications(bucket):
        if str(notification.id) == number:
            return notification
    raise not_found(f"Notification configuration not found: {bucket}/{number}")


def finalized(index: Index, stored: StoredObject, overwritten: StoredObject | None, base: str) -> list[Event]:
    """The events that the new object owes to its bucket's topics."""
    return [
        _event(notification, stored, overwritten, base)
        for notification in index.notifications(stored.bucket)
        if _wants(notification.resource, stored.name)
    ]


def _wants(resource: JSON, name: str) -> bool:
    kinds = resource.get("event_types") or [_FINALIZED]
    return _FINALIZED in _list(kinds) and name.startswith(str(resource.get("object_name_prefix", "")))


def _event(
    notification: Notification, stored: StoredObject, overwritten: StoredObject | None, base: str
) -> Event:
    resource = notification.resource
    custom = resource.get("custom_attributes") or {}
    attributes = {
        **{str(key): str(value) for key, value in _mapping(custom).items()},
        "notificationConfig": f"projects/_/buckets/{stored.bucket}/notificationConfigs/{notification.id}",
        "eventType": _FINALIZED,
        "payloadFormat": str(resource["payload_format"]),
        "bucketId": stored.bucket,
        "objectId": stored.name,
        "objectGeneration": str(stored.generation),
        "eventTime": f"{datetime.fromtimestamp(stored.generation / 1_000_000, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
    }
    if overwritten is not None:
        attributes["overwroteGeneration"] = str(overwritten.generation)
    wanted = resource["payload_format"] == "JSON_API_V1"
    data = json.dumps(object_resource(stored, base)).encode() if wanted else b""
    return Event(notification.topic, attributes, data)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}
