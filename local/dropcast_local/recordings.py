"""Recordings that scripts name, and the files that they mean, below the folder that names count from."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

from dropcast.gateways.containers import container_of
from dropcast.jobs.planning_recordings import recording_named
from dropcast.jobs.recording import Recording
from dropcast.ports import MediaRefused
from dropcast.scripts.conversation import Conversation
from dropcast.scripts.problems import Problem
from dropcast.stages.synthesize import MOST_RECORDING_BYTES
from dropcast_local.layout import UPLOADS
from dropcast_local.submission import Submission


class NoRecording(Exception):
    """A file cannot be heard; the message says why."""


class LeadsOut(Exception):
    """A name leads out of the folder that recordings are taken from."""


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A recording on this machine, with the checksum by which Cloud Storage knows its content."""

    path: Path
    size: int
    crc32c: str


@dataclass(frozen=True, slots=True)
class Recordings:
    """The recordings that a script names, by the names of their objects.

    What is `absent` on this machine may be in the uploads bucket; each is a problem where it is not.
    """

    here: Mapping[str, RecordedFile]
    absent: Mapping[str, Problem]

    @property
    def names(self) -> set[str]:
        return {*self.here, *self.absent}


def names_in_script(conversation: Conversation, bucket: str) -> Iterator[tuple[str, str]]:
    """Yield the object's name of every recording that a script names, and where it says so.

    What cannot be the name of one is left out: that is wrong wherever the script is rendered.
    """
    lines = (
        (line.content, conversation.pointer(line)) for line in conversation.lines if line.kind == "audio"
    )
    named = [(content, f"{pointer}/audio") for content, pointer in lines]
    named += [(extra.name, f"/audio/{extra.role}") for extra in conversation.extras]
    for said, pointer in named:
        found = recording_named(said, bucket, pointer)
        if isinstance(found, Recording):
            yield found.name, pointer


def find_recordings(
    submission: Submission, conversation: Conversation, deployed: str | None = None
) -> tuple[Recordings, tuple[Problem, ...]]:
    """Look below the folder that names count from; return what a script names there, and what is no good.

    A `deployed` pipeline's uploads bucket may have what this machine has not.
    """
    here: dict[str, RecordedFile] = {}
    absent: dict[str, Problem] = {}
    flawed: dict[str, Problem] = {}
    for name, pointer in names_in_script(conversation, deployed or UPLOADS):
        if name in here or name in absent or name in flawed:
            continue
        try:
            path = _path(name, submission.folder)
            if path is None:
                absent[name] = Problem(pointer, _where_it_should_be(name, submission, deployed))
            else:
                here[name] = read_recording(path)
        except NoRecording as flaw:
            flawed[name] = Problem(pointer, f"{submission.folder / name} cannot be heard: {flaw}.")
        except LeadsOut:
            folder = submission.folder.resolve()
            message = f"{name} leads out of the folder that recordings are taken from: {folder}."
            flawed[name] = Problem(pointer, message)
    return Recordings(here, absent), tuple(flawed.values())


def read_recording(path: Path) -> RecordedFile:
    """Read a file that shall be a recording. Raises NoRecording."""
    try:
        content = _content(path)
        container_of(content)  # a look; whether all of it can be decoded, the pipeline says
    except OSError as error:
        raise NoRecording(f"it cannot be read: {error.strerror}") from error
    except MediaRefused as refused:
        raise NoRecording(str(refused)) from refused
    checksum = google_crc32c.value(content).to_bytes(4, "big")
    return RecordedFile(path, len(content), b64encode(checksum).decode())


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise NoRecording("it is no file")
    if path.stat().st_size > MOST_RECORDING_BYTES:
        raise NoRecording(f"it is larger than {MOST_RECORDING_BYTES >> 20} MB")
    return path.read_bytes()


def _path(name: str, folder: Path) -> Path | None:
    """Return where a recording lies, or None. Raises LeadsOut."""
    path = folder / name
    try:
        is_below = path.resolve().is_relative_to(folder.resolve())
        is_there = path.exists()
    except (OSError, RuntimeError):  # a name that no file can have; a link to itself
        return None
    if not is_below:
        raise LeadsOut(name)
    return path if is_there else None


def _where_it_should_be(name: str, submission: Submission, deployed: str | None) -> str:
    here = submission.folder / name
    said = f"There is no {here}, which is where this recording is looked for."
    if deployed:
        said = f"There is neither {here} nor gs://{deployed}/{name}."
    beside = submission.path.parent / name
    if submission.path.parent == submission.folder or not beside.is_file():
        return said
    right = beside.relative_to(submission.folder).as_posix()
    return f'{said} Names count from the folder that is rendered: write "{right}" for the one beside it.'


def same_name_twice(every: Iterable[Recordings]) -> str | None:
    """Say which two files would become one object, if any would: they cannot be uploaded together."""
    known: dict[str, RecordedFile] = {}
    for recordings in every:
        for name, file in recordings.here.items():
            other = known.setdefault(name, file)
            if (other.size, other.crc32c) != (file.size, file.crc32c):
                return f"{other.path} and {file.path}: would both become the recording {name}"
    return None
