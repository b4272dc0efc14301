"""Where the local stack keeps its clips between runs, used by one process at a time."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = ("storage", "pubsub")  # what a stack makes in its folder
LOCK = "lock"


class FolderInUse(Exception):
    """Another dropcast works in this folder."""


def default_data_folder() -> Path:
    """The folder of this user for what can be made again."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "dropcast"


def size_of(folder: Path) -> int:
    """How many bytes the files of a folder take, each counted once however many names it has."""
    found = (path.lstat() for path in folder.rglob("*") if not path.is_dir())
    return sum({(entry.st_dev, entry.st_ino): entry.st_size for entry in found}.values())


def clear(folder: Path) -> None:
    """Remove what stacks keep in a folder, and nothing else that may lie there. Raises FolderInUse."""
    if not folder.is_dir():
        return
    with locked(folder):
        for kept in KEPT:
            shutil.rmtree(folder / kept, ignore_errors=True)


def remove_abandoned(parent: Path, prefix: str) -> None:
    """Remove the folders of this prefix whose owner is gone: who has one to itself holds its lock."""
    for folder in parent.glob(f"{prefix}*"):
        try:
            if (folder / LOCK).is_file():
                with locked(folder):
                    shutil.rmtree(folder, ignore_errors=True)
        except (FolderInUse, OSError):  # alive; or somebody else's
            continue


@contextmanager
def locked(folder: Path, when_taken: Callable[[], None] | None = None) -> Iterator[None]:
    """Have a folder to oneself: wait for it after saying so with `when_taken`, or else raise FolderInUse."""
    folder.mkdir(parents=True, exist_ok=True)
    # The lock goes with the process, however it ends: there is no stale one to remove.
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if when_taken is None:
                raise FolderInUse(f"{folder}: another dropcast is at work in this folder") from None
            when_taken()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
