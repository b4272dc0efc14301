"""The timeline: where each clip starts, in samples, laid before a byte is encoded.

Audio, captions and report are all derived from it, so they agree to the sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dropcast.jobs.outcome import Outcome, Spoken
from dropcast.jobs.plan import Plan


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip of the episode: `start` and `samples` count samples at the timeline's rate."""

    utterance: int
    start: int
    samples: int


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
        return self.clips[-1].start + self.clips[-1].samples


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lines that are heard, in order, and the length of the whole in samples."""

    sample_rate_hertz: int
    lines: tuple[PlacedLine, ...]
    samples: int


def lay_timeline(plan: Plan, outcomes: list[Outcome]) -> Timeline:
    """Place every line that was wholly spoken: clips of one line touch, lines are a pause apart.

    Raises ValueError if an outcome is missing.
    """
    if len(outcomes) != plan.head.utterances:
        raise ValueError(f"{len(outcomes)} outcomes for {plan.head.utterances} utterances")
    rate = plan.head.sample_rate_hertz
    pause = rate * plan.head.pause_ms // 1000
    placed: list[PlacedLine] = []
    now = 0
    for line in plan.lines:
        clips = outcomes[line.utterances]
        if spoken := _wholly_spoken(clips):
            now += pause if placed else 0
            placed.append(PlacedLine(line.entry, tuple(_one_after_the_other(now, spoken))))
            now = placed[-1].end
    return Timeline(rate, tuple(placed), now)


def _wholly_spoken(outcomes: list[Outcome]) -> list[Spoken]:
    # A line with a piece missing is not spoken in part: it is left out whole, and the report says so.
    spoken = [outcome for outcome in outcomes if isinstance(outcome, Spoken)]
    return spoken if len(spoken) == len(outcomes) else []


def _one_after_the_other(start: int, clips: list[Spoken]) -> Iterator[PlacedClip]:
    for clip in clips:
        yield PlacedClip(clip.utterance, start, clip.samples)
        start += clip.samples
