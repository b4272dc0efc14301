"""A folder that is the uploads bucket's doorstep: a file copied into it is an upload."""

import hashlib
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.cloud.storage import Bucket
from watchfiles import watch

from dropcast.scripts.names import is_script_name
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.failures import Failed
from dropcast_local.place import PATIENCE, told_plainly
from dropcast_local.problems import notes_on

SETTLED = 1.0  # second without a change, after which a file counts as complete
HALF_WRITTEN = 10.0  # seconds, where what is there so far is no JSON
LOOK = 500  # milliseconds after which the folder is looked at in any case
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".swp", "~")


@dataclass(frozen=True, slots=True)
class _State:
    """What changes when a file does."""

    size: int
    modified_ns: int


class DropFolder:
    """Uploads every script of a folder, once it is complete, and again whenever it changes."""

    def __init__(self, folder: Path, uploads: Bucket, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._uploads = uploads
        self._say = say
        self._dropped: dict[str, _State] = {}
        self._growing: dict[str, tuple[_State, float]] = {}

    def watch(self, told_to_end: threading.Event) -> None:
        """Upload what is there and what comes, until told to end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._upload_what_is_complete()
        for _ in watch(self._folder, stop_event=told_to_end, rust_timeout=LOOK, yield_on_timeout=True):
            self._upload_what_is_complete()

    def _upload_what_is_complete(self) -> None:
        for name, path, state in self._files():
            if self._dropped.get(name) == state:
                continue
            try:
                if not self._is_complete(name, path, state):
                    continue
                self._upload(name, path)
            except (Failed, OSError) as error:
                self._say(f"{path}: not uploaded: {error}; it is tried again")
            else:
                self._dropped[name] = state
                del self._growing[name]

    def _files(self) -> Iterator[tuple[str, Path, _State]]:
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            hidden = any(part.startswith(".") for part in name.split("/"))
            if hidden or name.lower().endswith(UNFINISHED):
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                yield name, path, _State(found.st_size, found.st_mtime_ns)

    def _is_complete(self, name: str, path: Path, state: _State) -> bool:
        now = time.monotonic()
        seen, since = self._growing.get(name, (None, now))
        if seen != state:
            self._growing[name] = state, now
            return False
        unchanged = now - since
        if unchanged < SETTLED:
            return False
        return unchanged >= HALF_WRITTEN or not is_script_name(name) or _is_json(path.read_bytes())

    def _upload(self, name: str, path: Path) -> None:
        if not is_script_name(name):
            self._say(f"{path}: not a script (.json), left alone")
            return
        content = path.read_bytes()
        with told_plainly():
            there = self._uploads.get_blob(name, **PATIENCE)
            if there is not None and there.md5_hash == _md5(content):
                self._say(f"{path}: unchanged, not uploaded again")
                return
            blob = self._uploads.blob(name)
            blob.upload_from_string(content, content_type="application/json", **PATIENCE)
        self._say(f"{path}: uploaded to gs://{self._uploads.name}/{name}")
        self._say_what_is_odd(path, content)

    def _say_what_is_odd(self, path: Path, content: bytes) -> None:
        try:
            conversation = read_conversation(content)
        except ScriptRejected:  # which the report tells, in a moment
            return
        for note in notes_on(path, conversation):
            self._say(note)


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _md5(content: bytes) -> str:
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
