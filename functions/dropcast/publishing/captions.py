"""Captions as WebVTT: one cue for each line, timed by the timeline.

Source: WebVTT, W3C Candidate Recommendation 2019-04-04, sections 4 and 6.4 (syntax and voice spans).
"""

from collections.abc import Iterator

from dropcast.jobs.plan import Plan
from dropcast.sound.timeline import Timeline


def webvtt(plan: Plan, timeline: Timeline) -> Iterator[bytes]:
    """Yield a WebVTT file with a cue and a voice span for every line that is heard."""
    speakers = {speaker.key: speaker.name for speaker in plan.head.speakers}
    lines = {line.entry: line for line in plan.lines}
    yield b"WEBVTT\n"
    for placed in timeline.lines:
        line = lines[placed.entry]
        start = _time(placed.start, timeline.sample_rate_hertz)
        end = _time(placed.end, timeline.sample_rate_hertz)
        text = f"<v {_annotation(speakers[line.speaker])}>{_text(line.caption)}"
        yield f"\n{start} --> {end}\n{text}\n".encode()


def _time(samples: int, rate: int) -> str:
    milliseconds = (samples * 1000 + rate // 2) // rate
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _text(caption: str) -> str:
    # Escaped, "-->" cannot stand in a cue; on one line, no blank line can end it early.
    return " ".join(caption.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _annotation(speaker: str) -> str:
    return _text(speaker) or "Narrator"
