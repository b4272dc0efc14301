"""The archive of a batch's results, brought home: as it is, or file by file."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dropcast_local.failures import Failed

SUMMARY = "summary.json"
MOST_UNPACKED = 100  # times its own size: sound hardly packs, JSON to a tenth or a twentieth


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that is there when it is complete, and not before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def unpack(archive: BinaryIO, folder: Path) -> int:
    """Write every file of an archive into a folder, and say how many. Raises Failed."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _trusted(opened, archive.seek(0, 2))
            for entry in entries:
                with opened.open(entry) as stored, appearing(folder / entry.filename) as file:
                    shutil.copyfileobj(stored, file)
    except zipfile.BadZipFile as error:
        raise Failed(f"The results are no sound ZIP archive: {error}") from error
    return len(entries)


def failures(folder: Path) -> Iterator[str]:
    """Yield what the summary among unpacked results says of each input that failed."""
    results = json.loads((folder / SUMMARY).read_bytes()).get("results", [])
    for number, result in enumerate(results, 1):
        if result.get("status") == "Failed":
            yield f"input {number}: {result.get('error', {}).get('message', 'failed')}"


def _trusted(opened: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    """Return the entries of an archive whose names are plain ones, and whose size can be that of sound."""
    entries = opened.infolist()
    for entry in entries:
        name = entry.filename
        if name in ("", ".", "..") or not set(name).isdisjoint("/\\:"):
            raise Failed(f"The results hold {name!r}, which is no name of a file: nothing was unpacked")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED * size:
        raise Failed("The results would unpack to far more than they can hold: nothing was unpacked")
    return entries
