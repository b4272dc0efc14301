"""`python -m dropcast_local.pubsub`: see the package."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from dropcast_local.pubsub.server import Settings, serve


def _port_range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last) + 1)


def _settings(arguments: Sequence[str] | None = None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m dropcast_local.pubsub", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose (the default)")
    parser.add_argument(
        "--port-range", type=_port_range, metavar="A-B", help="the first free one of these ports"
    )
    parser.add_argument("--deliver-twice", action="store_true", help="push every message twice")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep everything here across restarts")
    chosen = parser.parse_args(arguments)
    return Settings(
        ports=chosen.port_range or [chosen.port], deliver_twice=chosen.deliver_twice, data=chosen.data
    )


if __name__ == "__main__":
    asyncio.run(serve(_settings()))
