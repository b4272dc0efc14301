"""What an encoder makes of a part of an episode, and what of that belongs to the episode."""

from dataclasses import dataclass


class BrokenEpisode(Exception):
    """The encoder did not write the frames that the timeline asks for."""


@dataclass(frozen=True, slots=True)
class Window:
    """The PCM that an encoder is fed for a part: `lead` samples before it to `tail` samples behind it.

    In samples at the timeline's rate; where the episode starts or ends there is nothing more to feed.
    """

    lead: int
    tail: int


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a coding that belong to a part, one after the other, and the size in bytes of each.

    `sizes` is empty where every frame has the same size.
    """

    body: bytes
    sizes: tuple[int, ...] = ()
