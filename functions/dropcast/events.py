"""Deliveries → values. The only module that knows the shape of push envelopes and CloudEvents.

A Pub/Sub push is {"message": {"data": base64, "attributes": {…}}, "subscription": …, "deliveryAttempt": n}.
A new object is told in one of two ways: by a Cloud Storage notification through a topic of ours (attributes
bucketId, objectId, objectGeneration, eventType), or by Eventarc as a CloudEvent whose data is the object.
"""

import base64
import json
import re

from flask import Request

from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import Unreadable, decode_message
from dropcast.jobs.part import Part
from dropcast.jobs.utterance import Utterance

LARGEST_GENERATION = 2**63 - 1  # Cloud Storage counts in int64
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")  # of an RFC 3339 time
GENERATION = re.compile("[0-9]{1,19}")  # a positive int64

FINALIZED = "google.cloud.storage.object.v1.finalized"


def upload(request: Request) -> Upload:
    """Read which object was finalized. Raises Unreadable."""
    body = _body(request)
    if _event_type(request, body) not in (None, FINALIZED):
        raise Unreadable(f"it is of type {_event_type(request, body)}")
    match body:
        case {"message": dict(message)}:
            return _notified(message)
        case {"data": {"bucket": str(bucket), "name": str(name), "generation": generation, **rest}} | {
            "bucket": str(bucket),
            "name": str(name),
            "generation": generation,
            **rest,
        }:
            return _upload(bucket, name, str(generation), rest.get("timeCreated"))
        case _:
            raise Unreadable("it names no bucket, object and generation")


def utterance(request: Request) -> Utterance:
    """Read the utterance of a message of the lines topic. Raises Unreadable."""
    decoded = decode_message(_data(_message(request)))
    if not isinstance(decoded, Utterance):
        raise Unreadable("it is a block or a part, not an utterance")
    return decoded


def step(request: Request) -> Block | Part:
    """Read the block or the part of a message of the blocks topic. Raises Unreadable."""
    decoded = decode_message(_data(_message(request)))
    if isinstance(decoded, Utterance):
        raise Unreadable("it is an utterance, not a block or a part")
    return decoded


def dead_letter(request: Request) -> Utterance | Block | Part | Upload:
    """Read what was given up, of whichever topic. Raises Unreadable."""
    message = _message(request)
    if "objectId" in _attributes(message):
        return _notified(message)
    return decode_message(_data(message))


def attempt(request: Request) -> int | None:
    """Say how often Pub/Sub has delivered this message by now, where it tells."""
    try:
        body = _body(request)
    except Unreadable:
        return None
    match body:
        case {"deliveryAttempt": int(attempt)}:
            return attempt
    return None


def facts(event: Utterance | Block | Part | Upload) -> dict[str, object]:
    """Say what an event is about, by the names that log entries have for it."""
    match event:
        case Upload():
            return {"job": event.job}
        case Utterance():
            place = {"utterance": event.index, "line": event.line, "block": event.block.index}
            return {"job": event.job, **place}
        case Block():
            return {"job": event.job, "block": event.index}
        case Part():
            return {"job": event.job, "part": event.position}


def _notified(message: dict[str, object]) -> Upload:
    match _attributes(message):
        case {
            "eventType": "OBJECT_FINALIZE",
            "bucketId": str(bucket),
            "objectId": str(name),
            "objectGeneration": str(generation),
        } as attributes:
            return _upload(bucket, name, generation, attributes.get("eventTime"))
        case _:
            raise Unreadable("its attributes tell of no finalized object")


def _upload(bucket: str, name: str, generation: str, created: object) -> Upload:
    if not GENERATION.fullmatch(generation) or int(generation) > LARGEST_GENERATION:
        raise Unreadable("its generation is no number")
    try:
        f"{bucket}{name}".encode()  # JSON can hold halves of characters, object names cannot
    except UnicodeEncodeError as error:
        raise Unreadable(f"its name is no text: {error}") from error
    day = DAY.match(created) if isinstance(created, str) else None
    return Upload(bucket, name, int(generation), day[0] if day else None)


def _event_type(request: Request, body: object) -> object:
    # In binary mode a CloudEvent's type is a header, in structured mode a member; a push has neither.
    return request.headers.get("ce-type") or (body.get("type") if isinstance(body, dict) else None)


def _message(request: Request) -> dict[str, object]:
    match _body(request):
        case {"message": dict(message)}:
            return message
        case _:
            raise Unreadable("it is no Pub/Sub push")


def _body(request: Request) -> object:
    try:
        body: object = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"its body is not JSON: {error}") from error
    return body


def _attributes(message: dict[str, object]) -> dict[str, object]:
    attributes = message.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _data(message: dict[str, object]) -> bytes:
    try:
        return base64.b64decode(str(message.get("data", "")), validate=True)
    except ValueError as error:  # binascii.Error, and what is said of signs beyond ASCII
        raise Unreadable(f"its data is not base64: {error}") from error
