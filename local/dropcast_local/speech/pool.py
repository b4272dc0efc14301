"""The espeak engine: a few worker processes, each with at most one order, replaced when they die."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

import numpy as np

from dropcast_local.speech.engine import EngineFailed, Order, Speech, WorkerLost
from dropcast_local.speech.timbre import delivery_of
from dropcast_local.speech.wire import LENGTH, TAKEN, order_frame

ATTEMPTS_TO_REPLACE = 5
SECONDS_TO_END = 5.0


class _NotTaken(Exception):
    """The worker was gone before it read the order: another one can have it."""


class WorkerPool:
    """Keeps as many workers as it was told, whatever happens to them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._idle: asyncio.Queue[Process] = asyncio.Queue()
        self._all: set[Process] = set()
        self._tasks: set[asyncio.Task[object]] = set()
        self._closing = False

    async def open(self) -> None:
        """Start all workers; returns when each of them can speak. Raises EngineFailed."""
        if not all(await asyncio.gather(*(self._add_worker() for _ in range(self._size)))):
            raise EngineFailed("espeak-ng does not start")

    async def speak(self, order: Order) -> Speech:
        """Speak when a worker is free. A caller that gives up leaves the worker to finish what it began."""
        data = order_frame(delivery_of(order))
        while True:
            worker = await self._idle.get()
            speaking = asyncio.create_task(self._speak(worker, data))
            self._keep(speaking)
            try:
                return await asyncio.shield(speaking)
            except _NotTaken:
                continue

    async def close(self) -> None:
        """End every worker at once, the busy ones too."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        for worker in self._all:
            _kill_group(worker)
        ends = asyncio.gather(*self._tasks, *(worker.wait() for worker in self._all), return_exceptions=True)
        # Whatever a worker does, the front must end; its pipes closing is the workers' last word.
        with suppress(TimeoutError):
            await asyncio.wait_for(ends, SECONDS_TO_END)

    async def _speak(self, worker: Process, data: bytes) -> Speech:
        """Have one worker speak; it is idle again afterwards, unless it is gone."""
        try:
            speech = await _exchange(worker, data)
        except EngineFailed:
            self._idle.put_nowait(worker)
            raise
        except (asyncio.IncompleteReadError, ConnectionError) as gone:
            raise WorkerLost("The process that spoke this is gone.") from gone
        self._idle.put_nowait(worker)
        return speech

    async def _add_worker(self) -> bool:
        """Start one more worker; whether it can speak."""
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dropcast_local.speech.worker",
            stdin=PIPE,
            stdout=PIPE,
            # A group of its own: Ctrl-C reaches the front alone, and a speaking child ends with its worker.
            process_group=0,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        self._all.add(worker)
        try:
            await _stdout(worker).readexactly(len(TAKEN))
        except asyncio.IncompleteReadError:
            return False
        self._keep(asyncio.create_task(self._replace(worker)))
        self._idle.put_nowait(worker)
        return True

    async def _replace(self, worker: Process) -> None:
        """Put another worker in the place of one that ended."""
        await worker.wait()
        _kill_group(worker)
        self._all.discard(worker)
        for _ in range(ATTEMPTS_TO_REPLACE):
            if self._closing or await self._add_worker():
                return

    def _keep(self, task: "asyncio.Task[object]") -> None:
        """Hold on to a task until it is done: the event loop alone would forget it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _kill_group(worker: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)


async def _exchange(worker: Process, data: bytes) -> Speech:
    stdin, stdout = worker.stdin, _stdout(worker)
    if stdin is None or worker.returncode is not None:
        raise _NotTaken
    try:
        stdin.write(data)
        await stdin.drain()
        await stdout.readexactly(len(TAKEN))
    except (asyncio.IncompleteReadError, ConnectionError) as gone:
        raise _NotTaken from gone
    header = json.loads(await _read_frame(stdout))
    samples = np.frombuffer(await _read_frame(stdout), "<i2")
    if "error" in header:
        raise EngineFailed(header["error"])
    return Speech(samples, tuple((name, at) for name, at in header["marks"]))


async def _read_frame(stream: asyncio.StreamReader) -> bytes:
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    return await stream.readexactly(length)


def _stdout(worker: Process) -> asyncio.StreamReader:
    if worker.stdout is None:
        raise EngineFailed("a worker has no output")
    return worker.stdout
