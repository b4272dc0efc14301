"""`python -m dropcast_local.functions_server`: main.py behind HTTP, each entry point under its own name.

The framework's own loader makes one application per entry point, exactly as it does on Cloud Run, where each
has a server of its own. One gunicorn worker with threads serves those that are asked for.
"""

import argparse
import os
import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import functions_framework
from gunicorn.app.base import BaseApplication
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import dropcast
from dropcast_local.child import announce, when_told_to_end

SOURCE = Path(dropcast.__file__).parents[1] / "main.py"
KEEP_ALIVE = 75  # seconds; Pub/Sub keeps its connections, and one closed under a push is a push made twice
LAST_WORDS = 1  # second for requests to end when told to; what is cut off is delivered again

Wsgi = Callable[..., Iterable[bytes]]


def application(entry_points: Iterable[str]) -> Wsgi:
    """Every entry point under its name: /dispatch, /synthesize and so on."""
    mounts = {f"/{name}": functions_framework.create_app(name, str(SOURCE)) for name in entry_points}
    return DispatcherMiddleware(NotFound(), mounts)


class Server(BaseApplication):
    """gunicorn with one worker process, which loads the functions and then says that it answers."""

    def __init__(self, entry_points: list[str], ports: Iterable[int], threads: int) -> None:
        self._entry_points = entry_points
        self._settings: dict[str, Any] = {
            "bind": f"fd://{_listening(ports)}",
            "workers": 1,
            "threads": threads,
            "worker_class": "gthread",
            "worker_connections": 1000,
            "timeout": 0,
            "graceful_timeout": LAST_WORDS,
            "keepalive": KEEP_ALIVE,
            "loglevel": "error",
            "control_socket_disable": True,
            "post_worker_init": _announce,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        return application(self._entry_points)


def _listening(ports: Iterable[int]) -> int:
    """Return a socket that is bound to the first of these ports that is free."""
    for port in ports:
        candidate = socket.socket()
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            candidate.close()
        else:
            return candidate.detach()
    raise OSError("none of the ports allowed is free")


def _announce(worker: Any) -> None:  # gunicorn has no types
    host, port = worker.sockets[0].getsockname()
    announce({"endpoint": f"http://{host}:{port}"})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dropcast_local.functions_server", description="The functions of main.py behind HTTP."
    )
    parser.add_argument("entry_points", nargs="+", metavar="ENTRY_POINT", help="such as dispatch")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose (the default)")
    parser.add_argument("--port-range", type=_range, metavar="A-B", help="the first free port of these")
    parser.add_argument("--threads", type=int, default=64, help="requests answered at once")
    return parser.parse_args()


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last) + 1)


def main() -> None:
    arguments = _arguments()
    # gunicorn puts its own handlers over these signals; what stays is that it ends with its parent.
    when_told_to_end(lambda: os.kill(os.getpid(), signal.SIGQUIT))
    ports = arguments.port_range or [arguments.port]
    Server(arguments.entry_points, ports, arguments.threads).run()


if __name__ == "__main__":
    main()
