"""A deployment event by event: each line pushed, refused or spoken, each part rendered."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random

import simulated_limits as limits
from simulated_limits import Deployment, Drop

LONGEST_PAUSE = 60.0  # seconds: Pub/Sub, "Push backoff"
LOOK_BACK = 10.0  # seconds of answers that decide on the pause; Pub/Sub does not say
FIRST_WAIT, LAST_WAIT = 0.5, 10.0  # seconds: the retry of gateways/texttospeech.py


class Clock:
    """What happens next, and when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        heappush(self._due, (self.now + seconds, next(self._order), happens))

    def run(self) -> None:
        while self._due:
            self.now, _, happens = heappop(self._due)
            happens()


class Window:
    """A limit on what is taken in each stretch of so many seconds. Knows the most that ever was."""

    def __init__(self, clock: Clock, seconds: float, most: Callable[[float], float]) -> None:
        self._clock, self._seconds, self._most = clock, seconds, most
        self._stretch, self._taken, self.peak = -1.0, 0.0, 0.0

    def take(self, many: float) -> bool:
        """Take so many if that is allowed."""
        stretch = self._clock.now // self._seconds
        if stretch != self._stretch:
            self._stretch, self._taken = stretch, 0.0
        if self._taken + many > self._most(self._clock.now):
            return False
        self._taken += many
        self.peak = max(self.peak, self._taken)
        return True


@dataclass(slots=True, eq=False)
class Conversation:
    """What became of a drop so far."""

    drop: Drop
    unspoken: int
    unrendered: int
    spoken: int = 0
    ended: float = 0.0

    @property
    def wall(self) -> float:
        return self.ended - self.drop.at


@dataclass(slots=True, eq=False)
class Line:
    """A message; `refused` counts the times that it was delivered in vain."""

    conversation: Conversation
    refused: int = 0


class Push:
    """A push subscription: no more requests at once than its window, which every answer changes.

    Knows how many lines waited at most, and how often one was refused.

    Google describes slow start and "push backoff" in words and two figures: where one of five messages is
    refused, they come every half second; where all five are, every 30 to 60 seconds. 0.1 s times five to the
    power of five times the share refused passes through both. Without `pausing` there is slow start alone.
    """

    def __init__(self, clock: Clock, send: Callable[[Line], None], *, pausing: bool) -> None:
        self._clock, self._send, self._pausing = clock, send, pausing
        self._window = float(limits.PUSH_WINDOW)
        self._waiting: deque[Line] = deque()
        self._answers: deque[tuple[float, bool]] = deque()
        self._refusals = 0  # among the answers
        self._outstanding = 0
        self._paused_until = 0.0
        self.refused = self.longest = 0

    def publish(self, lines: Iterable[Line]) -> None:
        self._waiting.extend(lines)
        self.longest = max(self.longest, len(self._waiting))
        self._fill()

    def acknowledge(self) -> None:
        self._answered(refused=False)
        if self._window < limits.PUSH_EXPONENTIAL:
            self._window += 1  # doubles with every round of answers
        self._fill()

    def refuse(self, line: Line) -> None:
        self._answered(refused=True)
        self._window = max(limits.PUSH_WINDOW, self._window / 2)
        line.refused += 1
        self.refused += 1
        wait = min(limits.LAST_RETRY, limits.FIRST_RETRY * 2.0 ** (line.refused - 1))
        self._clock.after(wait, lambda: self._again(line))
        if self._pausing:
            pause = min(LONGEST_PAUSE, 0.1 * 5 ** (5 * self._refusals / len(self._answers)))
            self._paused_until = max(self._paused_until, self._clock.now + pause)
            self._clock.after(pause, self._fill)

    def _answered(self, *, refused: bool) -> None:
        self._outstanding -= 1
        self._answers.append((self._clock.now, refused))
        self._refusals += refused
        while self._answers[0][0] < self._clock.now - LOOK_BACK:
            self._refusals -= self._answers.popleft()[1]

    def _again(self, line: Line) -> None:
        self._waiting.appendleft(line)
        self._fill()

    def _fill(self) -> None:
        if self._clock.now < self._paused_until:
            return
        while self._waiting and self._outstanding < int(self._window):
            self._outstanding += 1
            self._send(self._waiting.popleft())


@dataclass(slots=True)
class Places:
    """So many things at once; what finds no place waits for one, in its turn."""

    clock: Clock
    free: int
    waiting: deque[tuple[float, Callable[[], None], Callable[[], None]]] = field(default_factory=deque)

    def ask(self, begin: Callable[[], None]) -> None:
        """Begin once there is a place, however long that takes."""
        if self.free:
            self.free -= 1
            begin()
        else:
            self.waiting.append((float("inf"), begin, _nothing))

    def ask_for_a_while(self, begin: Callable[[], None], give_up: Callable[[], None]) -> None:
        """Begin once there is a place, as long as Cloud Run keeps a request."""
        if self.free:
            self.ask(begin)
        else:
            self.waiting.append((self.clock.now + limits.QUEUED, begin, give_up))
            self.clock.after(limits.QUEUED, self._drop)

    def leave(self) -> None:
        self.free += 1
        if self.waiting:
            self.free -= 1
            self.waiting.popleft()[1]()

    def _drop(self) -> None:
        while self.waiting and self.waiting[0][0] <= self.clock.now:
            self.waiting.popleft()[2]()


def _nothing() -> None:
    """Nobody gives up who waits for ever."""


class Simulation:
    """One stack, and what is dropped on it. `run` it, then read what happened."""

    def __init__(
        self,
        deployment: Deployment,
        drops: Sequence[Drop],
        *,
        speech_seconds: float = limits.SPEECH_SECONDS,
        bucket_writes: Callable[[float], float] = limits.bucket_writes,
        pausing: bool = True,
        seed: int = 1,
    ) -> None:
        self._random = Random(seed)
        self._speech_seconds = speech_seconds
        self._clock = Clock()
        self.quota = Window(self._clock, 60, lambda _: deployment.requests_per_minute)
        self.bucket = Window(self._clock, 1, bucket_writes)
        self._workers = Places(self._clock, deployment.workers)
        self._renderers = Places(self._clock, limits.FINALIZERS)
        self.push = Push(self._clock, self._deliver, pausing=pausing)
        self.lines: list[Line] = []
        self.conversations = [Conversation(drop, drop.lines, limits.parts(drop.lines)) for drop in drops]

    def run(self) -> "Simulation":
        for conversation in self.conversations:
            starts = conversation.drop.at + limits.starting(conversation.drop.lines)
            self._clock.after(starts, lambda conversation=conversation: self._publish(conversation))
        self._clock.run()
        return self

    @property
    def walls(self) -> list[float]:
        return [conversation.wall for conversation in self.conversations]

    def _publish(self, conversation: Conversation) -> None:
        lines = [Line(conversation) for _ in range(conversation.drop.lines)]
        self.lines += lines
        self.push.publish(lines)

    def _deliver(self, line: Line) -> None:
        self._workers.ask_for_a_while(
            lambda: self._speak(line, self._clock.now, FIRST_WAIT), lambda: self.push.refuse(line)
        )

    def _speak(self, line: Line, since: float, wait: float) -> None:
        """Ask the service, and while the quota is used up wait as the client library does."""
        if self.quota.take(1):
            took = self._speech_seconds * self._random.uniform(0.75, 1.25)
            self._clock.after(took, lambda: self._store(line))
        elif self._clock.now - since > limits.CLIENT_RETRIES:
            self.push.refuse(line)
            self._workers.leave()
        else:
            longer = min(LAST_WAIT, 2 * wait)
            self._clock.after(self._random.uniform(0, wait), lambda: self._speak(line, since, longer))

    def _store(self, line: Line) -> None:
        if self.bucket.take(limits.WRITES):
            self._clock.after(limits.LINE_STORAGE, lambda: self._end(line))
        else:
            self._clock.after(1.0, lambda: self._store(line))

    def _end(self, line: Line) -> None:
        conversation = line.conversation
        conversation.unspoken -= 1
        conversation.spoken += 1
        if not conversation.unspoken:
            settled = limits.settling(conversation.drop.lines)
            self._clock.after(settled, lambda: self._render(conversation))
        self._workers.leave()
        self.push.acknowledge()

    def _render(self, conversation: Conversation) -> None:
        for _ in range(conversation.unrendered):
            self._renderers.ask(
                lambda: self._clock.after(limits.part_seconds(), lambda: self._rendered(conversation))
            )

    def _rendered(self, conversation: Conversation) -> None:
        self._renderers.leave()
        conversation.unrendered -= 1
        if not conversation.unrendered:
            conversation.ended = self._clock.now + limits.JOINING
