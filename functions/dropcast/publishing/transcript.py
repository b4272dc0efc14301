"""The transcript as Podcasting 2.0 has it (podcast-namespace, docs/examples/transcripts/transcripts.md)."""

import json
from collections.abc import Iterator

from dropcast.jobs.plan import Plan
from dropcast.publishing.captions import captioned, names_of
from dropcast.sound.timeline import Timeline


def transcript_json(plan: Plan, timeline: Timeline) -> Iterator[bytes]:
    """Yield a JSON transcript with a segment for every line that is heard, in the words of the script."""
    names = names_of(plan)
    rate = timeline.sample_rate_hertz
    separator = ""
    yield b'{"version":"1.0.0","segments":['
    for line, placed in captioned(plan, timeline):
        segment = {
            "speaker": names[line.speaker],
            "startTime": round(placed.start / rate, 6),
            "endTime": round(placed.end / rate, 6),
            "body": line.caption.strip(),
        }
        yield f"{separator}\n{json.dumps(segment, ensure_ascii=False)}".encode()
        separator = ","
    yield b"\n]}\n"
