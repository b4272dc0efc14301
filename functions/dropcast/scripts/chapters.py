"""Chapters: where one starts, and what players show of it."""

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import Chapter
from dropcast.scripts.findings import Findings, child
from dropcast.scripts.keys.line import LONGEST_TITLE, ChapterKeys
from dropcast.scripts.text import clean_name

CHAPTER = Checker(ChapterKeys)
MOST_CHAPTERS = 255  # ID3's table of contents counts its chapters in 8 bits


def read_chapter(value: object, pointer: str, findings: Findings) -> Chapter | None:
    """Return a chapter, said by its title or by an object; None is no chapter, or one that is wrong."""
    if isinstance(value, str):
        return _titled(value, pointer, findings)
    if isinstance(value, dict):
        return _described(value, pointer, findings)
    if value is not None:
        findings.error(
            pointer, 'A chapter must be its title, or an object such as {"title": "Introduction"}.', value
        )
    return None


def _titled(title: str, pointer: str, findings: Findings) -> Chapter | None:
    title = clean_name(title, pointer, findings)
    if len(title) > LONGEST_TITLE:
        findings.error(pointer, f"The title of a chapter has at most {LONGEST_TITLE} characters.", title)
        return None
    return Chapter(title) if title else None


def _described(value: dict[str, object], pointer: str, findings: Findings) -> Chapter | None:
    keys = CHAPTER.read(value, pointer, findings)
    if keys is None:
        return None
    place = child(pointer, "title")
    title = clean_name(keys.title, place, findings)
    if not title:
        findings.error(place, f'"title" must be text of 1 to {LONGEST_TITLE} characters.', keys.title)
        return None
    return Chapter(title, keys.img, keys.url, listed=keys.toc is not False)
