"""What is settled of an episode before a byte of it is encoded: its parts, its files, its tags.

The first layout that is written decides, whichever release wrote it; all that follows goes by it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dropcast.jobs.identity import Upload
from dropcast.jobs.part import Coding
from dropcast.jobs.report import OutputFile
from dropcast.jobs.stored import known
from dropcast.publishing.tags import Tags
from dropcast.scripts.conversation import Chapter, Output
from dropcast.sound.timeline import PlacedChapter

VERSION = 1


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """A part of the episode: where it lies, and under which digest each coding of it is stored, in order."""

    position: int
    samples: int
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How an episode is made of parts. `settled` is the digest of everything that was settled with it.

    `sounds` are the files to be made of the parts, `texts` those that are written already; `loudness` is what
    the report says of levels.
    """

    upload: Upload
    settled: str
    samples: int
    sample_rate_hertz: int
    sounds: tuple[Output, ...]
    texts: tuple[OutputFile, ...]
    codings: tuple[Coding, ...]
    parts: tuple[PlacedPart, ...]
    tags: Tags
    loudness: Mapping[str, object]


def encode_layout(layout: Layout) -> bytes:
    return json.dumps({"version": VERSION} | asdict(layout), ensure_ascii=False).encode()


def decode_layout(data: bytes) -> Layout:
    """Read what encode_layout wrote. Raises ValueError."""
    fields: dict[str, object] = json.loads(data)
    match fields:
        case {
            "upload": dict(upload),
            "sounds": list(sounds),
            "texts": list(texts),
            "codings": list(codings),
            "parts": list(parts),
            "tags": dict(tags),
        }:
            values = {
                "upload": known(Upload, upload),
                "sounds": tuple(known(Output, output) for output in sounds),
                "texts": tuple(known(OutputFile, text) for text in texts),
                "codings": tuple(known(Coding, coding) for coding in codings),
                "parts": tuple(map(_decode_part, parts)),
                "tags": _decode_tags(tags),
            }
            return known(Layout, fields | values)
        case _:
            raise ValueError("not a layout")


def _decode_part(fields: dict[str, object]) -> PlacedPart:
    match fields:
        case {"digests": list(digests)}:
            return known(PlacedPart, fields | {"digests": tuple(digests)})
        case _:
            raise ValueError(f"not a part: {fields}")


def _decode_tags(fields: dict[str, object]) -> Tags:
    match fields:
        case {"speakers": list(speakers), "chapters": list(chapters)}:
            # A cover is no part of the layout: whoever writes the files brings it.
            placed = tuple(map(_decode_chapter, chapters))
            return known(Tags, fields | {"speakers": tuple(speakers), "chapters": placed, "cover": None})
        case _:
            raise ValueError(f"not tags: {fields}")


def _decode_chapter(fields: dict[str, object]) -> PlacedChapter:
    match fields:
        case {"chapter": dict(chapter), "start": int(start), "end": int(end)}:
            return PlacedChapter(known(Chapter, chapter), start, end)
        case _:
            raise ValueError(f"not a chapter: {fields}")
