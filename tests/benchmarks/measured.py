"""Figures of running processes, read from the operating system."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

import psutil


def family(process_ids: Iterable[int]) -> dict[int, psutil.Process]:
    """These processes and all their children."""
    found = {}
    for process_id in process_ids:
        parent = psutil.Process(process_id)
        for process in [parent, *parent.children(recursive=True)]:
            found[process.pid] = process
    return found


def cpu_seconds(process_ids: Iterable[int]) -> float:
    """The CPU time that these processes and their children have used so far, children that ended included."""
    total = 0.0
    for process in family(process_ids).values():
        times = process.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def peak_megabytes(process_id: int) -> float:
    """The largest resident memory so far of a process or of any of its children."""
    return max(_peak(process.pid) for process in family([process_id]).values())


def _peak(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024


class Stopwatch:
    """Measures wall time: `with Stopwatch() as watch: …`, then `watch.seconds`."""

    def __enter__(self) -> "Stopwatch":
        self._start = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = time.perf_counter() - self._start
