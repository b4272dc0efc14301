"""Captions as WebVTT: cues timed by the timeline, which the audio is laid by as well.

Source: WebVTT, W3C Candidate Recommendation 2019-04-04, sections 4 and 6.4 (syntax and voice spans).
"""

from collections.abc import Iterator

from dropcast.jobs.plan import Plan, PlannedLine
from dropcast.sound.timeline import PlacedClip, PlacedLine, Timeline


def webvtt(plan: Plan, timeline: Timeline) -> Iterator[bytes]:
    """Yield a WebVTT file with a cue and a voice span for every line that is heard.

    A line that was too long for one call has a cue for each piece, unless it has a caption of its own.
    """
    speakers = {speaker.key: speaker.name for speaker in plan.head.speakers}
    lines = {line.entry: line for line in plan.lines}
    yield b"WEBVTT\n"
    for placed in timeline.lines:
        line = lines[placed.entry]
        for cue, text in _cues(line, placed):
            start, end = (
                _time(at, timeline.sample_rate_hertz) for at in (cue.start, cue.start + cue.samples)
            )
            yield f"\n{start} --> {end}\n<v {_annotation(speakers[line.speaker])}>{_text(text)}\n".encode()


def _cues(line: PlannedLine, placed: PlacedLine) -> Iterator[tuple[PlacedClip, str]]:
    pieces = [request.content for request in line.requests]
    if " ".join(pieces).split() == line.caption.split():
        yield from zip(placed.clips, pieces, strict=True)
    else:
        whole = PlacedClip(placed.clips[0].utterance, placed.start, placed.end - placed.start)
        yield whole, line.caption


def _time(samples: int, rate: int) -> str:
    milliseconds = (samples * 1000 + rate // 2) // rate
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _text(caption: str) -> str:
    # Escaped, "-->" cannot stand in a cue; on one line, no blank line can end it early.
    return " ".join(caption.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _annotation(speaker: str) -> str:
    return _text(speaker) or "Narrator"
