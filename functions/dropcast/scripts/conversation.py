"""A conversation, ready to be cast and planned: values only, small enough for ten thousand lines."""

from dataclasses import dataclass
from typing import Literal

from dropcast.scripts.problems import Problem

MAX_SCRIPT_BYTES = 5 * 1024 * 1024
MAX_LINES = 10_000  # spoken ones

# Between two speakers people leave 200 ms or so (sound.md, section 5), and those who listen to synthetic
# episodes ask for 300 to 500 ms. A trimmed clip keeps 50 ms of silence at its edges, which makes 300 ms;
# an untrimmed one has 0.7 s of its own, to which little should be added.
DEFAULT_PAUSE_MS = 250

UNNAMED = ""  # who speaks a line that names nobody: the seed gave it the service's default voice

Gender = Literal["female", "male"]
Kind = Literal["text", "ssml", "markup"]
OnError = Literal["fail", "skip"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How something is to be spoken; None is not said."""

    voice: str | None = None
    language_code: str | None = None
    speaking_rate: float | None = None
    pitch: float | None = None
    volume_gain_db: float | None = None


NOTHING_SAID = Delivery()


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker whom the script declares. Lines name the key, captions show the name.

    `pointer` is where the file declares it, as a JSON pointer.
    """

    key: str
    name: str
    gender: Gender | None
    delivery: Delivery
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be spoken.

    `index` is its place among all entries of the file, those without text included. What the line's own
    delivery says goes before what its speaker's says; None is nothing.
    """

    index: int
    id: str | None
    speaker: str
    kind: Kind
    content: str
    caption: str | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Output:
    """A file to be made; None is left to the deployment."""

    format: Literal["mp3", "vtt"]
    bitrate_kbps: int | None = None
    sample_rate_hertz: int | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What somebody wants to hear, checked: at least one line, and exactly one MP3, first among the outputs.

    `speakers` are those declared; a line may name others. `skipped` are the entries that are not spoken.
    `lines_pointer` is where the file keeps its entries: "" for a bare array, else "/lines" or its alias.
    """

    title: str | None
    description: str | None
    language_code: str | None
    speakers: tuple[Speaker, ...]
    lines: tuple[Line, ...]
    skipped: tuple[int, ...]
    on_error: OnError
    outputs: tuple[Output, ...]
    pause_ms: int
    warnings: tuple[Problem, ...]
    lines_pointer: str = ""

    def pointer(self, line: Line) -> str:
        """Say where in the file a line is, as a JSON pointer."""
        return f"{self.lines_pointer}/{line.index}"
