"""The API's requests and answers as Flask has them, and by which address a client came."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected

from dropcast.batchapi.exchange import Answer, ApiRequest, BrokenBody

HOST = re.compile(r"[a-zA-Z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?", re.ASCII)
PIECE = 1 << 16  # bytes of a body read at a time
LET_GO = 32 << 20  # bytes: Cloud Run lets no larger body through


def asked(request: Request) -> ApiRequest:
    """Read what a client asks, but not yet its body."""
    return ApiRequest(
        request.method,
        request.path,
        request.query_string.decode("latin-1"),
        {name.lower(): value for name, value in request.headers.items()},
        lambda most: _body(request, most),
        endpoint(request.headers, request.scheme, request.root_path),
    )


def endpoint(headers: Headers, scheme: str, root: str) -> str:
    """Return the address by which a client came, through whatever stands in front of us."""
    forwarded = headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    hosts = (headers.get("X-Forwarded-Host", "").partition(",")[0].strip(), headers.get("Host", ""))
    host = next((name for name in hosts if HOST.fullmatch(name)), "localhost")
    return f"{forwarded if forwarded in ('http', 'https') else scheme}://{host}{root.rstrip('/')}"


def response(request: Request, answer: Answer) -> Response:
    """Return an answer as Flask sends it.

    Always as a stream: the framework would read what is left of the request's body before any other, and
    keep it, however large it is.
    """
    made = Response(_stream(answer.body, request.stream), answer.status)
    made.headers = Headers(answer.headers.items())  # without a type that nobody gave
    return made


def _stream(body: bytes | Iterator[bytes], rest: IO[bytes]) -> Iterator[bytes]:
    """Yield the answer, then let go what the client may still be sending.

    Most clients read no answer before they have sent everything, and a server that closes the connection on
    them (gunicorn does, over 64 KiB) takes away their answer, or breaks their next request.
    """
    yield from [body] if isinstance(body, bytes) else body
    left = LET_GO
    with suppress(OSError, ClientDisconnected):
        while left > 0 and (piece := rest.read(PIECE)):
            left -= len(piece)


def _body(request: Request, most: int) -> bytes:
    pieces, left = [], most
    try:
        while left > 0 and (piece := request.stream.read(min(PIECE, left))):
            pieces.append(piece)
            left -= len(piece)
    except (OSError, ClientDisconnected) as error:  # gunicorn's complaints of chunks are OSErrors
        raise BrokenBody(str(error)) from error
    return b"".join(pieces)
