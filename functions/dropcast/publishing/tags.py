"""What a finished file says about itself."""

from dataclasses import dataclass
from urllib.parse import quote

from dropcast.publishing.languages import iso_639_2
from dropcast.scripts.text import UNSPEAKABLE
from dropcast.sound.timeline import PlacedChapter

MOST_CHAPTERS = 255  # a table of contents in ID3 counts them in one byte (ID3v2 Chapter Frame Addendum, 3.2)
IN_ADDRESSES = (
    "%:/?#[]@!$&'()*+,;=~"  # what quote() would not leave alone, but stands in a URI (RFC 3986, 2.2)
)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of an episode of `samples` samples at the timeline's rate, chapters included.

    `date` is the day of the script's upload (YYYY-MM-DD), `language` a BCP-47 tag, `note` says that the
    voices are synthetic, `cover` is a PNG or JPEG, if there is one.
    """

    title: str
    speakers: tuple[str, ...]
    date: str | None
    language: str
    note: str
    chapters: tuple[PlacedChapter, ...]
    samples: int
    sample_rate_hertz: int
    cover: bytes | None = None


@dataclass(frozen=True, slots=True)
class TimedChapter:
    """A chapter as files hold it: its title on one line, its times in milliseconds, its links in ASCII."""

    title: str
    start_ms: int
    end_ms: int
    url: str | None
    image: str | None
    listed: bool


def chapter_times(tags: Tags) -> tuple[TimedChapter, ...]:
    """Return the chapters that every format can hold.

    Times are rounded down, so that none starts after its first word and the last does not end after the
    sound, which some players would take for the length of the file.
    """

    def milliseconds(samples: int) -> int:
        return samples * 1000 // tags.sample_rate_hertz

    return tuple(
        TimedChapter(
            one_line(placed.chapter.title),
            milliseconds(placed.start),
            milliseconds(placed.end),
            _address(placed.chapter.url),
            _address(placed.chapter.image),
            placed.chapter.listed,
        )
        for placed in tags.chapters[:MOST_CHAPTERS]
    )


def one_line(text: str) -> str:
    """Return text without what ends a field early, or cannot be written as UTF-8."""
    return " ".join(UNSPEAKABLE.sub(" ", text).split())


def speaker_names(tags: Tags) -> list[str]:
    """Return the names of those who speak, on one line each."""
    return [name for speaker in tags.speakers if (name := one_line(speaker))]


def vorbis_comments(tags: Tags) -> list[tuple[str, str]]:
    """Return the tags as FLAC and Opus hold them, chapters that are not listed left out.

    Fields: "Ogg Vorbis I format specification: comment field and header specification". LANGUAGE: ISO 639-2,
    as libavformat's avformat.h recommends. CHAPTERxxx: "Chapter Extension" of the Xiph wiki, which says
    nothing of ends, nor of chapters that are not shown.
    """
    language = iso_639_2(tags.language)
    comments = [
        ("TITLE", one_line(tags.title)),
        *(("ARTIST", name) for name in speaker_names(tags)),
        ("DATE", tags.date or ""),
        ("LANGUAGE", language or ""),
        ("DESCRIPTION", one_line(tags.note)),
    ]
    return [comment for comment in comments if comment[1]] + _chapter_comments(tags)


def _chapter_comments(tags: Tags) -> list[tuple[str, str]]:
    comments = []
    listed = (chapter for chapter in chapter_times(tags) if chapter.listed)
    for number, chapter in enumerate(listed, start=1):
        key = f"CHAPTER{number:03}"
        comments += [(key, _clock(chapter.start_ms)), (f"{key}NAME", chapter.title)]
        if chapter.url:
            comments.append((f"{key}URL", chapter.url))
    return comments


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _address(url: str | None) -> str | None:
    # ID3 holds Latin-1, and no field holds a space or a control character in an address: RFC 3987, 3.1.
    return quote(url.strip(), safe=IN_ADDRESSES, errors="replace") if url else None
