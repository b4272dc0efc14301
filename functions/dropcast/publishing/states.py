"""What the report says of each line, from the plan, the outcomes, the timeline and the levels."""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from dropcast.jobs.outcome import Outcome, Rejection, Spoken
from dropcast.jobs.plan import Plan, PlannedLine
from dropcast.jobs.report import LineState
from dropcast.sound.timeline import PlacedLine, Timeline

UNKNOWN: Mapping[int, tuple[float, float]] = MappingProxyType({})
DIGITS = 2  # of LUFS: what meters show has one


def line_states(
    plan: Plan,
    outcomes: Sequence[Outcome],
    timeline: Timeline | None,
    levels: Mapping[int, tuple[float, float]] = UNKNOWN,
) -> Iterator[LineState]:
    """Yield the state of every line of the plan; without a timeline nothing is heard.

    `levels` are the gain in dB of an utterance, and how many LUFS it has with it.
    """
    rate = plan.head.sample_rate_hertz
    placed = {line.entry: line for line in timeline.lines} if timeline else {}
    for line in plan.lines:
        yield _state(line, outcomes[line.utterances], placed.get(line.entry), rate, levels)


def _state(
    line: PlannedLine,
    outcomes: Sequence[Outcome],
    placed: PlacedLine | None,
    rate: int,
    levels: Mapping[int, tuple[float, float]],
) -> LineState:
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)]
    spoken = [outcome for outcome in outcomes if isinstance(outcome, Spoken)]
    leveled = [outcome for outcome in spoken if outcome.utterance in levels] if placed else []
    return LineState(
        entry=line.entry,
        speaker=line.speaker,
        voice=line.requests[0].voice,
        state="rejected" if reasons else "spoken",
        start_time=round(placed.start / rate, 6) if placed else None,
        end_time=round(placed.end / rate, 6) if placed else None,
        characters=sum(request.characters() for request in line.requests),
        cached=not reasons and all(outcome.cached for outcome in spoken),
        reason=reasons[0] if reasons else None,
        clips=tuple(outcome.audio for outcome in spoken),
        gain_db=levels[leveled[0].utterance][0] if leveled else None,
        lufs=_loudness_of_all(leveled, levels),
    )


def _loudness_of_all(clips: Sequence[Spoken], levels: Mapping[int, tuple[float, float]]) -> float | None:
    """Return the loudness of clips one after the other, in LUFS; None where there is none."""
    power = sum(clip.measures.heard * 10 ** (levels[clip.utterance][1] / 10) for clip in clips)
    samples = sum(clip.measures.heard for clip in clips)
    return round(10 * math.log10(power / samples), DIGITS) if power and samples else None
