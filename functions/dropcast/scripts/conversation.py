"""A conversation, ready to be cast and planned: values only, small enough for ten thousand lines."""

from dataclasses import dataclass
from typing import Literal

from dropcast.scripts.loudness import PODCAST, Target
from dropcast.scripts.problems import Problem
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.speakable import ALL

MAX_SCRIPT_BYTES = 5 * 1024 * 1024
MAX_LINES = 10_000  # spoken ones

UNNAMED = ""  # who speaks a line that names nobody: the seed gave it the service's default voice

Gender = Literal["female", "male"]
Kind = Literal["text", "ssml", "markup"]
Said = Kind | Literal["audio"]  # what an entry holds; the content of "audio" is an object's name
Format = Literal["mp3", "m4a", "m4b", "opus", "flac", "wav", "vtt", "srt", "transcript.json", "chapters.json"]
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
class Pauses:
    """Milliseconds of silence between two lines, by rule.

    Between two speakers people leave some 200 ms (Levinson and Torreira 2015), and least after a question
    (Stivers et al. 2009); one who goes on pauses for 200 to 1000 ms (Campione and Veronis 2002). Those who
    listen to synthetic episodes ask for 300 to 500 ms. A trimmed clip keeps 50 ms of silence at its edges,
    which comes on top.
    """

    same_speaker_ms: int = 400
    turn_ms: int = 250
    question_ms: int = 150
    chapter_ms: int = 1200


@dataclass(frozen=True, slots=True)
class Pacing:
    """How a line follows the one before, where it says so itself.

    `before_ms` and `after_ms` replace the pause by rule (and add up where both meet); `rest_ms` is the sum of
    the explicit pauses that stand right before the line; with `overlap_ms` it starts so much before the last
    one ends.
    """

    before_ms: int | None = None
    after_ms: int | None = None
    rest_ms: int = 0
    overlap_ms: int = 0


AS_USUAL = Pacing()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter that starts at a line; `image` and `url` are links that players may show."""

    title: str
    image: str | None = None
    url: str | None = None
    listed: bool = True  # in the table of contents


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be spoken, or a recording to be heard (kind "audio", whose content is an object's name).

    `index` is its place among all entries of the file, those without text included. What the line's own
    delivery says goes before what its speaker's says; None is nothing. Its pronunciations go before the
    script's.
    """

    index: int
    id: str | None
    speaker: str
    kind: Said
    content: str
    caption: str | None
    delivery: Delivery | None
    pacing: Pacing = AS_USUAL
    chapter: Chapter | None = None
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A file to be made; None is left to the deployment, or has no meaning for the format."""

    format: Format
    bitrate_kbps: int | None = None
    sample_rate_hertz: int | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """A recording beside the lines: an object of the uploads bucket, and how it is heard.

    The intro is heard before the lines, the outro after them, music under them: `gain_db` is how loud it is
    beside the speech, `duck_db` how much less while somebody speaks (WCAG 2.2, 1.4.7: 20 dB in all), `loop`
    whether it starts again when it ends. For intro and outro gain_db is relative to the speakers' loudness.
    """

    role: Literal["intro", "outro", "music"]
    name: str
    gain_db: float = 0.0
    duck_db: float = 0.0
    loop: bool = False
    fade_in_ms: int = 0
    fade_out_ms: int = 0


@dataclass(frozen=True, slots=True)
class Sounding:
    """How an episode shall sound: its pauses, edges and levels; no loudness leaves levels as spoken.

    `fade_ms` is the fade at every edge of every clip; without `trim` the silence that a voice leaves at the
    edges of its clips is kept.
    """

    pauses: Pauses = Pauses()
    trim: bool = True
    fade_ms: int = 5  # what takes away every click that can be measured (sound.md, section 1)
    loudness: Target | None = PODCAST
    match_speakers: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """What somebody wants to hear, checked: at least one line, and at least one output that can be heard.

    `speakers` are those declared; a line may name others. `skipped` are the entries that are not heard.
    `lines_pointer` is where the file keeps its entries: "" for a bare array, else "/lines" or its alias.
    `rest_ms` is the sum of the explicit pauses behind the last line. `clean_up` are the rules by which text
    is made fit to be spoken (scripts/speakable.py).
    """

    title: str | None
    description: str | None
    language_code: str | None
    speakers: tuple[Speaker, ...]
    lines: tuple[Line, ...]
    skipped: tuple[int, ...]
    on_error: OnError
    outputs: tuple[Output, ...]
    warnings: tuple[Problem, ...]
    lines_pointer: str = ""
    sounding: Sounding = Sounding()
    extras: tuple[Extra, ...] = ()
    rest_ms: int = 0
    pronunciations: tuple[Pronunciation, ...] = ()
    clean_up: frozenset[str] = ALL

    def pointer(self, line: Line) -> str:
        """Say where in the file a line is, as a JSON pointer."""
        return f"{self.lines_pointer}/{line.index}"
