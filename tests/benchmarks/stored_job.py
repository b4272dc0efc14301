"""A job in folders, which processes of a benchmark hand on to each other."""

from dataclasses import dataclass
from pathlib import Path

from directory_store import GENERATION, DirectoryEpisodeStore, DirectoryObjectStore

from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.identity import Upload
from dropcast.jobs.part import Part
from dropcast.stages.settling import read_layout, read_parts

UPLOAD = Upload("uploads", "bench/dialogue.json", GENERATION)


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job of so many lines, each of one utterance."""

    folder: Path
    lines: int

    @property
    def jobs(self) -> DirectoryObjectStore:
        return DirectoryObjectStore(self.folder / "jobs")

    @property
    def episodes(self) -> DirectoryEpisodeStore:
        return DirectoryEpisodeStore(self.folder / "episodes", self.jobs)

    @property
    def episode(self) -> Path:
        return self.folder / "episodes" / Path(UPLOAD.name).with_suffix(".mp3")

    def blocks(self) -> list[Block]:
        return [Block(UPLOAD.job, index, self.lines) for index in range(block_count(self.lines))]

    def parts(self) -> list[Part]:
        """Return the parts that were settled."""
        return list(read_parts(read_layout(UPLOAD.job, self.jobs), self.jobs))
