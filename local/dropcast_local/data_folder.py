"""Where the local stack keeps its clips between runs, used by one process at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(Exception):
    """Another dropcast works in this folder."""


def default_data_folder() -> Path:
    """The folder of this user for what can be made again."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "dropcast"


@contextmanager
def locked(folder: Path, when_taken: Callable[[], None] | None = None) -> Iterator[None]:
    """Have a folder to oneself: wait for it after saying so with `when_taken`, or else raise FolderInUse."""
    folder.mkdir(parents=True, exist_ok=True)
    # The lock goes with the process, however it ends: there is no stale one to remove.
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if when_taken is None:
                raise FolderInUse(f"{folder}: another dropcast is at work in this folder") from None
            when_taken()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
