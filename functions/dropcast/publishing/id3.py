"""Tags as ID3v2.3, for MP3 and WAV.

Not version 2.4: there the frames within a chapter tell their sizes in seven bits to a byte, but ffmpeg 9.0
reads eight and loses every chapter that has a title or a link of more than 125 bytes (so did Apple Podcasts:
github.com/radio-t/radio-t-site/pull/211), and of several speakers it shows the first alone.

Sources: "ID3 tag version 2.3.0"; "ID3v2 Chapter Frame Addendum" 1.0.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO

from mutagen.id3 import (
    APIC,
    CHAP,
    COMM,
    CTOC,
    ID3,
    TDRC,
    TIT2,
    TLAN,
    TPE1,
    WXXX,
    CTOCFlags,
    Encoding,
    Frame,
    PictureType,
)

from dropcast.publishing.cover import cover_type
from dropcast.publishing.languages import iso_639_2
from dropcast.publishing.tags import Tags, TimedChapter, chapter_times, one_line, speaker_names

HEADER_BYTES = 10
UNICODE, LATIN_1 = Encoding.UTF16, Encoding.LATIN1
LINK = "-->"  # the MIME type of a picture that is not here, but at an address: 4.15
CONTENTS = "toc"


def id3_tag(tags: Tags) -> bytes:
    """Return the tags as they stand before the sound; the same tags are the same bytes, without padding.

    Chapters stand in the order of their times, which is how some players show them.
    """
    # Frame by frame, because a whole tag of mutagen's sorts its chapters by their sizes.
    frames = b"".join(map(_frame_bytes, _frames(tags)))
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))  # seven bits to a byte: 3.1
    return b"ID3\3\0\0" + size + frames


def _frames(tags: Tags) -> Iterator[Frame]:
    if title := one_line(tags.title):
        yield TIT2(UNICODE, title)
    if speakers := speaker_names(tags):
        yield TPE1(UNICODE, speakers)
    if tags.date:
        yield TDRC(LATIN_1, tags.date)
    if language := iso_639_2(tags.language):
        yield TLAN(LATIN_1, language)
    if note := one_line(tags.note):
        yield COMM(UNICODE, lang="eng", desc="", text=note)
    yield from _chapters(chapter_times(tags))
    if tags.cover:
        yield APIC(LATIN_1, cover_type(tags.cover), PictureType.COVER_FRONT, desc="", data=tags.cover)


def _chapters(chapters: Sequence[TimedChapter]) -> Iterator[Frame]:
    names = [f"chp{index}" for index in range(len(chapters))]
    listed = [name for name, chapter in zip(names, chapters, strict=True) if chapter.listed]
    if listed:  # a table of contents without entries is not allowed
        yield CTOC(CONTENTS, CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED, child_element_ids=listed, sub_frames=[])
    for name, chapter in zip(names, chapters, strict=True):
        yield CHAP(name, chapter.start_ms, chapter.end_ms, sub_frames=list(_described(chapter)))


def _described(chapter: TimedChapter) -> Iterator[Frame]:
    if chapter.title:
        yield TIT2(UNICODE, chapter.title)
    if chapter.url:
        yield WXXX(LATIN_1, desc="", url=chapter.url)
    if chapter.image:
        yield APIC(LATIN_1, LINK, PictureType.COVER_FRONT, desc="", data=chapter.image.encode())


def _frame_bytes(frame: Frame) -> bytes:
    tag, written = ID3(), BytesIO()
    tag.add(frame)
    tag.update_to_v23()
    tag.save(written, v2_version=3, v23_sep="/", padding=lambda _: 0)  # lists of people: 4.2.1
    return written.getvalue()[HEADER_BYTES:]
