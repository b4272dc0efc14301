"""What travels on the topics: an utterance to be spoken; a full block, a part to be rendered. JSON."""

import json

from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.part import Part, decode_part, encode_part
from dropcast.jobs.recording import Recording
from dropcast.jobs.utterance import Utterance, request_from_json
from dropcast.voices.request import MalformedRequest, SpeechRequest

VERSION = 3  # since utterances of batches travel too


class Unreadable(Exception):
    """No delivery will ever make sense of this message."""


class NewerMessage(Exception):
    """A newer release wrote this message: one of its instances will read it when it comes again."""


def encode_utterance(utterance: Utterance) -> bytes:
    return _encode(
        _version(utterance),
        {
            "job": utterance.job,
            "utterance": utterance.index,
            "of": utterance.total,
            "line": utterance.line,
            "request": utterance.request.to_json(),
            **({"withdrawable": True} if utterance.withdrawable else {}),
        },
    )


def _version(utterance: Utterance) -> int:
    if utterance.withdrawable:
        return 3  # an older release would go on to speak what was deleted
    return 2 if isinstance(utterance.request, Recording) else 1


def encode_step(step: Block | Part) -> bytes:
    match step:
        case Block():
            # An older release would take a batch's block for a conversation's, and acknowledge it.
            kind = {"batch": True} if step.is_batch else {}
            fields = {"job": step.job, "block": step.index, "of": step.utterances}
            return _encode(3 if step.is_batch else 1, fields | kind)
        case Part():
            return _encode(2, {"part": encode_part(step)})


def decode_message(data: bytes) -> Utterance | Block | Part:
    """Read a message of either topic. Raises Unreadable, NewerMessage."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    if isinstance(fields, dict) and isinstance(version := fields.get("version"), int) and version > VERSION:
        raise NewerMessage(f"version {version}; this release reads {VERSION}")
    match fields:
        case {"job": str(job), "block": int(index), "of": int(total)} if 0 <= index < block_count(total):
            return Block(job, index, total, fields.get("batch") is True)
        case {
            "job": str(job),
            "utterance": int(index),
            "of": int(total),
            "line": int(line),
            "request": dict(request),
        } if 0 <= index < total:
            withdrawable = fields.get("withdrawable") is True
            return Utterance(job, index, total, line, _request(request), withdrawable)
        case {"part": dict(part)}:
            return _part(part)
        case _:
            raise Unreadable("neither an utterance, nor a block, nor a part")


def _part(fields: dict[str, object]) -> Part:
    try:
        return decode_part(fields)
    except (ValueError, TypeError) as error:
        raise Unreadable(str(error)) from error


def _request(fields: dict[str, object]) -> SpeechRequest | Recording:
    try:
        return request_from_json(fields)
    except MalformedRequest as malformed:
        raise Unreadable(str(malformed)) from malformed


def _encode(version: int, fields: dict[str, object]) -> bytes:
    """Write a message as of the first version that reads it: older releases leave what they do not know."""
    return json.dumps({"version": version} | fields, ensure_ascii=False, separators=(",", ":")).encode()
