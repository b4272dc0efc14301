"""A command in a process of its own: what it and all its children took of time, processors and memory."""

import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psutil
from measured import Stopwatch, family

TESTS = Path(__file__).parents[1]
IMPORTED = [TESTS.parent / "functions", TESTS, TESTS / "benchmarks"]
OFTEN = 0.05  # seconds between two looks at the memory
KILOBYTES = re.compile(r"^(Vm\w+):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock and of processors; MB of all its processes at once, and of the largest of them."""

    wall: float
    cpu: float
    memory: float
    largest: float


def module(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of the benchmarks."""
    return [sys.executable, str(TESTS / "benchmarks" / f"{name}.py"), *map(str, arguments)]


def cores() -> list[int]:
    """Return the processors that there are for us."""
    return sorted(os.sched_getaffinity(0))


def watch(command: Sequence[object], on: Collection[int]) -> Taken:
    """Run a command on these processors alone, to its good end."""
    [taken] = watch_all([command], [on])
    return taken


def watch_all(commands: Sequence[Sequence[object]], on: Sequence[Collection[int]]) -> list[Taken]:
    """Run commands side by side, each on its processors, to their good ends."""
    with ThreadPoolExecutor(len(commands)) as watchers:
        return list(watchers.map(_watch, commands, on))


def _watch(command: Sequence[object], on: Collection[int]) -> Taken:
    elsewhere = set(cores()) - set(on) or on
    ended = Event()
    with ThreadPoolExecutor(1) as lookers:
        os.sched_setaffinity(0, on)  # of this thread, from which the process inherits it
        with Stopwatch() as stopwatch:
            environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, IMPORTED))}
            process = subprocess.Popen([*map(str, command)], env=environment)
            looking = lookers.submit(_most_memory, process.pid, ended, elsewhere)
            _, status, used = os.wait4(process.pid, 0)
        ended.set()
        memory, largest = looking.result()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Taken(stopwatch.seconds, used.ru_utime + used.ru_stime, memory, largest)


def _most_memory(process_id: int, ended: Event, on: Collection[int]) -> tuple[float, float]:
    """Look again and again: the most that all processes together had, and that one of them had."""
    os.sched_setaffinity(0, on)
    together = largest = 0.0
    while not ended.wait(OFTEN):
        # A set: before it is a program of its own, a new process is its parent once more, in the same memory.
        found = set(_memory(process_id))
        together = max(together, sum(each.now for each in found))
        largest = max([largest, *(each.peak for each in found)])
    return together, largest


@dataclass(frozen=True, slots=True)
class _Memory:
    """The MB that a process has, and the most it ever had; its sizes in addresses, to tell it from others."""

    now: float
    peak: float
    addresses: tuple[float, float]


def _memory(process_id: int) -> Iterator[_Memory]:
    with suppress(psutil.NoSuchProcess):
        for process in family([process_id]).values():
            with suppress(FileNotFoundError, ProcessLookupError):
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
                sizes = {name: int(kb) / 1024 for name, kb in KILOBYTES.findall(status)}
                if sizes:  # who has ended, and is not yet waited for, has none
                    addresses = sizes["VmSize"], sizes["VmPeak"]
                    yield _Memory(sizes["VmRSS"], sizes["VmHWM"], addresses)
