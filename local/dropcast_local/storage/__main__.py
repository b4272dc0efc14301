"""`python -m dropcast_local.storage --data DIR` is a Cloud Storage until its parent ends it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from dropcast_local import child
from dropcast_local.storage.index import FolderInUse
from dropcast_local.storage.server import Listener, Server, listening
from dropcast_local.storage.tls import certificate


def main() -> None:
    arguments = _arguments()
    data: Path = arguments.data
    data.mkdir(parents=True, exist_ok=True)
    ports = arguments.port_range or [arguments.port]
    listeners = [Listener(listening(ports))]
    facts = {"endpoint": listeners[0].endpoint, "project": arguments.project}
    if arguments.tls_port is not None:
        secure = Listener(listening([arguments.tls_port]), certificate(data))
        listeners.append(secure)
        facts |= {"tlsEndpoint": secure.endpoint, "certificateFile": str(data / "certificate.pem")}
    try:
        server = Server(
            data, listeners, lambda: child.announce(facts), copies=2 if arguments.notify_twice else 1
        )
    except FolderInUse as error:
        sys.exit(str(error))
    child.when_told_to_end(server.end)
    asyncio.run(server.run())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dropcast_local.storage", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps buckets and objects")
    parser.add_argument("--port", type=int, default=0, help="port of 127.0.0.1; 0 lets the system choose")
    parser.add_argument("--port-range", type=_range, metavar="A-B", help="take the first free port of these")
    parser.add_argument("--tls-port", type=int, help="listen with TLS as well, as gsutil needs; 0 as above")
    parser.add_argument("--project", default="local", help="the project that is announced")
    parser.add_argument("--notify-twice", action="store_true", help="send every notification twice")
    return parser.parse_args()


def _range(text: str) -> Sequence[int]:
    first, _, last = text.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports:
        raise argparse.ArgumentTypeError(f"{text} holds no port")
    return ports


if __name__ == "__main__":
    main()
