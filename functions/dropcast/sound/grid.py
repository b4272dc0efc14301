"""The frames of a coding whose frames last otherwise than those of MP3, and those of them that a part holds.

Parts are cut where frames of MP3 start. A frame of another coding belongs to the part in which it starts,
counted from the episode's start, so that each frame of an episode belongs to one part.
"""

from dataclasses import dataclass

from dropcast.sound.frames import Window

TIMELINE_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Frames of `frame` samples at the timeline's rate, from the episode's start on.

    An encoder is fed `priming` frames before the first that a part keeps, and `behind` frames more than the
    part is long, whatever is heard there.
    """

    frame: int
    priming: int
    behind: int

    def window(self, position: int, *, is_last: bool) -> Window:
        """Return the PCM to be encoded for a part; it starts where a frame does."""
        first = max(0, position // self.frame - self.priming) * self.frame
        return Window(lead=position - first, tail=0 if is_last else self.behind * self.frame)

    def kept(self, position: int, samples: int, *, is_last: bool) -> slice:
        """Return which of the encoder's frames belong to a part; the last keeps what is flushed as well."""
        lead = self.window(position, is_last=is_last).lead
        return slice(self._frames(lead), None if is_last else self._frames(lead + samples))

    def _frames(self, samples: int) -> int:
        return -(-samples // self.frame)
