"""The timeline: where each clip starts, in samples, laid before a byte is encoded.

Audio, captions, chapters and report are all derived from it, so they agree to the sample.
"""

from dataclasses import dataclass

from dropcast.scripts.conversation import Chapter, Extra


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip of the episode: `samples` of its samples, from its own `first` on, heard from `start` on."""

    utterance: int
    start: int
    samples: int
    first: int = 0

    @property
    def end(self) -> int:
        return self.start + self.samples


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of the script with its clips; `entry` is its place in the script."""

    entry: int
    clips: tuple[PlacedClip, ...]

    @property
    def start(self) -> int:
        return self.clips[0].start

    @property
    def end(self) -> int:
        return self.clips[-1].end


@dataclass(frozen=True, slots=True)
class PlacedChapter:
    """A chapter from sample `start` up to `end`, where the next one starts, or the episode ends."""

    chapter: Chapter
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlacedExtra:
    """A recording beside the lines: for intro and outro their one clip; music goes on until `end`."""

    extra: Extra
    clip: PlacedClip
    end: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that is heard, lines in order, and the length of the whole, in samples.

    `cuts` are where parts of the episode start, the first at 0.
    """

    sample_rate_hertz: int
    samples: int
    lines: tuple[PlacedLine, ...]
    chapters: tuple[PlacedChapter, ...] = ()
    extras: tuple[PlacedExtra, ...] = ()
    cuts: tuple[int, ...] = (0,)
