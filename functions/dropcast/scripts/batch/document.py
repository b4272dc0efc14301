"""What an input says, whichever way it was written: runs of text in order, each with how it shall sound.

Plain text and SSML in Azure's dialect (contract, section 10) both become a document; everything that is
nested or relative there is resolved here, so that whoever compiles it for a voice reads from left to right.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Prosody:
    """How a run differs from the voice's own way: rate as a factor, pitch in semitones, volume in dB.

    `silent` is volume 0, which no number of decibels says.
    """

    rate: float = 1.0
    pitch_semitones: float = 0.0
    volume_db: float = 0.0
    silent: bool = False


NATURAL = Prosody()


@dataclass(frozen=True, slots=True)
class SayAs:
    interpret_as: str
    format: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Phoneme:
    """How a run sounds; alphabets that Google's voices lack are converted or noted before."""

    alphabet: Literal["ipa", "x-sampa"]
    sounds: str


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one manner. `text` is what was written, and what boundaries repeat; `alias` is said for it."""

    text: str
    prosody: Prosody = NATURAL
    alias: str | None = None
    say_as: SayAs | None = None
    phoneme: Phoneme | None = None
    emphasis: Literal["strong", "moderate", "reduced"] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Silence that was asked for: a break. It is exact."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class End:
    """Here a sentence or a paragraph ends, whatever marks stand there."""

    of: Literal["sentence", "paragraph"]


Item = Run | Rest | End


@dataclass(frozen=True, slots=True)
class Silences:
    """Milliseconds of mstts:silence for a voice; None leaves the voice's own.

    Leading and tailing come on top of the voice's own silence; the exact ones replace it. `sentence` adds to
    the pause between sentences, `sentence_exact` replaces it; so for the marks inside a sentence.
    """

    leading: int | None = None
    leading_exact: int | None = None
    tailing: int | None = None
    tailing_exact: int | None = None
    sentence: int | None = None
    sentence_exact: int | None = None
    comma_exact: int | None = None
    semicolon_exact: int | None = None
    enumeration_comma_exact: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What one voice says: `voice` as the request names it, `items` in order."""

    voice: str
    items: tuple[Item, ...]
    silences: Silences = Silences()


@dataclass(frozen=True, slots=True)
class Document:
    """An input as read. `notes` say, once each, what was left out that Google's voices cannot do."""

    passages: tuple[Passage, ...]
    notes: tuple[str, ...] = ()
