"""Cues: what is shown while it is heard, timed by the timeline, which the audio is laid by as well."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

from dropcast.jobs.plan import Plan, PlannedLine
from dropcast.jobs.recording import Recording
from dropcast.publishing.line_breaking import columns_of, cut_cues
from dropcast.sound.timeline import PlacedLine, Timeline

NARRATOR = "Narrator"  # who speaks a line that names nobody


@dataclass(frozen=True, slots=True)
class Cue:
    """What a speaker says from sample `start` up to `end`: short enough to be shown at once, in lines that
    break_lines makes of it.
    """

    start: int
    end: int
    speaker: str
    text: str


def cues(plan: Plan, timeline: Timeline, columns: int, *, named: bool = False) -> Iterator[Cue]:
    """Yield what is shown, in two lines of so many columns at most, in order of the starts.

    The first cue of a line starts with it and the last ends with it; between these, time is shared out by the
    columns of the text. A line that was too long for one call is timed piece by piece, unless its caption is
    not what its pieces say. With `named`, a cue that begins a turn leaves room for the name of its speaker.
    """
    yield from _by_start(_lines_of_cues(plan, timeline, columns, named=named))


def captioned(plan: Plan, timeline: Timeline) -> Iterator[tuple[PlannedLine, PlacedLine]]:
    """Yield every line that is heard and has a caption, in the order in which they start."""
    lines = {line.entry: line for line in plan.lines}
    for placed in timeline.lines:
        if lines[placed.entry].caption.strip():
            yield lines[placed.entry], placed


def names_of(plan: Plan) -> Mapping[str, str]:
    """Return what each speaker is called, on one line."""
    return {speaker.key: " ".join(speaker.name.split()) or NARRATOR for speaker in plan.head.speakers}


def clock(cue: Cue, rate: int, point: str) -> tuple[str, str]:
    """Return when a cue starts and ends, as hours, minutes, seconds and milliseconds behind a point."""
    start = _milliseconds(cue.start, rate)
    # Both formats want a cue to end after it starts, even one that is too short to be seen.
    end = max(start + 1, _milliseconds(cue.end, rate))
    return _time(start, point), _time(end, point)


def _lines_of_cues(plan: Plan, timeline: Timeline, columns: int, *, named: bool) -> Iterator[list[Cue]]:
    names = names_of(plan)
    before = None
    for line, placed in captioned(plan, timeline):
        prefix = f"{names[line.speaker]}:" if named and line.speaker != before else ""
        yield list(_cues_of_line(line, placed, names[line.speaker], columns, prefix))
        before = line.speaker


def _cues_of_line(
    line: PlannedLine, placed: PlacedLine, speaker: str, columns: int, prefix: str
) -> Iterator[Cue]:
    for start, end, text in _sayings(line, placed):
        texts = cut_cues(text, columns, prefix)
        for (first, last), shown in zip(_shares(start, end, texts), texts, strict=True):
            yield Cue(first, last, speaker, shown)
        prefix = ""


def _sayings(line: PlannedLine, placed: PlacedLine) -> Iterator[tuple[int, int, str]]:
    """Yield from when to when what is said of a line is known: its pieces, or the whole."""
    pieces = [request.content for request in line.requests if not isinstance(request, Recording)]
    if all(map(str.strip, pieces)) and " ".join(pieces).split() == line.caption.split():
        for clip, piece in zip(placed.clips, pieces, strict=True):
            yield clip.start, clip.end, piece
    else:
        yield placed.start, placed.end, line.caption


def _shares(start: int, end: int, texts: list[str]) -> Iterator[tuple[int, int]]:
    """Share out a time among texts by how long they are."""
    spoken = [0, *accumulate(max(1, columns_of(text)) for text in texts)]
    return pairwise(start + (end - start) * until // spoken[-1] for until in spoken)


def _by_start(lines: Iterable[list[Cue]]) -> Iterator[Cue]:
    """Yield the cues of lines that come by their starts, but may begin before the one before is over."""
    waiting: list[Cue] = []
    for cues_of_line in lines:
        ready = bisect_right(waiting, cues_of_line[0].start, key=_start)
        yield from waiting[:ready]
        waiting = sorted([*waiting[ready:], *cues_of_line], key=_start)
    yield from waiting


def _start(cue: Cue) -> int:
    return cue.start


def _milliseconds(samples: int, rate: int) -> int:
    return (samples * 1000 + rate // 2) // rate


def _time(milliseconds: int, point: str) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"
