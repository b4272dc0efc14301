"""How words are to be said: a lexicon, found at whole words in any script."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

from dropcast.scripts.words import SIGNS, UNSPACED, WORD_ENDS, WORD_STARTS

Encoding = Literal["ipa", "x-sampa", "alias"]

# A phrase that begins or ends with a letter begins or ends a word; one that ends as C++ does is free.
LETTER = re.compile(rf"[\w{SIGNS}]")
UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")
NEVER = "(?!)"


@dataclass(frozen=True, slots=True, order=True)
class Pronunciation:
    """How a phrase is said: by its sounds (IPA or X-SAMPA), or as other words (an alias).

    With `match_case` "GIF" is not "gif". Of two entries for one phrase in a lexicon the first counts.
    """

    phrase: str
    encoding: Encoding
    pronunciation: str
    match_case: bool = True

    @property
    def is_alias(self) -> bool:
        return self.encoding == "alias"


def lexicon_of(*lexicons: Iterable[Pronunciation]) -> tuple[Pronunciation, ...]:
    """Return one lexicon of several, the one that counts more first."""
    return tuple(dict.fromkeys(entry for lexicon in lexicons for entry in lexicon))


def with_aliases(text: str, lexicon: Sequence[Pronunciation]) -> str:
    """Return a text with the aliases in place of their phrases; what they put in is not looked at again."""
    return _replaced(text, lexicon, lambda found, entry: entry.pronunciation if entry.is_alias else found)


def sounds_in(text: str, lexicon: Sequence[Pronunciation]) -> tuple[Pronunciation, ...]:
    """Return the entries by sound that a text holds, each as the text writes it, in one order."""
    found: set[Pronunciation] = set()

    def note(phrase: str, entry: Pronunciation) -> str:
        if not entry.is_alias:
            found.add(Pronunciation(phrase, entry.encoding, entry.pronunciation))
        return phrase

    _replaced(text, lexicon, note)
    return tuple(sorted(found))


def as_ssml(text: str, lexicon: Sequence[Pronunciation]) -> str:
    """Return a text as an SSML document in which <phoneme> says what the lexicon gives by sound."""
    if not lexicon:
        return f"<speak>{_escaped(text)}</speak>"
    words = _finder(tuple(lexicon))
    pieces: list[str] = []
    done = 0
    for found in words.pattern.finditer(text):
        pieces += _escaped(text[done : found.start()]), _phoneme(found[0], words.entry(found))
        done = found.end()
    return f"<speak>{''.join(pieces)}{_escaped(text[done:])}</speak>"


def _phoneme(phrase: str, entry: Pronunciation) -> str:
    if entry.is_alias:
        return _escaped(phrase)
    said = _escaped(entry.pronunciation)
    return f'<phoneme alphabet="{entry.encoding}" ph="{said}">{_escaped(phrase)}</phoneme>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _replaced(text: str, lexicon: Sequence[Pronunciation], say: Callable[[str, Pronunciation], str]) -> str:
    if not lexicon:
        return text
    words = _finder(tuple(lexicon))
    return words.pattern.sub(lambda found: say(found[0], words.entry(found)), text)


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the phrases of one lexicon: group n of the pattern is found where entry n - 1 is."""

    pattern: re.Pattern[str]
    entries: tuple[Pronunciation, ...]

    def entry(self, found: re.Match[str]) -> Pronunciation:
        return self.entries[(found.lastindex or 1) - 1]


@lru_cache(maxsize=16)  # a lexicon is one value for all lines of a script
def _finder(lexicon: tuple[Pronunciation, ...]) -> _Finder:
    # By first letters, since a thousand branches at every letter of ten thousand lines would take minutes.
    groups: dict[str, list[Pronunciation]] = {}
    for entry in lexicon:
        for first in _firsts(entry):
            groups.setdefault(first, []).append(entry)
    # The first branch that fits is taken: the longest, and as written before in any case.
    for group in groups.values():
        group.sort(key=lambda entry: (-len(entry.phrase), not entry.match_case))
    bounded = [first for first in groups if _bounds(first)]
    free = [first for first in groups if not _bounds(first)]
    at_words = "|".join(_group(first, groups[first]) for first in bounded)
    anywhere = "".join(f"|{_group(first, groups[first])}" for first in free)
    entries = tuple(entry for first in (*bounded, *free) for entry in groups[first])
    return _Finder(re.compile(f"{WORD_STARTS}(?:{at_words or NEVER}){anywhere}"), entries)


def _firsts(entry: Pronunciation) -> tuple[str, ...]:
    first = entry.phrase[0]
    if entry.match_case:
        return (first,)
    return tuple(letter for letter in sorted({first.lower(), first.upper()}) if len(letter) == 1)


def _group(first: str, entries: list[Pronunciation]) -> str:
    return f"{re.escape(first)}(?:{'|'.join(_with_ends(entries))})"


def _with_ends(entries: list[Pronunciation]) -> Iterator[str]:
    # One end for all that follow each other and need it: to compile it takes a millisecond each time.
    for bounded, alike in groupby(entries, key=lambda entry: _bounds(entry.phrase[-1])):
        yield f"(?:{'|'.join(map(_rest, alike))}){WORD_ENDS if bounded else ''}"


def _rest(entry: Pronunciation) -> str:
    rest = re.escape(entry.phrase[1:])
    return f"({rest if entry.match_case else f'(?i:{rest})'})"


def _bounds(character: str) -> bool:
    return bool(LETTER.match(character)) and not UNSPACED_LETTER.match(character)
