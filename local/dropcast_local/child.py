"""How a process of the local stack starts, says that it answers, and ends with its parent.

A child prints one JSON line on standard output once it answers (its endpoint, and whatever else its parent
must know), and ends cleanly on SIGTERM, on SIGINT, and when its standard input closes: the parent holds the
other end of that pipe and never writes to it, so that a parent killed with -9 leaves nothing behind either.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping

RUIN = "CRITICAL"  # severity of an event after which the stack is broken


def announce(facts: Mapping[str, object]) -> None:
    """Tell the parent that this process answers now."""
    print(json.dumps(facts), flush=True)


def tell_of_ruin(reason: str) -> None:
    """Tell the parent why this process can do nothing more, however often it is started again."""
    print(json.dumps({"severity": RUIN, "message": reason}), flush=True)


def when_told_to_end(end: Callable[[], None]) -> None:
    """Call `end` once: at the first signal, or when the parent is gone.

    `end` runs in whatever thread notices first and must only ask for the end (set an event, a flag).
    To be called from the main thread.
    """
    once = threading.Lock()

    def told(*_: object) -> None:
        if once.acquire(blocking=False):
            end()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    if not sys.stdin.isatty():
        threading.Thread(target=_watch_parent, args=(told,), daemon=True).start()


def _watch_parent(told: Callable[[], None]) -> None:
    # os.read, not sys.stdin: a daemon thread blocked in buffered reading stops the interpreter's exit.
    while os.read(0, 4096):
        pass
    told()
