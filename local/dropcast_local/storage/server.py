"""The process: one event loop, its listeners, its data folder."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from dropcast_local.storage.application import Application
from dropcast_local.storage.blobs import Blobs
from dropcast_local.storage.index import Index
from dropcast_local.storage.outbox import Outbox, PubSub
from dropcast_local.storage.service import Service
from dropcast_local.storage.tls import Certificate


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that listens, and the certificate it shows, if it speaks TLS."""

    socket: socket.socket
    certificate: Certificate | None = None

    @property
    def endpoint(self) -> str:
        scheme = "http" if self.certificate is None else "https"
        host, port = self.socket.getsockname()
        return f"{scheme}://{host}:{port}"


class _Protocol(H11Protocol):
    """uvicorn's, whose connections a handler can break."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.app_state = {"reset": lambda: _reset(transport)}


class _Server(uvicorn.Server):
    """uvicorn's, under the signals and announcements of the local stack."""

    def __init__(self, config: uvicorn.Config, answering: Callable[[], None]) -> None:
        super().__init__(config)
        self._answering = answering

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._answering()


class Server:
    """A stand-in over one data folder; `announce` is called once all its listeners answer."""

    def __init__(
        self, data: Path, listeners: Sequence[Listener], announce: Callable[[], None], copies: int = 1
    ) -> None:
        self._index = Index(data / "index.sqlite")
        self._blobs = Blobs(data / "blobs")
        self._outbox = Outbox(self._index, PubSub(), copies)
        application = Application(Service(self._index, self._blobs, self._outbox))
        self._listeners = listeners
        self._announce = announce
        self._answering = 0
        self._servers = [_Server(_config(application, listener), self._one_answers) for listener in listeners]

    def end(self) -> None:
        """Ask for the end; from any thread."""
        for server in self._servers:
            server.should_exit = True

    async def run(self) -> None:
        """Serve until told to end."""
        # Left by uploads that a killed process was receiving: nothing refers to them.
        for blob in self._index.unknown(self._blobs.names()):
            self._blobs.remove(blob)
        self._outbox.wake()
        pairs = zip(self._servers, self._listeners, strict=True)
        await asyncio.gather(*(server.serve([listener.socket]) for server, listener in pairs))
        await self._outbox.close()
        self._index.close()

    def _one_answers(self) -> None:
        self._answering += 1
        if self._answering == len(self._servers):
            self._announce()


def listening(ports: Sequence[int]) -> socket.socket:
    """A socket on the first of these ports of 127.0.0.1 that is free; port 0 lets the system choose."""
    for port in ports:
        # Named as TCP, or asyncio does not turn Nagle's algorithm off, and each reply takes 40 ms.
        candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
            candidate.listen(1024)
        except OSError:
            candidate.close()
        else:
            return candidate
    raise OSError(f"no free port among {ports[0]}-{ports[-1]}")


def _config(application: Application, listener: Listener) -> uvicorn.Config:
    certificate = listener.certificate
    return uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_keep_alive=300,
        timeout_graceful_shutdown=1,
        ssl_certfile=None if certificate is None else certificate.file,
        ssl_keyfile=None if certificate is None else certificate.key,
    )


def _reset(transport: asyncio.Transport) -> None:
    # Closed with nothing lingering, a connection ends with a reset instead of an orderly end.
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
