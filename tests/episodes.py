"""Tags of made-up episodes, and pictures to be their covers."""

import zlib

from dropcast.publishing.tags import Tags
from dropcast.scripts.conversation import Chapter
from dropcast.sound.timeline import PlacedChapter

RATE = 24_000
NOTE = "The voices of this episode are synthetic."


def chapters(*starts_and_titles, end):
    """Chapters from (start in seconds, title or Chapter), each up to the next one."""
    starts = [int(start * RATE) for start, _ in starts_and_titles]
    named = [
        chapter if isinstance(chapter, Chapter) else Chapter(chapter) for _, chapter in starts_and_titles
    ]
    return tuple(map(PlacedChapter, named, starts, [*starts[1:], end]))


def tags(title="An episode", *, seconds=3.0, speakers=("Ana", "Bo"), marks=(), **more):
    samples = int(seconds * RATE)
    given = {"date": "2026-11-20", "language": "en-US", "note": NOTE} | more
    return Tags(
        title=title,
        speakers=speakers,
        chapters=chapters(*marks, end=samples),
        samples=samples,
        sample_rate_hertz=RATE,
        **given,
    )


def png(width=3, height=2):
    """A grey PNG, made by the book."""

    def chunk(kind, body):
        crc = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + crc

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = (b"\0" + b"\x80" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
