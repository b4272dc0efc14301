"""HTTP POST over connections that are kept open, on asyncio: what a push costs is mostly this."""

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass

import h11

# Servers close idle connections on their own (gunicorn after 2 s); ask on one no older than this.
_LONGEST_IDLE = 1.0


class UnansweredError(Exception):
    """The connection ended before an answer began."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to post: an http:// address taken apart once."""

    host: str
    port: int
    target: str
    authority: str


_ADDRESS = re.compile(r"http://(?P<authority>(?P<host>[\w.-]+)(:(?P<port>\d{1,5}))?)(?P<target>/[!-~]*)?")


def endpoint_of(url: str) -> Endpoint:
    """Take an http:// address apart; a ValueError says that it is none."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError(f"not an http:// address: {url!r}")
    return Endpoint(found["host"], int(found["port"] or 80), found["target"] or "/", found["authority"])


class _Connection(asyncio.Protocol):
    """One connection that carries one exchange at a time."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._http = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._status: int | None = None

    async def post(self, endpoint: Endpoint, headers: list[tuple[str, str]], body: bytes) -> int:
        """The status of the answer, once it is complete."""
        self._answer = asyncio.get_running_loop().create_future()
        self._status = None
        request = h11.Request(method="POST", target=endpoint.target, headers=headers)
        outgoing = [self._http.send(event) for event in (request, h11.Data(data=body), h11.EndOfMessage())]
        if self._transport is None:
            raise UnansweredError
        self._transport.write(b"".join(part for part in outgoing if part))
        return await self._answer

    @property
    def reusable(self) -> bool:
        """Whether another exchange may follow."""
        return self._transport is not None and self._http.our_state is h11.IDLE

    def close(self) -> None:
        """End the connection now, whatever it is doing."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        self._receive(b"")

    def data_received(self, data: bytes) -> None:
        self._receive(data)

    def _receive(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            self._read_events()
        except h11.RemoteProtocolError:
            self._fail()

    def _read_events(self) -> None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.InformationalResponse | h11.Response):
                self._status = event.status_code
                # 102 acknowledges a push by itself: whatever may follow is not waited for.
                if event.status_code == 102:
                    self._finish()
                    self.close()
                    return
            elif isinstance(event, h11.EndOfMessage):
                self._finish()
                if self._http.their_state is h11.DONE:
                    self._http.start_next_cycle()
                else:
                    self.close()
                return
            elif isinstance(event, h11.ConnectionClosed):
                self._fail()
                return
            elif event is h11.NEED_DATA or event is h11.PAUSED:
                return

    def _finish(self) -> None:
        if self._answer is not None and not self._answer.done() and self._status is not None:
            self._answer.set_result(self._status)

    def _fail(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(UnansweredError())
        self.close()


class Connections:
    """Posts to any endpoint, over an open connection where there is one."""

    def __init__(self) -> None:
        self._idle: defaultdict[tuple[str, int], list[_Connection]] = defaultdict(list)

    async def post(self, endpoint: Endpoint, body: bytes, timeout: float) -> int | None:
        """The status of the answer; None if there was none in time."""
        try:
            async with asyncio.timeout(timeout):
                return await self._post(endpoint, body)
        except (TimeoutError, OSError, UnansweredError):
            return None

    def close(self) -> None:
        """Close what is open and idle."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    async def _post(self, endpoint: Endpoint, body: bytes) -> int:
        headers = [
            ("Host", endpoint.authority),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Accept", "application/json"),
            ("From", "noreply@google.com"),
            ("User-Agent", "CloudPubSub-Google"),
        ]
        connection = self._idle_connection(endpoint)
        if connection is not None:
            try:
                return await self._exchange(connection, endpoint, headers, body)
            except UnansweredError:
                # The server closed an idle connection just as it was used again: that is no failed push.
                pass
        connection = await self._connect(endpoint)
        return await self._exchange(connection, endpoint, headers, body)

    def _idle_connection(self, endpoint: Endpoint) -> _Connection | None:
        idle = self._idle[endpoint.host, endpoint.port]
        freshest_allowed = asyncio.get_running_loop().time() - _LONGEST_IDLE
        while idle:
            connection = idle.pop()
            if connection.reusable and connection.idle_since >= freshest_allowed:
                return connection
            connection.close()
        return None

    async def _connect(self, endpoint: Endpoint) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, endpoint.host, endpoint.port)
        return connection

    async def _exchange(
        self, connection: _Connection, endpoint: Endpoint, headers: list[tuple[str, str]], body: bytes
    ) -> int:
        try:
            status = await connection.post(endpoint, headers, body)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle[endpoint.host, endpoint.port].append(connection)
        return status
