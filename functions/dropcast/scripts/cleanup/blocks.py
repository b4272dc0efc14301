"""Markdown of whole lines: headings, lists, quotations, tables, dividers.

A line that such a mark set apart and that ends without a stop gets one: without it the voice would run on
into the next line, and the service counts a long list as one sentence, which it may refuse.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

HEADING = re.compile(r"[ \t]{0,3}(?:#{1,6}[ \t]++)++(?=\S)")
HEADING_END = re.compile(r"[ \t]++#++[ \t]*+$")
BULLET = re.compile(r"[ \t]*+(?:[-*+•‣◦▪●○■▸►➢➤⁃∙·][ \t]++(?:\[[ xX]\][ \t]++)?)++(?=\S)")
QUOTATION = re.compile(r"^[ \t]{0,3}>(?:[ \t]*>)*(?:[ \t]++(?!\d)|$)", re.MULTILINE)
DIVIDER = re.compile(r"^[ \t]*+([-*_=~#+•·─━═—])(?:[ \t]*+\1){2,}+[ \t]*+(?:\n|\Z)", re.MULTILINE)
COLUMN = re.compile(r"[ \t]*:?-+:?[ \t]*")
CELL_END = re.compile(r"(?<!\\)\|")

CLOSERS = frozenset(")]\"'”’»」』）")


def drop_heading_marks(text: str) -> str:
    """Drop the marks of headings."""
    return _unmarked(text, _heading, ends=True)


def drop_bullets(text: str) -> str:
    """Drop the bullets of lists; "- 5" may be a number, unless its neighbour is an item too."""
    return _unmarked(text, _item, ends=False)


def drop_quotation_marks(text: str) -> str:
    """Drop the ">" before lines that are quoted; "> 40" is a comparison."""
    return QUOTATION.sub("", text)


def drop_dividers(text: str) -> str:
    """Drop lines that only divide."""
    return DIVIDER.sub("", text)


def say_tables(text: str) -> str:
    """Say a table row by row, the cells as an enumeration."""
    if "|" not in text:
        return text
    return "\n".join(_without_tables(text.split("\n")))


def _unmarked(text: str, unmark: Callable[[list[str], int], str | None], *, ends: bool) -> str:
    """Return a text without the marks; `ends`: no other line ever continues a marked one."""
    lines = text.split("\n")
    found = {place: line for place in range(len(lines)) if (line := unmark(lines, place)) is not None}
    if not found:
        return text
    last = max(place for place, line in enumerate(lines) if line.strip())
    for place, line in found.items():
        parted = place < last and (ends or place + 1 in found or not lines[place + 1].strip())
        lines[place] = ended(line) if parted else line
    return "\n".join(lines)


def _heading(lines: list[str], place: int) -> str | None:
    mark = HEADING.match(lines[place])
    return HEADING_END.sub("", lines[place][mark.end() :]) if mark else None


def _item(lines: list[str], place: int) -> str | None:
    mark = BULLET.match(lines[place])
    if mark is None:
        return None
    text = lines[place][mark.end() :]
    neighbours = lines[max(0, place - 1) : place] + lines[place + 1 : place + 2]
    if text[0].isdigit() and not any(map(BULLET.match, neighbours)):
        return None
    return text


def _without_tables(lines: list[str]) -> Iterator[str]:
    inside = False
    for place, line in enumerate(lines):
        if "|" not in line:
            inside = False
        elif not inside:
            inside = place + 1 < len(lines) and _is_ruler(lines[place + 1])
        if not inside:
            yield line
        elif not _is_ruler(line):
            yield ended(", ".join(filter(None, _cells(line))))


def _is_ruler(line: str) -> bool:
    return "|" in line and all(map(COLUMN.fullmatch, line.strip().strip("|").split("|")))


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in CELL_END.split(line)]


def ended(line: str) -> str:
    """Return a line with a full stop, unless it has a mark at its end."""
    line = line.rstrip()
    if not line or not (line[-1] in CLOSERS or unicodedata.category(line[-1])[0] in "LMNS"):
        return line
    return line + ("。" if "\u3040" <= line[-1] <= "\u9fff" or line[-1] in "」』）" else ".")
