"""How the plan of a batch is stored: its head as JSON, its inputs as JSON lines, block by block."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby

from dropcast.jobs.batch.plan import VERSION, BatchHead, BatchPlan, Piece, PlannedInput, Token
from dropcast.jobs.blocks import BLOCK_SIZE
from dropcast.jobs.identity import Upload
from dropcast.jobs.stored import known
from dropcast.scripts.batch.formats import FORMATS, AudioFormat
from dropcast.scripts.batch.request import Destination, Wanted
from dropcast.voices.request import SpeechRequest

DIGEST_DIGITS = 32


def with_digest(plan: BatchPlan) -> BatchPlan:
    """Return the plan with the digest of its inputs: those of two plans of one upload have two names."""
    whole = hashlib.sha256()
    for planned in plan.inputs:
        whole.update(_encode_input(planned))
    return replace(plan, head=replace(plan.head, inputs_digest=whole.hexdigest()[:DIGEST_DIGITS]))


def inputs_by_block(plan: BatchPlan) -> Iterator[tuple[int, bytes]]:
    """Yield each block, and the inputs that are finished with it, as they are stored."""
    for block, inputs in groupby(plan.inputs, last_block):
        yield block, b"".join(map(_encode_input, inputs))


def encode_head(head: BatchHead) -> bytes:
    return _json({"version": VERSION} | asdict(head))


def decode_head(data: bytes) -> BatchHead:
    """Read what encode_head wrote. Raises ValueError."""
    match json.loads(data):
        case {"upload": dict(upload), "wanted": dict(wanted)} as fields:
            bundles = tuple(fields.get("bundles", ()))
            parts = {"upload": known(Upload, upload), "wanted": _decode_wanted(wanted), "bundles": bundles}
            return known(BatchHead, fields | parts)
        case _:
            raise ValueError("not the head of a batch")


def decode_inputs(lines: bytes) -> list[PlannedInput]:
    """Read the inputs of a block. Raises ValueError."""
    return [_decode_input(json.loads(line)) for line in lines.splitlines()]


def last_block(planned: PlannedInput) -> int:
    """Return the block with which an input is finished; without utterances, that of the input before it."""
    return max(0, planned.utterances.stop - 1) // BLOCK_SIZE


def _encode_input(planned: PlannedInput) -> bytes:
    fields = {
        "index": planned.index,
        "content": planned.content,
        "first": planned.first_utterance,
        "pieces": [_piece_fields(piece) for piece in planned.pieces],
        "restAfterMs": planned.rest_after_ms,
        "voices": dict(planned.voices),
        "notes": list(planned.notes),
        "error": planned.error,
    }
    return _json({name: value for name, value in fields.items() if value not in (None, 0, [], {})}) + b"\n"


def _piece_fields(piece: Piece) -> dict[str, object]:
    fields = {
        "request": piece.request.to_json(),
        "tokens": [[token.text, token.sentence, int(token.is_word)] for token in piece.tokens],
        "sentences": list(piece.sentences),
        "restBeforeMs": piece.rest_before_ms,
        "trimStart": piece.trim_start,
        "trimEnd": piece.trim_end,
    }
    return {name: value for name, value in fields.items() if value}


def _decode_input(fields: dict[str, object]) -> PlannedInput:
    match {"index": 0, "first": 0, "pieces": [], "restAfterMs": 0, "voices": {}, "notes": []} | fields:
        case {
            "index": int(index),
            "content": str(content),
            "first": int(first),
            "pieces": list(pieces),
            "restAfterMs": int(rest_after_ms),
            "voices": dict(voices),
            "notes": list(notes),
        }:
            error = fields.get("error")
            return PlannedInput(
                index,
                content,
                first,
                tuple(map(_decode_piece, pieces)),
                rest_after_ms,
                voices,
                tuple(notes),
                error if isinstance(error, str) else None,
            )
        case _:
            raise ValueError(f"not an input of a batch: {str(fields)[:200]}")


def _decode_piece(fields: dict[str, object]) -> Piece:
    match {"tokens": [], "sentences": [], "restBeforeMs": 0} | fields:
        case {
            "request": dict(request),
            "tokens": list(tokens),
            "sentences": list(sentences),
            "restBeforeMs": int(rest_before_ms),
        }:
            return Piece(
                SpeechRequest.from_json(request),
                tuple(_token(token) for token in tokens),
                tuple(sentences),
                rest_before_ms,
                fields.get("trimStart") is True,
                fields.get("trimEnd") is True,
            )
        case _:
            raise ValueError(f"not a piece of an input: {str(fields)[:200]}")


def _token(stored: Sequence[object]) -> Token:
    match stored:
        case [str(text), int(sentence), int(is_word)]:
            return Token(text, sentence, bool(is_word))
        case _:
            raise ValueError(f"not a token: {stored}")


def _decode_wanted(fields: dict[str, object]) -> Wanted:
    match fields:
        case {"audio": dict(audio), "destination": dict() | None as destination}:
            kept = known(Destination, destination) if destination else None
            return known(Wanted, fields | {"audio": _format(audio), "destination": kept})
        case _:
            raise ValueError("not what is wanted of a batch")


def _format(fields: dict[str, object]) -> AudioFormat:
    return FORMATS.get(str(fields.get("name"))) or known(AudioFormat, fields)


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
