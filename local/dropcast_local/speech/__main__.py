"""`python -m dropcast_local.speech`: the Text-to-Speech stand-in as a process of its own."""

import argparse
import asyncio
import os

import grpc

from dropcast_local.child import announce, when_told_to_end
from dropcast_local.speech.engine import Engine
from dropcast_local.speech.pool import WorkerPool
from dropcast_local.speech.refusals import Rules
from dropcast_local.speech.service import Settings, SpeechService, handlers
from dropcast_local.speech.tone import ToneEngine

HOST = "127.0.0.1"
MOST_WORKERS = 4
# Two stand-ins must never share a port, as gRPC's default would let them.
SERVER_OPTIONS = (("grpc.so_reuseport", 0),)


class NoFreePort(Exception):
    """Every port of the range is taken."""


def main() -> None:
    """Serve until told to end."""
    asyncio.run(_serve(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dropcast_local.speech", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: the system chooses")
    parser.add_argument("--port-range", type=_port_range, metavar="A-B", help="the first free port of these")
    parser.add_argument("--engine", choices=("espeak", "tone"), default="espeak")
    parser.add_argument("--workers", type=int, default=min(MOST_WORKERS, os.cpu_count() or 1))
    parser.add_argument("--delay-ms", type=float, default=0.0, help="the least time that an answer takes")
    parser.add_argument(
        "--requests-per-minute", type=int, help="for each family of voices; default: no limit"
    )
    parser.add_argument("--max-sentence-bytes", type=int, default=Rules().max_sentence_bytes)
    parser.add_argument("--chirp3-ssml", action="store_true", help="let Chirp 3: HD voices take SSML")
    return parser.parse_args()


def _port_range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last) + 1)


async def _serve(arguments: argparse.Namespace) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(told.set)

    when_told_to_end(end)
    engine = await _engine(arguments)
    server = grpc.aio.server(options=SERVER_OPTIONS)
    server.add_generic_rpc_handlers(handlers(SpeechService(engine, _settings(arguments))))
    port = _bound_port(server, arguments.port_range or [arguments.port])
    await server.start()
    announce({"endpoint": f"{HOST}:{port}"})
    await told.wait()
    await server.stop(grace=None)
    await engine.close()


async def _engine(arguments: argparse.Namespace) -> Engine:
    if arguments.engine == "tone":
        return ToneEngine()
    pool = WorkerPool(arguments.workers)
    await pool.open()
    return pool


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        rules=Rules(arguments.max_sentence_bytes, arguments.chirp3_ssml),
        requests_per_minute=arguments.requests_per_minute,
        delay_seconds=arguments.delay_ms / 1000,
    )


def _bound_port(server: grpc.aio.Server, ports: "range | list[int]") -> int:
    for port in ports:
        try:
            return int(server.add_insecure_port(f"{HOST}:{port}"))
        except RuntimeError:
            continue
    raise NoFreePort(f"{ports}")


if __name__ == "__main__":
    main()
