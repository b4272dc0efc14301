"""Captions as WebVTT (W3C Candidate Recommendation 2019-04-04, sections 4 and 6.4)."""

from collections.abc import Iterator

from dropcast.jobs.plan import Plan
from dropcast.publishing.captions import clock, cues
from dropcast.publishing.line_breaking import break_lines
from dropcast.sound.timeline import Timeline

COLUMNS = 65  # what Podcasting 2.0 recommends (podcast-namespace, docs/examples/transcripts/transcripts.md)


def webvtt(plan: Plan, timeline: Timeline) -> Iterator[bytes]:
    """Yield a WebVTT file whose every cue is the voice of its speaker."""
    yield b"WEBVTT\n"
    for cue in cues(plan, timeline, COLUMNS):
        start, end = clock(cue, timeline.sample_rate_hertz, ".")
        text = "\n".join(map(_escaped, break_lines(cue.text, COLUMNS)))
        yield f"\n{start} --> {end}\n<v {_escaped(cue.speaker)}>{text}\n".encode()


def _escaped(text: str) -> str:
    # Escaped, "-->" cannot stand in a cue.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
