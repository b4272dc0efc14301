"""The body of a PUT: JSON, and never more of it than is allowed."""

import re

from dropcast.batchapi.errors import bad_request, too_large, unsupported_media_type
from dropcast.batchapi.exchange import ApiRequest, BrokenBody
from dropcast.scripts.batch.request import MAX_REQUEST_BYTES

LENGTH = re.compile("[0-9]{1,18}", re.ASCII)


def read_body(request: ApiRequest) -> bytes:
    """Return the body as it came. Raises Refused, before it is read whole if it is too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise unsupported_media_type(f"The Content-Type is {kind[:80]!r}; it must be application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise unsupported_media_type("The body must come without a Content-Encoding.")
    length = request.headers.get("content-length", "")
    if LENGTH.fullmatch(length) and int(length) > MAX_REQUEST_BYTES:
        raise too_large(MAX_REQUEST_BYTES)
    try:
        body = request.read(MAX_REQUEST_BYTES + 1)  # one that comes in chunks tells no length beforehand
    except BrokenBody as broken:
        raise bad_request(f"The request body broke off: {broken}") from broken
    if len(body) > MAX_REQUEST_BYTES:
        raise too_large(MAX_REQUEST_BYTES)
    return body
