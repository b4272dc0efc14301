"""What the service needs from whatever makes the sound."""

from dataclasses import dataclass
from typing import Protocol

from dropcast_local.speech.catalogue import Voice
from dropcast_local.speech.content import Piece
from dropcast_local.speech.sound import Samples

DEFAULT_SAMPLE_RATE = 24000


class EngineFailed(Exception):
    """The engine could not speak; it may another time."""


class WorkerLost(Exception):
    """The process that was speaking is gone, and this request with it."""


@dataclass(frozen=True, slots=True)
class Order:
    """One utterance to be spoken, checked."""

    voice: Voice
    pieces: tuple[Piece, ...]
    rate: float
    pitch: float
    sample_rate: int


@dataclass(frozen=True, slots=True)
class Speech:
    """What was spoken, with its silence before and after, and where each mark lies in it."""

    samples: Samples
    marks: tuple[tuple[str, float], ...] = ()


class Engine(Protocol):
    """Speaks. Equal orders make equal samples, always and everywhere."""

    async def speak(self, order: Order) -> Speech:
        """Speak one utterance; raises EngineFailed or WorkerLost."""
        ...

    async def close(self) -> None:
        """End whatever runs for it."""
        ...
