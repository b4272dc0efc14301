"""What is asked for on the command line: scripts, each with the name it gets in the uploads bucket."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import Plan
from dropcast.jobs.planning import Defaults, plan_conversation
from dropcast.scripts.conversation import Conversation
from dropcast.scripts.names import is_script_name, stem
from dropcast_local.layout import UPLOADS


class CannotSubmit(Exception):
    """What was asked for makes no sense; the message says what does."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A script to be dropped: its file, and the name of the object that it becomes."""

    path: Path
    name: str
    content: bytes

    @property
    def folder(self) -> Path:
        """The folder from which names of objects count."""
        return self.path.parents[self.name.count("/")]

    @property
    def stem(self) -> str:
        return stem(self.name)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def submissions(paths: Iterable[Path]) -> list[Submission]:
    """Read every script among the files, and below the folders. Raises CannotSubmit."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        for file, name in _named(path):
            if file.resolve() not in [known.resolve() for known in by_name[name]]:
                by_name[name].append(file)
    _refuse_same_episode(by_name)
    return [Submission(file, name, content_of(file)) for name, (file,) in sorted(by_name.items())]


def every_script(paths: Iterable[Path]) -> Iterator[Submission]:
    """Read every script among the files, and below the folders, in order. Raises CannotSubmit."""
    seen: set[Path] = set()
    for path in paths:
        for file, name in _named(path):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield Submission(file, name, content_of(file))


def plan_locally(submission: Submission, conversation: Conversation, uploads: str = UPLOADS) -> Plan:
    """Plan a script as the local pipeline will. Raises ScriptRejected with all that no voice can do.

    A deployed pipeline may have other defaults: it has the last word. `uploads` is the bucket that the script
    is dropped in.
    """
    upload = Upload(uploads, submission.name, 0)
    return plan_conversation(upload, conversation, submission.sha256, Defaults())


def _named(path: Path) -> Iterator[tuple[Path, str]]:
    if path.is_dir():
        below = ((file, file.relative_to(path).as_posix()) for file in sorted(path.rglob("*")))
        scripts = [(file, name) for file, name in below if file.is_file() and is_script_name(name)]
        if not scripts:
            raise CannotSubmit(f"{path}: no scripts in this folder; a script is a file that ends in .json")
        yield from scripts
    elif not is_script_name(path.name):
        raise CannotSubmit(
            f"{path}: not the name of a script: that ends in .json, is not hidden, and is not show.json "
            "(kept for settings) nor one that episodes leave behind (.report.json, .chapters.json, "
            ".transcript.json); rename it"
        )
    else:
        yield path, path.name


def _refuse_same_episode(by_name: dict[str, list[Path]]) -> None:
    """Two scripts whose episodes would have the same name cannot be dropped together."""
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for name, files in by_name.items():
        by_stem[stem(name)] += files
    for episode, files in by_stem.items():
        if len(files) > 1:
            both = " and ".join(map(str, files))
            raise CannotSubmit(
                f"{both}: would both become the episode {episode}; rename one, or give the folder above them"
            )


def content_of(file: Path) -> bytes:
    """Read a file. Raises CannotSubmit."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotSubmit(f"{file}: cannot be read: {error.strerror}") from error
