"""What travels on the topics: an utterance to be spoken, a block that is full. JSON with a version."""

import json

from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.utterance import Utterance
from dropcast.voices.request import MalformedRequest, SpeechRequest

VERSION = 1


class Unreadable(Exception):
    """No delivery will ever make sense of this message."""


class NewerMessage(Exception):
    """A newer release wrote this message: one of its instances will read it when it comes again."""


def encode_utterance(utterance: Utterance) -> bytes:
    return _encode(
        {
            "job": utterance.job,
            "utterance": utterance.index,
            "of": utterance.total,
            "line": utterance.line,
            "request": utterance.request.to_json(),
        }
    )


def encode_block(block: Block) -> bytes:
    return _encode({"job": block.job, "block": block.index, "of": block.utterances})


def decode_message(data: bytes) -> Utterance | Block:
    """Read a message of either topic. Raises Unreadable, NewerMessage."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    if isinstance(fields, dict) and isinstance(version := fields.get("version"), int) and version > VERSION:
        raise NewerMessage(f"version {version}; this release reads {VERSION}")
    match fields:
        case {"job": str(job), "block": int(index), "of": int(total)} if 0 <= index < block_count(total):
            return Block(job, index, total)
        case {
            "job": str(job),
            "utterance": int(index),
            "of": int(total),
            "line": int(line),
            "request": dict(request),
        } if 0 <= index < total:
            return Utterance(job, index, total, line, _request(request))
        case _:
            raise Unreadable("neither an utterance nor a block")


def _request(fields: dict[str, object]) -> SpeechRequest:
    try:
        return SpeechRequest.from_json(fields)
    except MalformedRequest as malformed:
        raise Unreadable(str(malformed)) from malformed


def _encode(fields: dict[str, object]) -> bytes:
    return json.dumps({"version": VERSION} | fields, ensure_ascii=False, separators=(",", ":")).encode()
