"""Captions as SubRip, as Podcasting 2.0 wants them.

Source: podcast-namespace, docs/examples/transcripts/transcripts.md: at most two lines of 32 characters; a new
cue where the speaker changes, which begins with the name and a colon.
"""

from collections.abc import Iterator

from dropcast.jobs.plan import Plan
from dropcast.publishing.captions import clock, cues
from dropcast.publishing.line_breaking import break_lines
from dropcast.sound.timeline import Timeline

COLUMNS = 32


def srt(plan: Plan, timeline: Timeline) -> Iterator[bytes]:
    """Yield a SubRip file; a name stands where another speaker goes on than in the cue before.

    A cue may need a third line where speakers fall in with each other in the middle of what they say, or
    where a name is longer than a line.
    """
    before = None
    for number, cue in enumerate(cues(plan, timeline, COLUMNS, named=True), start=1):
        start, end = clock(cue, timeline.sample_rate_hertz, ",")
        text = cue.text if cue.speaker == before else f"{cue.speaker}: {cue.text}"
        lines = "\n".join(map(_harmless, break_lines(text, COLUMNS)))
        yield f"{number}\n{start} --> {end}\n{lines}\n\n".encode()
        before = cue.speaker


def _harmless(line: str) -> str:
    # The format knows no way to escape: an arrow would be read as the times of a cue.
    return line.replace("-->", "→")
