"""A folder into which finished episodes come by themselves."""

import threading
from collections.abc import Callable
from pathlib import Path

from dropcast.ports import ObjectMissing
from dropcast_local.episode import REPORT, fetch, fetched
from dropcast_local.failures import Failed
from dropcast_local.place import PATIENCE, Place, told_plainly
from dropcast_local.problems import lines_of

PAUSE = 1.0  # seconds between two looks into the episodes bucket


class EpisodeFolder:
    """Fetches every episode that appears in the episodes bucket."""

    def __init__(self, folder: Path, place: Place, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._place = place
        self._say = say
        self._generations: dict[str, int] = {}

    def watch(self, told_to_end: threading.Event) -> None:
        """Fetch what is there and what comes, until told to end."""
        while not told_to_end.wait(PAUSE):
            try:
                self._fetch_what_is_new()
            except (Failed, OSError) as error:
                self._say(f"{self._folder}: {error}; it is tried again")

    def _fetch_what_is_new(self) -> None:
        with told_plainly():
            fields = "items(name,generation),nextPageToken"
            reports = [
                (blob.name, int(blob.generation))
                for blob in self._place.episodes.list_blobs(fields=fields, **PATIENCE)
                if blob.name.endswith(REPORT)
            ]
            for name, generation in reports:
                if self._generations.get(name) != generation:
                    self._fetch(name.removesuffix(REPORT))
                    self._generations[name] = generation

    def _fetch(self, stem: str) -> None:
        before = fetched(self._folder, stem)
        try:
            report = fetch(self._place.episode_files, stem, self._folder, lambda one: one != before)
        except ObjectMissing:  # replaced this very moment: its new report is found at the next look
            return
        if report is None:
            return
        if report.succeeded:
            files = ", ".join(str(self._folder / output.name) for output in report.outputs)
            self._say(f"{stem}: {files} ({report.length})")
        else:
            self._say(f"{stem}: not rendered; see {self._folder / stem}{REPORT}")
        for line in lines_of(f"{stem}.json", report.errors, "left out: " if report.succeeded else ""):
            self._say(line)
