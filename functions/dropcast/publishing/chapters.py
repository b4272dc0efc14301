"""Chapters as Podcasting 2.0 has them (podcast-namespace, docs/examples/chapters/jsonChapters.md)."""

import json
from collections.abc import Iterator

from dropcast.jobs.plan import Plan
from dropcast.sound.timeline import PlacedChapter, Timeline


def chapters_json(plan: Plan, timeline: Timeline) -> Iterator[bytes]:
    """Yield JSON chapters of version 1.2.0 (application/json+chapters)."""
    rate = timeline.sample_rate_hertz
    chapters = {
        "version": "1.2.0",
        "title": plan.head.title,
        "chapters": [_fields(chapter, rate) for chapter in timeline.chapters],
    }
    yield json.dumps(chapters, ensure_ascii=False, indent=1).encode() + b"\n"


def _fields(placed: PlacedChapter, rate: int) -> dict[str, object]:
    chapter = placed.chapter
    return {
        "startTime": round(placed.start / rate, 6),
        "endTime": round(placed.end / rate, 6),
        "title": chapter.title,
        **({"img": chapter.image} if chapter.image else {}),
        **({"url": chapter.url} if chapter.url else {}),
        **({} if chapter.listed else {"toc": False}),
    }
