"""Starts one stand-in of the local stack as the stack does, for a test that needs no more than that."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stand_in(name: str, *arguments: str, **environment: str) -> Iterator[dict[str, str]]:
    """Run `python -m dropcast_local.<name>` and yield what it announces."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"dropcast_local.{name}", "--port", "0", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
