"""A request and its answer, as values: what the API knows of HTTP."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl


def no_body(_: int) -> bytes:
    """Read a body that is not there."""
    return b""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What a client asks. `path` is decoded; header names are in lower case.

    `read` returns no more than so many bytes of the body, fewer only at its end. Raises BrokenBody.
    `endpoint` is the address by which the client came, to which it appends /texttospeech/….
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[int], bytes] = no_body
    endpoint: str = "http://localhost"

    def parameters(self) -> dict[str, str]:
        """Return the query's parameters; of one that is given twice, the first."""
        given = parse_qsl(self.query, keep_blank_values=True)
        return dict(reversed(given))


class BrokenBody(Exception):
    """The client broke off, or does not keep to HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told: bytes, or a stream of them whose length a header gives."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = b""


NOTHING: Mapping[str, str] = MappingProxyType({})


def json_answer(status: int, value: object, headers: Mapping[str, str] = NOTHING) -> Answer:
    """Answer in JSON, in ASCII: what clients send may hold halves of characters, which UTF-8 cannot."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", **headers}, body)
