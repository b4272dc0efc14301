"""What travels on the topics is read back as it was sent, and nonsense is refused for good."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.jobs.blocks import Block
from dropcast.jobs.messages import NewerMessage, Unreadable, decode_message, encode_step, encode_utterance
from dropcast.jobs.part import PCM, Bed, Coding, Part, Piece
from dropcast.jobs.recording import Recording
from dropcast.jobs.utterance import Utterance
from dropcast.voices.request import speech_request

REQUEST = speech_request(
    kind="text", content="Guten Tag! 👋", voice="de-DE-Neural2-G", language_code="de-DE", pitch=-2
)
UTTERANCE = Utterance("story-7-abc", 40, 64, 12, REQUEST)
BLOCK = Block("story-7-abc", 1, 64)
PART = Part(
    job="story-7-abc",
    position=576,
    samples=5760,
    sample_rate_hertz=24_000,
    is_last=True,
    ceiling=0.5,
    pieces=(Piece("sound/story-7-abc/000000", 44, "ab", 0, 5760, 12, -1.5, 120, 120),),
    beds=(Bed("sound/story-7-abc/000001", 44, "cd", 900, -5, 90, 9, ((0, -12.0), (50, -22.0))),),
    codings=(Coding("mp3", 24_000, 96), PCM),
    digests=("12", "34"),
    maker="1; encoder",
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def fields(message):
    return json.loads(message)


def encoded(value):
    return json.dumps(value).encode()


@given(st.builds(Block, st.text(st.characters(exclude_categories=["Cs"])), st.just(0), st.integers(1)))
def test_a_block_is_read_back_as_it_was_sent(block):
    assert decode_message(encode_step(block)) == block


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0), st.floats(0.25, 2))
def test_an_utterance_is_read_back_as_it_was_sent(content, index, rate):
    request = speech_request(
        kind="ssml", content=content, voice="en-US-Neural2-C", language_code="en-US", speaking_rate=rate
    )
    utterance = Utterance("job", index, index + 1, 3, request)
    assert decode_message(encode_utterance(utterance)) == utterance


def test_a_recording_is_read_back_as_it_was_sent():
    utterance = Utterance("job", 0, 1, -1, Recording("music/tune.mp3", 24_000))
    assert decode_message(encode_utterance(utterance)) == utterance


def test_a_part_is_read_back_as_it_was_sent():
    assert decode_message(encode_step(PART)) == PART


@pytest.mark.parametrize("field", list(fields(encode_step(PART))["part"]))
@pytest.mark.parametrize("value", [None, "x", {"a": 1}, [["x"]]])
def test_a_part_of_the_wrong_shape_is_refused_for_good(field, value):
    part = fields(encode_step(PART))["part"]
    assume_wrong = type(part[field]) is not type(value)
    if assume_wrong and (field, value) != ("ceiling", None):
        with pytest.raises(Unreadable):
            decode_message(encoded({"version": 1, "part": part | {field: value}}))


@pytest.mark.parametrize(
    ("message", "version"),
    [
        (encode_utterance(UTTERANCE), 1),
        (encode_step(BLOCK), 1),
        (encode_utterance(replace(UTTERANCE, request=Recording("tune.mp3", 24_000))), 2),
        (encode_step(PART), 2),
    ],
)
def test_a_message_has_the_first_version_that_reads_it_so_that_older_releases_leave_the_others(
    message, version
):
    assert fields(message)["version"] == version


def test_what_another_release_adds_is_left_aside():
    utterance = fields(encode_utterance(UTTERANCE)) | {"newer": {"x": [1]}}
    utterance["request"]["newer"] = 1
    assert decode_message(encoded(utterance)) == UTTERANCE
    assert decode_message(encoded(fields(encode_step(BLOCK)) | {"newer": 1})) == BLOCK


@pytest.mark.parametrize("message", [encode_utterance(UTTERANCE), encode_step(BLOCK)])
def test_a_message_of_a_newer_version_is_left_for_an_instance_of_that_release(message):
    with pytest.raises(NewerMessage, match="version 4"):
        decode_message(encoded(fields(message) | {"version": 4}))


@pytest.mark.parametrize("missing", ["job", "utterance", "of", "line", "request"])
def test_an_utterance_that_lacks_something_is_unreadable(missing):
    message = fields(encode_utterance(UTTERANCE))
    del message[missing]
    with pytest.raises(Unreadable):
        decode_message(encoded(message))


@pytest.mark.parametrize("missing", ["kind", "content", "voice", "languageCode", "sampleRateHertz"])
def test_a_request_that_lacks_something_is_unreadable(missing):
    message = fields(encode_utterance(UTTERANCE))
    del message["request"][missing]
    with pytest.raises(Unreadable):
        decode_message(encoded(message))


def readable_or_refused(data):
    with suppress(Unreadable):
        assert isinstance(decode_message(data), Utterance | Block)


@given(st.binary())
@example(b"\xff\xfe")
@example(b"[" * 10_000)
@example(b"9" * 5_000)
def test_any_bytes_are_read_or_unreadable(data):
    readable_or_refused(data)


@given(st.sampled_from(["job", "utterance", "of", "line", "request", "block"]), anything)
def test_an_utterance_with_anything_in_a_field_is_read_or_unreadable(field, value):
    readable_or_refused(encoded(fields(encode_utterance(UTTERANCE)) | {field: value}))


@given(st.sampled_from(sorted(REQUEST.to_json())), anything)
def test_a_request_with_anything_in_a_field_is_read_or_unreadable(field, value):
    message = fields(encode_utterance(UTTERANCE))
    message["request"][field] = value
    readable_or_refused(encoded(message))
