"""Chapters of an M4A: a track of text, for Apple's players and libavformat, and Nero's list, for others.

The texts of the track say how long they last and not when they begin, and many players count from the start
of the file (github.com/svnpenn/mp4v2, issue 130). So what comes before the first chapter is a chapter too.

Sources: "QuickTime File Format", "Text media" and "Chapter lists"; libavformat's movenc.c, mov_write_chpl_tag
(Nero's list, of which there is no specification).
"""

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dropcast.jobs.part import Coding
from dropcast.publishing.formats.mp4_boxes import box, full_box
from dropcast.publishing.formats.mp4_tracks import MATRIX, Samples, Track
from dropcast.publishing.tags import Tags, one_line
from dropcast.sound.aac import own_samples

IN_MOVIE = 2  # flag of a track; one without flag 1 is not shown by itself
LONGEST_TEXT = 2**16 - 1  # bytes of a text
MOST_IN_LIST, LONGEST_IN_LIST = 255, 255  # chapters in Nero's list, and bytes of a title there
NERO_SECOND = 10_000_000
UTF_8 = box(b"encd", struct.pack(">I", 0x100))  # what a text is written in, behind the text
BLACK, WHITE = bytes(6), b"\xff" * 6


@dataclass(frozen=True, slots=True)
class ListedChapter:
    """A chapter that players show, from sample `start` of the file up to `end`."""

    title: str
    start: int
    end: int


def listed_chapters(tags: Tags, coding: Coding) -> tuple[ListedChapter, ...]:
    """Return the chapters that players show, one after the other from the start of the file to its end.

    What is not listed belongs to the chapter before, what comes before the first is called as the episode is.
    """
    starts = [(placed.start, placed.chapter.title) for placed in tags.chapters if placed.chapter.listed]
    if starts and starts[0][0] > 0:
        starts.insert(0, (0, tags.title))
    # A last chapter that ended after the sound would make the file longer than it is.
    spans = pairwise(
        [*(own_samples(coding, start) for start, _ in starts), own_samples(coding, tags.samples)]
    )
    return tuple(
        ListedChapter(one_line(title), start, end)
        for (_, title), (start, end) in zip(starts, spans, strict=True)
    )


def chapter_texts(chapters: tuple[ListedChapter, ...]) -> list[bytes]:
    """Return the samples of the track of text."""
    titles = (_cut(chapter.title, LONGEST_TEXT) for chapter in chapters)
    return [struct.pack(">H", len(title)) + title + UTF_8 for title in titles]


def chapter_track(chapters: tuple[ListedChapter, ...], number: int, rate: int, language: str) -> Track:
    """Return the track of text."""
    sizes = np.array([len(text) for text in chapter_texts(chapters)], np.uint32)
    return Track(
        number=number,
        fields=(IN_MOVIE, 0, 0),
        kind=b"text",
        header=_text_header(),
        description=_text_description(),
        rate=rate,
        samples=Samples(sizes, tuple((1, chapter.end - chapter.start) for chapter in chapters), len(sizes)),
        edit=(chapters[-1].end, 0),
        language=language,
    )


def nero_list(chapters: tuple[ListedChapter, ...], rate: int) -> bytes:
    """Return the first chapters as Nero's players look for them."""
    entries = []
    for chapter in chapters[:MOST_IN_LIST]:
        title = _cut(chapter.title, LONGEST_IN_LIST)
        entries.append(struct.pack(">QB", chapter.start * NERO_SECOND // rate, len(title)) + title)
    return full_box(b"chpl", struct.pack(">IB", 0, len(entries)), *entries, version=1)


def _text_header() -> bytes:
    # A mode of drawing (copy, with dither) that nobody will use; every value is the format's default.
    drawing = full_box(b"gmin", struct.pack(">4H2xH", 0x40, 0x8000, 0x8000, 0x8000, 0))
    return box(b"gmhd", drawing, box(b"text", MATRIX))


def _text_description() -> bytes:
    # Flags, justification, background, box, 8 reserved; font and face, 3 reserved; foreground, no name.
    look = bytes(8) + BLACK + bytes(8) + bytes(8) + bytes(4) + bytes(3) + WHITE + bytes(1)
    return box(b"text", struct.pack(">6xH", 1), look)


def _cut(title: str, most: int) -> bytes:
    """Return a title in no more than so many bytes, without the half of a character."""
    return title.encode()[:most].decode(errors="ignore").encode()
