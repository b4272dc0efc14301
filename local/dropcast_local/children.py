"""A process of the local stack, seen by its parent: started, listened to, started again when it dies.

The other side of the protocol is child.py.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from typing import IO, cast

from dropcast_local.child import RUIN
from dropcast_local.events import Event, read_event

SLOWEST_START = 60  # seconds; a machine busy with seven other things still makes it
GRACE = 5  # seconds to end when told to; then it is killed
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before a process that died is started again
MOST_FAILED_STARTS = 8  # in a row; then it is broken, not unlucky
LAST_WORDS = 20  # lines of a process's standard error that tell why it died

Facts = Mapping[str, object]


class ChildFailed(Exception):
    """A process of the local stack does not start; the message holds its last words."""


class Child:
    """One process, `python -m module arguments…`, and whatever takes its place when it dies.

    The first that starts chooses the port; the later ones are given the same, so that its endpoint holds.
    """

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        port_arguments: Sequence[str],
        on_event: Callable[[Event], None],
    ) -> None:
        self.name = name
        self.failure: str | None = None
        self._module = module
        self._arguments = arguments
        self._environment = environment
        self._port_arguments = port_arguments
        self._on_event = on_event
        self._facts: Future[Facts] = Future()
        self._stopping = threading.Event()
        self._starting = threading.Lock()  # held where a process comes into being, so that none is missed
        self._process: subprocess.Popen[bytes] | None = None
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._supervisor = threading.Thread(target=self._supervise, name=f"supervise {name}", daemon=True)

    @property
    def process_id(self) -> int | None:
        """The process that runs now, or ran last."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; `facts` waits until it answers."""
        self._supervisor.start()

    def facts(self) -> Facts:
        """Return what the process said when it first answered. Raises ChildFailed."""
        try:
            return self._facts.result(SLOWEST_START)
        except TooLate:
            raise ChildFailed(f"{self.name} did not answer within {SLOWEST_START} seconds") from None

    def tell_to_end(self) -> None:
        """Ask for the end, and no other beginning."""
        self._stopping.set()
        with self._starting:
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
                cast(IO[bytes], self._process.stdin).close()

    def join(self) -> None:
        """Return when nothing of it is left."""
        if self._supervisor.ident is None:
            return
        self._supervisor.join(GRACE)
        if self._supervisor.is_alive():
            _kill_group(cast("subprocess.Popen[bytes]", self._process))
            self._supervisor.join(GRACE)

    def _supervise(self) -> None:
        pause, failures = SHORTEST_PAUSE, 0
        while not self._stopping.is_set():
            started = time.monotonic()
            answered = self._run_once()
            if self._stopping.is_set():
                break
            if not self._facts.done():  # it never answered: whoever waits for it wants to know why
                self._facts.set_exception(ChildFailed(f"{self.name} does not start:\n{self._told()}"))
                return
            failures = 0 if answered else failures + 1
            if failures == MOST_FAILED_STARTS:
                self._give_up()
                return
            if time.monotonic() - started > LONGEST_PAUSE:
                pause = SHORTEST_PAUSE
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        if not self._facts.done():
            self._facts.set_exception(ChildFailed(f"{self.name} was told to end before it answered"))

    def _run_once(self) -> bool:
        """Run one process to its end; say whether it answered."""
        with self._starting:
            if self._stopping.is_set():
                return False
            self._process = process = self._spawn()
        answered = threading.Event()
        readers = [
            threading.Thread(target=self._read_output, args=(process, answered), daemon=True),
            threading.Thread(target=self._read_complaints, args=(process,), daemon=True),
        ]
        for reader in readers:
            reader.start()
        code = process.wait()
        _kill_group(process)  # what it forked must not hold its port, or work on
        for reader in readers:
            reader.join(GRACE)
        cast(IO[bytes], process.stdin).close()
        if not self._stopping.is_set():
            self._say("WARNING", f"{self.name} {_ended(code)}; it is started again")
        return answered.is_set()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-P", "-m", self._module, *self._arguments, *self._port()],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal reaches the parent alone, which ends all in order
        )

    def _port(self) -> Sequence[str]:
        if not self._facts.done():
            return self._port_arguments
        return ["--port", str(self._facts.result()["endpoint"]).rpartition(":")[2]]

    def _read_output(self, process: "subprocess.Popen[bytes]", answered: threading.Event) -> None:
        with cast(IO[bytes], process.stdout) as lines:
            for line in lines:
                if facts := _announcement(line):
                    answered.set()
                    if not self._facts.done():
                        self._facts.set_result(facts)
                elif text := line.decode(errors="replace").rstrip():
                    self._hear(read_event(self.name, text))

    def _hear(self, event: Event) -> None:
        if event.severity == RUIN:
            self.failure = f"{self.name}: {event.message}"
        self._on_event(event)

    def _read_complaints(self, process: "subprocess.Popen[bytes]") -> None:
        with cast(IO[bytes], process.stderr) as lines:
            for line in lines:
                if text := line.decode(errors="replace").rstrip():
                    self._last_words.append(text)
                    self._say("DEFAULT", text)

    def _give_up(self) -> None:
        self.failure = f"{self.name} died and does not start any more:\n{self._told()}"
        self._say(RUIN, self.failure)

    def _told(self) -> str:
        return "\n".join(self._last_words) or "it said nothing"

    def _say(self, severity: str, message: str) -> None:
        self._on_event(Event(self.name, severity, message))


def _announcement(line: bytes) -> Facts | None:
    if not line.startswith(b'{"endpoint"'):
        return None
    facts: Facts = json.loads(line)
    return facts


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        os.killpg(process.pid, signal.SIGKILL)
