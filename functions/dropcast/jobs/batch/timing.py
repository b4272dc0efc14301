"""Where words and sentences are heard in the audio of an input."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Boundary:
    """A token or a sentence, from sample `start` up to `end` of what it is heard in."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """When the speech service says that it passed the mark before token `token`, in seconds of the clip."""

    token: int
    seconds: float
