"""Every way in which Google delivers is understood, and what is not understood is unreadable for good."""

import base64
import json

import pytest
from flask import Request
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from dropcast import events
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import Unreadable, encode_step, encode_utterance
from dropcast.jobs.part import Part
from dropcast.jobs.utterance import Utterance
from dropcast.voices.request import speech_request

UPLOAD = Upload("uploads", "shows/story.json", 1763650000000001)
REQUEST = speech_request(kind="text", content="Hi.", voice="en-US-Chirp3-HD-Kore", language_code="en-US")
UTTERANCE, BLOCK = Utterance("job", 40, 64, 12, REQUEST), Block("job", 1, 64)
DECODERS = [events.upload, events.utterance, events.step, events.dead_letter]
NOTIFIED = {
    "notificationConfig": "projects/_/buckets/uploads/notificationConfigs/3",
    "eventType": "OBJECT_FINALIZE",
    "payloadFormat": "JSON_API_V1",
    "bucketId": UPLOAD.bucket,
    "objectId": UPLOAD.name,
    "objectGeneration": str(UPLOAD.generation),
}
OBJECT = {"kind": "storage#object", "bucket": UPLOAD.bucket, "name": UPLOAD.name, "size": "12"}
OBJECT |= {"generation": str(UPLOAD.generation), "metageneration": "1", "contentType": "application/json"}
FINALIZED = "google.cloud.storage.object.v1.finalized"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def delivered(body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    return Request(EnvironBuilder(method="POST", data=data, headers=headers).get_environ())


def push(data=None, **message):
    if data is not None:
        message["data"] = base64.b64encode(data).decode()
    about = {"messageId": "1", "publishTime": "2026-11-20T13:00:00Z"}
    return {"message": message | about, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 2}


@pytest.mark.parametrize(
    "request_",
    [
        delivered(push(json.dumps(OBJECT).encode(), attributes=NOTIFIED)),
        delivered(push(attributes=NOTIFIED)),
        delivered(OBJECT, **{"ce-specversion": "1.0", "ce-type": FINALIZED, "ce-id": "1"}),
        delivered({"specversion": "1.0", "type": FINALIZED, "id": "1", "data": OBJECT}),
        delivered(OBJECT | {"generation": UPLOAD.generation}),
        delivered(push(attributes=NOTIFIED), **{"Content-Type": "text/plain"}),
    ],
    ids=["notification", "without payload", "Eventarc binary", "structured", "a number", "content type"],
)
def test_a_new_object_is_told_in_several_ways(request_):
    assert events.upload(request_) == UPLOAD


def test_messages_of_our_own_topics_are_read():
    assert events.utterance(delivered(push(encode_utterance(UTTERANCE)))) == UTTERANCE
    assert events.step(delivered(push(encode_step(BLOCK)))) == BLOCK


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            push(encode_utterance(UTTERANCE), attributes={"CloudPubSubDeadLetterSourceDeliveryCount": "5"}),
            UTTERANCE,
        ),
        (push(encode_step(BLOCK)), BLOCK),
        (push(json.dumps(OBJECT).encode(), attributes=NOTIFIED), UPLOAD),
    ],
)
def test_a_dead_letter_of_whichever_topic_is_read(message, expected):
    assert events.dead_letter(delivered(message)) == expected


def test_pubsub_says_how_often_it_has_tried_or_says_nothing():
    assert events.attempt(delivered(push(encode_step(BLOCK)))) == 2
    for body in (b"nonsense", [], {}, {"message": {}}, {"deliveryAttempt": "2"}):
        assert events.attempt(delivered(body)) is None


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (UPLOAD, {"job": UPLOAD.job}),
        (UTTERANCE, {"job": "job", "utterance": 40, "line": 12, "block": 1}),
        (BLOCK, {"job": "job", "block": 1}),
        (
            Part("job", 576, 576, 24_000, is_last=True, ceiling=None, pieces=(), beds=(), codings=()),
            {"job": "job", "part": 576},
        ),
    ],
    ids=["upload", "utterance", "block", "part"],
)
def test_an_event_says_what_it_is_about(event, facts):
    assert events.facts(event) == facts


@pytest.mark.parametrize("kind", ["OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE", None])
def test_no_other_event_of_an_object_is_an_upload(kind):
    for decode in (events.upload, events.dead_letter):
        with pytest.raises(Unreadable, match="no finalized object"):
            decode(delivered(push(attributes=NOTIFIED | {"eventType": kind})))


def test_a_message_on_the_wrong_topic_is_unreadable():
    with pytest.raises(Unreadable, match="it is a block"):
        events.utterance(delivered(push(encode_step(BLOCK))))
    with pytest.raises(Unreadable, match="it is an utterance"):
        events.step(delivered(push(encode_utterance(UTTERANCE))))


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"[" * 10_000,
        b"null",
        {},
        {"message": None},
        push(),
        push(b"not JSON"),
        push(b"{}"),
        push(attributes=["objectId"]),
        {"message": {"data": "%%%"}},
        {"message": {"data": "%" + base64.b64encode(encode_step(BLOCK)).decode()}},
        {"message": {"data": "é"}},
        {"message": {"data": 5}},
    ],
    ids=lambda body: repr(body)[:40],
)
def test_what_makes_no_sense_is_unreadable(decode, body):
    with pytest.raises(Unreadable):
        decode(delivered(body))


@pytest.mark.parametrize("generation", ["", "x", "-1", "1.5", "²", "9" * 5_000, "٣", True, 1.5, None, -1])
def test_a_generation_that_is_no_number_is_unreadable(generation):
    attributes = NOTIFIED | {"objectGeneration": generation}
    for body in (push(attributes=attributes), OBJECT | {"generation": generation}):
        with pytest.raises(Unreadable):
            events.upload(delivered(body))


@given(st.sampled_from(DECODERS), st.binary() | anything.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_unreadable(decode, body):
    read_or_unreadable(decode, body)


@given(st.sampled_from(DECODERS), st.sampled_from(["data", "attributes"]), anything)
def test_any_message_is_read_or_unreadable(decode, field, value):
    read_or_unreadable(decode, push(encode_step(BLOCK), attributes=NOTIFIED) | {"message": {field: value}})


@given(st.sampled_from(["bucketId", "objectId", "objectGeneration", "eventType"]), anything)
@example("objectId", "\ud800")
def test_any_attributes_are_read_or_unreadable(field, value):
    read_or_unreadable(events.upload, push(attributes=NOTIFIED | {field: value}))


def read_or_unreadable(decode, body):
    try:
        value = decode(delivered(body))
    except Unreadable:
        return
    assert isinstance(value, Upload | Utterance | Block)
    if isinstance(value, Upload):
        assert value.job
