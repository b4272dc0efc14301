"""Cut text that is too long for one request where a reader would take breath."""

import re
import unicodedata
from collections.abc import Callable, Iterator

LEAST_BYTES = 8  # holds any character with a space behind it

CLOSERS = "\"'”’»›)\\]」』】）"
# Possessive, and without a look ahead: every mark is met once, however many stand in a row.
SENTENCE_MARKS = re.compile(f"[.!?…‽。！？｡؟۔।॥։።፧᙮]++[{CLOSERS}]*+|\n")
CLAUSE_MARKS = re.compile(f"[,;:،؛、，；：—–]++[{CLOSERS}]*+")
SELF_SUFFICIENT = frozenset("。！？｡、，；：—–\n")  # need no space behind them
BEFORE_MARK = frozenset("!?;:»›")  # French puts a space before these, at which nobody breathes
BREAKING_SPACE = re.compile(r"[^\S\u00a0\u202f]")
WHITE_SPACE = re.compile(rf"\s{{2,}}|{BREAKING_SPACE.pattern}")  # a single no-break space stays what it is

LONGEST_ABBREVIATION = 8
# English, French, German, Spanish, Italian; in lower case, without the last point.
ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st mt rev hon gen col capt lt sgt jr sr inc ltd co corp dept est approx vs etc nos fig
    eq vol ed eds pp al cf ca esp resp incl sec jan feb mar apr jun jul aug sep sept oct nov dec
    mm mme mlle mgr bd av env nr bzw usw bspw evtl ggf vgl str hr fr sra srta ud uds dña sig sigra
    dott dra núm pág
    """.split()  # noqa: SIM905  # ninety words in quotes read worse
)


def split_text(text: str, max_bytes: int) -> tuple[str, ...]:
    """Cut text into pieces of at most `max_bytes` bytes of UTF-8, of like size, losing no word.

    Cuts fall behind sentences, else behind clauses, else between words, and inside a word only if it is
    too long by itself. Joined, the pieces are the text, with runs of white space made one.
    """
    if max_bytes < LEAST_BYTES:
        raise ValueError(f"pieces of {max_bytes} bytes cannot hold every character")
    text = text.strip()
    if _size(text) <= max_bytes:
        return (text,) if text else ()
    levels = (sentences, clauses, words, characters, iter)
    return tuple(_cut(WHITE_SPACE.sub(one_space, text), max_bytes, levels))


def _cut(text: str, max_bytes: int, levels: tuple[Callable[[str], Iterator[str]], ...]) -> list[str]:
    """Cut at the first level, and what is too long even then at the next."""
    units: list[str] = []
    for unit in levels[0](text):
        if _size(unit) <= max_bytes:
            units.append(unit)
        else:
            units.extend(_cut(unit, max_bytes, levels[1:]))
    return list(_pack(units, max_bytes))


def _pack(units: list[str], max_bytes: int) -> Iterator[str]:
    """Join units to as few pieces as will do, none much smaller than the others."""
    left = sum(map(_size, units))
    piece: list[str] = []
    size = 0
    pieces_left = -(-left // max_bytes)
    for unit in units:
        more = _size(unit)
        if piece and (size + more > max_bytes or size + more / 2 > (left + size) / pieces_left):
            yield "".join(piece)
            piece, size, pieces_left = [], 0, max(1, pieces_left - 1)
        piece.append(unit)
        size += more
        left -= more
    yield "".join(piece)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, each with the space behind it."""
    return _behind(SENTENCE_MARKS, text, _ends_sentence)


def clauses(text: str) -> Iterator[str]:
    """Yield what stands between the marks inside a sentence, each with the space behind it."""
    return _behind(CLAUSE_MARKS, text, _stands_free)


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, each with the space behind it."""
    return _behind(BREAKING_SPACE, text, _separates_words)


def characters(text: str) -> Iterator[str]:
    """Yield what a reader takes for one character, with the space behind it."""
    start = 0
    for place in range(1, len(text)):
        if not _belongs_together(text, start, place):
            yield text[start:place]
            start = place
    yield text[start:]


def _behind(marks: re.Pattern[str], text: str, cuts: Callable[[str, re.Match[str]], bool]) -> Iterator[str]:
    """Yield the parts of a text, cut behind each mark that cuts and the space that follows it."""
    start = 0
    for mark in marks.finditer(text):
        end = mark.end() + (text[mark.end() : mark.end() + 1].isspace())
        if cuts(text, mark) and start < end < len(text):
            yield text[start:end]
            start = end
    yield text[start:]


def _separates_words(text: str, space: re.Match[str]) -> bool:
    return _next(text, space) not in BEFORE_MARK and text[space.start() - 1] != "«"


def _stands_free(text: str, mark: re.Match[str]) -> bool:
    return mark[0][0] in SELF_SUFFICIENT or _next(text, mark).isspace()


def _ends_sentence(text: str, mark: re.Match[str]) -> bool:
    return _stands_free(text, mark) and not (mark[0] == "." and _is_abbreviated(text, mark))


def _is_abbreviated(text: str, point: re.Match[str]) -> bool:
    """Say whether a point belongs to its word: Dr. Smith, J. S. Bach, e.g. this, am 5. Mai."""
    before = text[max(0, point.start() - LONGEST_ABBREVIATION - 1) : point.start()]
    word = re.split(r"[\s.'’(\[«“-]", before)[-1].lower()
    follows = text[point.end() + 1 : point.end() + 2]
    return len(word) == 1 or word in ABBREVIATIONS or (word.isdigit() and len(word) < 3) or follows.islower()


def _belongs_together(text: str, start: int, place: int) -> bool:
    """Say whether the character at `place` continues the one that began at `start`."""
    character, before = text[place], text[place - 1]
    if _is_flag_half(character) and _is_flag_half(before):
        return place - start == 1
    return before == "\u200d" or character.isspace() or _extends(character)


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character in "\u200c\u200d"  # joiners
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\u1160" <= character <= "\u11ff"  # vowels and finals of a Korean syllable
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _next(text: str, mark: re.Match[str]) -> str:
    return text[mark.end() : mark.end() + 1]


def one_space(run: re.Match[str]) -> str:
    """Return what a run of white space is shortened to."""
    return "\n" if "\n" in run[0] else " "


def _size(text: str) -> int:
    return len(text.encode())
