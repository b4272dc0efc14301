"""What pieces are made of, between a document and the requests: bits of text, units of bits, and joints."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from dropcast.scripts.batch.document import NATURAL, Prosody
from dropcast.scripts.batch.tokens import Written
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.speakable import has_speech


@dataclass(frozen=True, slots=True)
class Manner:
    """How a bit is spoken, as far as its voice can."""

    prosody: Prosody = NATURAL
    emphasis: Literal["strong", "moderate", "reduced"] | None = None
    language: str | None = None


PLAIN = Manner()


@dataclass(frozen=True, slots=True)
class Bit:
    """Text in one manner: as written, and what the voice is given for it ("" where nothing is to be heard).

    `element` is the SSML element around it, with its attributes ("" for none); `sound` goes beside the text.
    The tokens are those of what is written.
    """

    written: str
    said: str
    manner: Manner = PLAIN
    element: str = ""
    sound: Pronunciation | None = None
    tokens: tuple[Written, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether no place in it corresponds to a place in what is said, or it may not be cut."""
        return bool(self.element) or self.sound is not None or self.said != self.written

    @property
    def speaks(self) -> bool:
        return has_speech(self.said)

    @property
    def is_blank(self) -> bool:
        return not self.said.strip() and not self.written.strip()


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of a known length."""

    milliseconds: int


class Cut(IntEnum):
    """Where a piece may end, the better place the higher."""

    CHARACTER = 0
    WORD = 1
    CLAUSE = 2
    PAUSE = 3
    SENTENCE = 4
    PARAGRAPH = 5


@dataclass(frozen=True, slots=True)
class Unit:
    """Bits that are not cut apart unless they must be: a sentence, or what a pause leaves of one.

    `pause_ms` stands behind it. `ended` is whether the document says that a sentence or paragraph ends here,
    whatever marks stand there.
    """

    bits: tuple[Bit, ...]
    cut: Cut
    pause_ms: int = 0
    ended: bool = False

    @property
    def ends_sentence(self) -> bool:
        return self.cut >= Cut.SENTENCE

    @property
    def speaks(self) -> bool:
        return any(bit.speaks for bit in self.bits)


@dataclass(frozen=True, slots=True)
class Joint:
    """What lies between two pieces, or before the first, or behind the last.

    `rest_ms` was asked for and is always there. With `is_exact` it is all the silence there is: that of the
    clips is cut off on both sides; else as `trims_before` and `trims_after` say. `own_ms` stands for the
    pause that a voice would have made here, had it spoken both sides in one; it counts between two pieces
    only, in place of the clips' own silence, and not beside an exact rest.
    """

    rest_ms: int = 0
    own_ms: int | None = None
    is_exact: bool = False
    trims_before: bool = False
    trims_after: bool = False

    def __add__(self, other: "Joint") -> "Joint":
        owns = [own for own in (self.own_ms, other.own_ms) if own is not None]
        return Joint(
            self.rest_ms + other.rest_ms,
            sum(owns) if owns else None,
            self.is_exact or other.is_exact,
            self.trims_before or other.trims_before,
            self.trims_after or other.trims_after,
        )

    @property
    def between_ms(self) -> int:
        """The silence that is put between two pieces."""
        return self.rest_ms + (0 if self.is_exact else self.own_ms or 0)


def exact(milliseconds: int) -> Joint:
    """Return a joint that is as long as it says."""
    return Joint(rest_ms=milliseconds, is_exact=True)


class Notes:
    """What was left out, once each, in the order in which it was met."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}

    def add(self, note: str) -> None:
        self._notes[note] = None

    def all(self) -> tuple[str, ...]:
        return tuple(self._notes)
