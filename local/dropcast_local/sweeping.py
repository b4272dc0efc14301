"""Calls the sweep again and again, as a schedule does in the cloud."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests

BETWEEN = 60.0  # seconds
LONGEST = 540.0  # seconds, as long as a scheduled function may take
PATIENCE = 1.0  # second for a sweep to end; one that does not, ends with the stack


@contextmanager
def swept(url: str, between: float = BETWEEN) -> Iterator[None]:
    """Have the sweep called until the context ends."""
    told_to_end = threading.Event()
    thread = threading.Thread(target=_sweep, args=(url, between, told_to_end), daemon=True)
    thread.start()
    try:
        yield
    finally:
        told_to_end.set()
        thread.join(PATIENCE)


def _sweep(url: str, between: float, told_to_end: threading.Event) -> None:
    with requests.Session() as session:
        session.trust_env = False  # never by way of a proxy
        while not told_to_end.wait(between):
            with suppress(requests.RequestException):  # the next one does what this one did not
                session.post(url, timeout=LONGEST)
