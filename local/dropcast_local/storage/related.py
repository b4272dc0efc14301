"""A multipart/related upload: an object's metadata and its bytes in one body."""

import re
from collections.abc import AsyncIterator
from typing import Final

from dropcast_local.storage.http import parsed_json
from dropcast_local.storage.refusals import invalid
from dropcast_local.storage.resources import JSON

_BOUNDARY: Final = re.compile(
    r"""multipart/related;.*?\bboundary=(?:"([^"]+)"|'([^']+)'|([^\s;]+))""", re.I | re.S
)
_CONTENT_TYPE: Final = re.compile(rb"content-type:\s*(.*)", re.I)
_LONGEST_HEAD: Final = 1024 * 1024


class Related:
    """Reads the two parts one after the other, the second as a stream."""

    def __init__(self, content_type: str | None, chunks: AsyncIterator[bytes]) -> None:
        found = _BOUNDARY.match(content_type or "")
        if found is None:
            raise invalid("A multipart upload needs Content-Type: multipart/related; boundary=…")
        self._delimiter = b"--" + next(filter(None, found.groups())).encode("latin-1")
        self._chunks = chunks
        self._buffer = b""

    async def metadata(self) -> JSON:
        """The first part; where it has no contentType, the second part's header gives one."""
        await self._until(self._delimiter)
        # Google's older clients end lines without a carriage return; then the media may end with one.
        line_end = b"\r\n" if (await self._until(b"\n")).endswith(b"\r") else b"\n"
        self._delimiter = line_end + self._delimiter
        await self._header()
        metadata = parsed_json(await self._until(self._delimiter))
        await self._until(b"\n")
        content_type = await self._header()
        return metadata if content_type is None else {"contentType": content_type, **metadata}

    async def media(self) -> AsyncIterator[bytes]:
        """The second part as it arrives."""
        kept = len(self._delimiter) - 1
        while (cut := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > kept:
                yield self._buffer[:-kept]
                self._buffer = self._buffer[-kept:]
            await self._fill()
        yield self._buffer[:cut]
        async for _ in self._chunks:
            pass

    async def _header(self) -> str | None:
        content_type = None
        while line := (await self._until(b"\n")).strip():
            if found := _CONTENT_TYPE.fullmatch(line):
                content_type = found[1].decode("latin-1")
        return content_type

    async def _until(self, marker: bytes) -> bytes:
        while (cut := self._buffer.find(marker)) < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise invalid("The metadata of a multipart upload is too large.")
            await self._fill()
        head = self._buffer[:cut]
        self._buffer = self._buffer[cut + len(marker) :]
        return head

    async def _fill(self) -> None:
        chunk = await anext(self._chunks, None)
        if chunk is None:
            raise invalid("The multipart body ends before its last boundary.")
        self._buffer += chunk
