"""One request and its reply, with no more between them and the server than an ASGI application needs."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qsl, unquote_to_bytes

from dropcast_local.storage import partial
from dropcast_local.storage.faults import Operation
from dropcast_local.storage.refusals import Refusal, invalid
from dropcast_local.storage.resources import JSON

# What ASGI hands over is typed this loosely.
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_LONGEST_JSON: Final = 8 * 1024 * 1024


class ClientGone(Exception):
    """The connection ended before its request did."""


class Request:
    """A request, its body not yet read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._more = True
        self._scope = scope
        self.method: str = scope["method"]
        try:
            self.segments = [_decoded(part) for part in scope["raw_path"].split(b"/")[1:]]
            text = scope["query_string"].decode("ascii")
            self.query = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
        except UnicodeDecodeError as error:
            raise invalid("Names must be percent-encoded UTF-8.") from error
        self._headers = dict(scope["headers"])
        # What it turned out to ask for, once a handler knows.
        self.operation: Operation | None = None

    def header(self, name: str) -> str | None:
        """A header by its name in lower case."""
        value = self._headers.get(name.encode())
        return None if value is None else str(value, "latin-1")

    @property
    def base(self) -> str:
        """The address by which the client came."""
        return f"{self._scope['scheme']}://{self.header('host')}"

    def reset_connection(self) -> None:
        """Break the connection as a failing network does."""
        self._scope["state"]["reset"]()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, what is left of it."""
        while self._more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            self._more = message.get("more_body", False)
            if body := message.get("body"):
                yield body

    async def drain(self) -> None:
        """Read past what is left of the body, so that the client reads the reply and not a broken pipe."""
        async for _ in self.chunks():
            pass

    async def gone(self) -> None:
        """Return once the connection has ended."""
        self._more = False
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def json(self) -> JSON:
        """The body as a JSON object; none is an empty one."""
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > _LONGEST_JSON:
                raise Refusal(413, "uploadTooLarge", "The metadata is too large.")
        return parsed_json(bytes(body))


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; `commits` says that with it the operation is done, not merely under way."""

    status: int = 200
    headers: Sequence[Header] = ()
    body: bytes = b""
    stream: Iterator[bytes] | None = None
    commits: bool = True

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        if self.stream is not None:
            for piece in self.stream:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": self.body})


def json_reply(request: Request, resource: JSON, status: int = 200) -> Reply:
    """A resource, or the fields of it that the client asked for."""
    fields = request.query.get("fields")
    chosen = partial.project(resource, partial.parsed(fields)) if fields else resource
    return _json(status, chosen)


def error_reply(refusal: Refusal) -> Reply:
    """A refusal in Google's envelope; 304 has no body."""
    if refusal.status == 304:
        return Reply(304)
    return _json(refusal.status, refusal.resource())


def empty_reply(status: int, headers: Sequence[Header] = (), *, commits: bool = True) -> Reply:
    """A reply of headers alone."""
    length = () if status == 204 else ((b"content-length", b"0"),)
    return Reply(status, (*headers, *length), commits=commits)


def parsed_json(body: bytes) -> JSON:
    """A JSON object; nothing at all is an empty one."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "parseError", "Parse Error") from error
    if not isinstance(value, dict):
        raise Refusal(400, "parseError", "Parse Error")
    return cast(JSON, value)


def _json(status: int, value: object) -> Reply:
    body = json.dumps(value, separators=(",", ":")).encode()
    headers = (
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", b"%d" % len(body)),
    )
    return Reply(status, headers, body)


def _decoded(part: bytes) -> str:
    return unquote_to_bytes(part).decode() if b"%" in part else part.decode()
