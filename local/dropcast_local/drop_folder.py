"""A folder that is the uploads bucket's doorstep: a file copied into it is an upload."""

import hashlib
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.cloud.storage import Blob, Bucket
from watchfiles import watch

from dropcast.scripts.conversation import Conversation
from dropcast.scripts.names import is_script_name
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast_local.failures import Failed
from dropcast_local.place import PATIENCE, told_plainly
from dropcast_local.problems import notes_on
from dropcast_local.recording_uploads import is_same, objects, upload
from dropcast_local.recordings import NoRecording, names_in_script, read_recording

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
    """Uploads every script and recording of a folder, once it is complete, and again whenever it changes.

    A script follows the recordings that it names, also when one of them changes.
    """

    def __init__(self, folder: Path, uploads: Bucket, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._uploads = uploads
        self._say = say
        self._dropped: dict[str, _State] = {}
        self._growing: dict[str, tuple[_State, float]] = {}
        self._waiting: dict[str, set[str]] = {}  # scripts, and the recordings that they were said to lack
        self._recordings: dict[str, set[str]] = {}  # of each script that was dropped

    def watch(self, told_to_end: threading.Event) -> None:
        """Upload what is there and what comes, until told to end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._upload_what_is_complete()
        for _ in watch(self._folder, stop_event=told_to_end, rust_timeout=LOOK, yield_on_timeout=True):
            self._upload_what_is_complete()

    def _upload_what_is_complete(self) -> None:
        files = list(self._files())
        self._growing = {name: self._growing[name] for name, _, _ in files if name in self._growing}
        for name, path, state in files:
            if self._dropped.get(name) == state:
                continue
            try:
                if not (self._is_complete(name, path, state) and self._drop(name, path)):
                    continue
            except (Failed, OSError) as error:
                self._say(f"{path}: not uploaded: {error}; it is tried again")
            else:
                self._dropped[name] = state
                del self._growing[name]

    def _files(self) -> Iterator[tuple[str, Path, _State]]:
        # Scripts last: a folder that is copied whole has their recordings.
        for path in sorted(self._folder.rglob("*"), key=lambda path: (is_script_name(path.name), path)):
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

    def _drop(self, name: str, path: Path) -> bool:
        """Upload a file that is complete; say whether that is done, or must wait."""
        with told_plainly():
            if is_script_name(name):
                return self._drop_script(name, path)
            self._drop_recording(name, path)
            return True

    def _drop_recording(self, name: str, path: Path) -> None:
        try:
            file = read_recording(path)
        except NoRecording as flaw:
            self._say(f"{path}: not a script (.json), left alone, and cannot be heard: {flaw}")
            return
        there = self._uploads.get_blob(name, **PATIENCE)
        if there is not None and is_same(there, file):
            self._say(f"{path}: unchanged, not uploaded again")
            return
        upload(name, file, self._uploads, self._say, is_new=there is None)
        for script, recordings in self._recordings.items():
            if name in recordings:  # it sounds otherwise now
                self._dropped.pop(script, None)

    def _drop_script(self, name: str, path: Path) -> bool:
        content = path.read_bytes()
        conversation = _read(content)
        if conversation is not None and not self._has_its_recordings(name, path, conversation):
            return False
        there = self._uploads.get_blob(name, **PATIENCE)
        if there is not None and there.md5_hash == _md5(content) and not self._is_older(there):
            self._say(f"{path}: unchanged, not uploaded again")
            return True
        blob = self._uploads.blob(name)
        blob.upload_from_string(content, content_type="application/json", **PATIENCE)
        self._say(f"{path}: uploaded to gs://{self._uploads.name}/{name}")
        for note in notes_on(path, conversation) if conversation else ():
            self._say(note)
        return True

    def _has_its_recordings(self, name: str, path: Path, conversation: Conversation) -> bool:
        """Say whether the bucket has all that a script names, and tell what is waited for."""
        named = {recording for recording, _ in names_in_script(conversation, self._uploads.name)}
        self._recordings[name] = named
        missing = named - objects(named, self._uploads).keys()
        if missing and missing != self._waiting.get(name):
            files = ", ".join(str(self._folder / recording) for recording in sorted(missing))
            self._say(f"{path}: waits for recordings that it names: {files}")
        self._waiting[name] = missing
        return not missing and not named & self._growing.keys()

    def _is_older(self, script: Blob) -> bool:
        """Say whether a recording was uploaded since its script was."""
        recordings = objects(self._recordings.get(script.name, ()), self._uploads).values()
        return any(recording.time_created > script.time_created for recording in recordings)


def _read(content: bytes) -> Conversation | None:
    try:
        return read_conversation(content)
    except ScriptRejected:  # which the report tells, in a moment
        return None


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _md5(content: bytes) -> str:
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
