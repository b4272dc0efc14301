"""The stores in folders, so that what a benchmark measures of a process is not the store."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from dropcast.ports import ObjectMissing, Standing, TryLater

CHUNK = 1 << 20
GENERATION = 1  # nothing is ever replaced, so there is no other


class DirectoryObjectStore:
    """ObjectStore in a folder that any number of processes may use at once: names are paths."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, name: str, data: bytes) -> bool:
        return self.create_from(name, [data])

    def create_from(self, name: str, chunks: Iterable[bytes]) -> bool:
        place = self.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder) as written:
            for chunk in chunks:
                written.write(chunk)
            written.flush()
            return _linked(Path(written.name), place)

    def copy(self, source: str, name: str) -> bool:
        # As in Cloud Storage, no bytes pass through who asks for it.
        self._found(source)
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        return _linked(self.path(source), self.path(name))

    def join(self, sources: Sequence[str], name: str) -> bool:
        if not 1 <= len(sources) <= 32:
            raise ValueError(f"{len(sources)} sources")
        return self.create_from(name, self._joined([self._found(source) for source in sources]))

    def read(self, name: str, generation: int | None = None, at_most: int | None = None) -> bytes:
        if generation not in (None, GENERATION):
            raise ObjectMissing(name)
        with self._found(name).open("rb") as file:
            return file.read(-1 if at_most is None else at_most)

    def slice(self, name: str, start: int, end: int) -> bytes:
        with self._found(name).open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def chunks(self, name: str) -> Iterator[bytes]:
        with self._found(name).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def sizes(self, prefix: str) -> dict[str, int]:
        if not prefix.endswith("/"):
            raise NotImplementedError("every prefix that is listed ends a folder")
        places = [place for place in self.path(prefix).rglob("*") if place.is_file()]
        return {str(place.relative_to(self._folder)): place.stat().st_size for place in places}

    def path(self, name: str) -> Path:
        return self._folder / name

    def _found(self, name: str) -> Path:
        if not (place := self.path(name)).is_file():
            raise ObjectMissing(name)
        return place

    def _joined(self, places: Sequence[Path]) -> Iterator[bytes]:
        for place in places:
            with place.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk


class DirectoryEpisodeStore:
    """EpisodeStore in a folder: each file with a note of what it is beside it, which is there first."""

    def __init__(self, folder: Path, results: DirectoryObjectStore) -> None:
        self._folder, self._results = folder, results

    def standing(self, name: str) -> Standing | None:
        with suppress(FileNotFoundError):
            return Standing(**json.loads(self._note(name).read_text()))
        return None

    def publish(self, result: str, name: str, script_generation: int, over: Standing | None) -> None:
        if over:
            raise NotImplementedError("no benchmark publishes an episode again")
        self._note(name).parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._note(name).open("x") as note:
                json.dump({"generation": GENERATION, "script_generation": script_generation}, note)
        except FileExistsError:
            raise TryLater(f"{name} was published meanwhile") from None
        shutil.copyfile(self._results.path(result), self._folder / name)

    def _note(self, name: str) -> Path:
        return self._folder / f"{name}.note"


def _linked(there: Path, name: Path) -> bool:
    try:
        os.link(there, name)
    except FileExistsError:
        return False
    return True
