"""The stand-in as a process: a port, a file, one event loop, until it is told to end."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import grpc.aio

from dropcast_local.child import announce, when_told_to_end
from dropcast_local.pubsub.broker import Broker
from dropcast_local.pubsub.control import Control
from dropcast_local.pubsub.publisher import Publisher
from dropcast_local.pubsub.store import Store
from dropcast_local.pubsub.subscriber import Subscriber

# Above the 10 MB that a request may have, so that the answer to a larger one is ours and says why.
_LARGEST_REQUEST = 32_000_000


class NoFreePortError(Exception):
    """None of the ports allowed could be had."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process was asked to run."""

    ports: Iterable[int]
    deliver_twice: bool
    data: Path | None


async def serve(settings: Settings) -> None:
    """Answer until told to end, then end at once: what is undelivered stays in the file, if one was named."""
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(told_to_end.set)

    when_told_to_end(end)
    store = _open_store(settings.data)
    broker = Broker(store, deliver_twice=settings.deliver_twice)
    server = _server(broker)
    endpoint = _listen(server, settings.ports)
    broker.resume()
    await server.start()
    announce({"endpoint": endpoint})
    await told_to_end.wait()
    await server.stop(grace=None)
    await broker.close()
    store.close()


def _open_store(data: Path | None) -> Store:
    if data is None:
        return Store(None)
    data.mkdir(parents=True, exist_ok=True)
    return Store(data / "pubsub.sqlite3")


def _server(broker: Broker) -> grpc.aio.Server:
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", _LARGEST_REQUEST),
            ("grpc.max_send_message_length", -1),
            # Two stand-ins on one port would share its connections instead of one of them failing.
            ("grpc.so_reuseport", 0),
        ]
    )
    server.add_generic_rpc_handlers(
        [service(broker).handler() for service in (Publisher, Subscriber, Control)]
    )
    return server


def _listen(server: grpc.aio.Server, ports: Iterable[int]) -> str:
    for port in ports:
        try:
            return f"127.0.0.1:{server.add_insecure_port(f'127.0.0.1:{port}')}"
        except RuntimeError:
            continue
    raise NoFreePortError
