"""What the report says of each line, from the plan, the outcomes and the timeline."""

from collections.abc import Iterator

from dropcast.jobs.outcome import Outcome, Rejection, Spoken
from dropcast.jobs.plan import Plan, PlannedLine
from dropcast.jobs.report import LineState
from dropcast.sound.timeline import PlacedLine, Timeline


def line_states(plan: Plan, outcomes: list[Outcome], timeline: Timeline | None) -> Iterator[LineState]:
    """Yield the state of every line of the plan; without a timeline nothing is heard."""
    rate = plan.head.sample_rate_hertz
    placed = {line.entry: line for line in timeline.lines} if timeline else {}
    for line in plan.lines:
        yield _state(line, outcomes[line.utterances], placed.get(line.entry), rate)


def _state(line: PlannedLine, outcomes: list[Outcome], placed: PlacedLine | None, rate: int) -> LineState:
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)]
    return LineState(
        entry=line.entry,
        speaker=line.speaker,
        voice=line.requests[0].voice,
        state="rejected" if reasons else "spoken",
        start_time=round(placed.start / rate, 6) if placed else None,
        end_time=round(placed.end / rate, 6) if placed else None,
        characters=sum(request.characters() for request in line.requests),
        cached=all(isinstance(outcome, Spoken) and outcome.cached for outcome in outcomes),
        reason=reasons[0] if reasons else None,
    )
