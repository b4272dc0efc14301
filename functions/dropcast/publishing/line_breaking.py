"""Cut text into cues of two lines, and cues into their lines, where a reader would pause.

The published rules agree: two lines at most, and one if the text fits it; breaks behind sentences, else
behind clauses, else between words (BBC Subtitle Guidelines, section 3; Netflix Timed Text Style Guide,
General Requirements, section 5). Two lines are of like length, the lower one rather the longer
(Karamitroglou, A Proposed Set of Subtitling Standards in Europe, 1998). And no word is left alone. How many
columns a line has is for the caller to say; a wide character takes two of them.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from dropcast.publishing.spaceless import unspaced_words
from dropcast.scripts import splitting

# How bad it is to break behind ...
SENTENCE, CLAUSE, WORD, UNSPACED_WORD, PART_OF_WORD = 0.0, 0.1, 0.3, 0.6, 2.0
BETWEEN_CUES = 3.0  # times worse than between lines: what is no longer shown cannot be read again
LONE_WORD = 1.0  # how bad it is to leave a word alone in its line
TOP_HEAVY = 2.0  # times worse than bottom-heavy

# How bad it is that a cue has fewer columns than are spoken in 5/6 s, the least that Netflix shows one for:
# at 150 words of 6 characters a minute, 15 a second.
SHORT_CUE, LEAST_COLUMNS = 1.0, 13

FINENESS = 4  # in how many places of a line's length a clause that is longer may be cut

Level = tuple[Callable[[str], Iterator[str]], float]  # what cuts a text, and how bad the cuts are
LEVELS: tuple[Level, ...] = (
    (splitting.sentences, SENTENCE),
    (splitting.clauses, CLAUSE),
    (splitting.words, WORD),
    (unspaced_words, UNSPACED_WORD),
)


def cut_cues(text: str, columns: int, name: str = "") -> list[str]:
    """Cut text into cues of at most two lines of so many columns; the first leaves room for a name."""
    text = _spaced(text)
    if not text:
        return []
    opening = len(name) + 1 if name else 0
    measured = _measured(f"{name} {text}" if name else text, columns)
    places = _best_cuts(measured, _places_to_cut(measured, opening))
    cues = [measured.between(first, last, opening) for first, last in pairwise(places)]
    return [cue for cue in cues if cue]


def break_lines(text: str, columns: int) -> list[str]:
    """Break a cue into one line of so many columns or two; into more only where it does not fit two."""
    lines = []
    text = _spaced(text)
    while columns_of(text) > columns:
        measured = _measured(text, columns)
        end = _line_end(measured)
        lines.append(measured.between(0, end))
        text = measured.between(end, len(measured.behind))
    return [line.replace("\n", " ") for line in (*lines, text) if line]


def columns_of(text: str) -> int:
    """Return how many columns a text takes: two for a wide character, none for a mark on another."""
    return len(text) if text.isascii() else sum(map(_columns_of_character, text))


@dataclass(frozen=True, slots=True)
class _Measured:
    """A text of units that are never broken, in lines of so many columns.

    `behind` says how bad a break behind each unit is. Before unit n the text has `letters[n]` characters and
    `begins[n]` columns; without the space behind them `ends[n]`.
    """

    text: str
    columns: int
    behind: Sequence[float]
    letters: Sequence[int]
    begins: Sequence[int]
    ends: Sequence[int]

    def width(self, first: int, last: int) -> int:
        return self.ends[last] - self.begins[first]

    def between(self, first: int, last: int, opening: int = 0) -> str:
        """Return the text from one unit up to another, without the opening characters of the whole."""
        return self.text[max(opening, self.letters[first]) : self.letters[last]].strip()

    def fitting_line(self, first: int) -> int:
        """Return the last place up to which a line from `first` on can go."""
        return bisect_right(self.ends, self.begins[first] + self.columns) - 1

    def fitting_cue(self, first: int) -> int:
        """Return the last place up to which two lines can go."""
        return self.fitting_line(self.fitting_line(first))


def _measured(text: str, columns: int) -> _Measured:
    units = list(_units(text, columns, LEVELS))
    parts = [part for part, _ in units]
    # What no break makes fit (a picture of a hundred joined characters) counts as a line.
    visible = [min(columns_of(part.rstrip()), columns) for part in parts]
    begins = [0, *accumulate(own + part[-1].isspace() for own, part in zip(visible, parts, strict=True))]
    return _Measured(
        text=text,
        columns=columns,
        behind=[badness for _, badness in units],
        letters=[0, *accumulate(map(len, parts))],
        begins=begins,
        ends=[0, *map(int.__add__, begins, visible)],
    )


def _units(text: str, columns: int, levels: Sequence[Level]) -> Iterator[tuple[str, float]]:
    """Yield what is never broken in lines of so many columns, and how bad a break behind it is."""
    if not levels:
        yield from ((part, PART_OF_WORD) for part in _parts_of_word(text, columns))
        return
    cut, badness = levels[0]
    for part in cut(text):
        *others, (last, _) = _units(part, columns, levels[1:])
        yield from others
        yield last, badness


def _parts_of_word(word: str, columns: int) -> Iterator[str]:
    """Yield a word whole if it fits a line, else what fits."""
    if columns_of(word.rstrip()) <= columns:
        yield word
        return
    part = ""
    for character in splitting.characters(word):
        if part and columns_of(part + character.rstrip()) > columns:
            yield part
            part = ""
        part += character
    yield part


def _places_to_cut(measured: _Measured, opening: int) -> list[int]:
    """Return where cues may be cut: behind clauses; a clause longer than a line, at even distances."""
    places = [0]
    for place in _places(measured):
        if places[-1] < place and opening < measured.letters[place]:
            while (furthest := measured.fitting_cue(places[-1])) < place:
                places.append(furthest)
            places.append(place)
    return places


def _places(measured: _Measured) -> Iterator[int]:
    first = 0
    for unit, badness in enumerate(measured.behind):
        if badness <= CLAUSE:
            yield from _places_within(measured, first, unit + 1)
            yield unit + 1
            first = unit + 1


def _places_within(measured: _Measured, first: int, last: int) -> Iterator[int]:
    width = measured.width(first, last)
    if width > measured.columns:
        begin, parts = measured.begins[first], FINENESS * width // measured.columns
        for part in range(1, parts):
            yield bisect_left(measured.begins, begin + part * width // parts)


def _best_cuts(measured: _Measured, places: list[int]) -> list[int]:
    """Return those of the places between which the cues are best, all in all."""
    end = len(places) - 1
    least, following = [0.0] * (end + 1), [end] * (end + 1)  # badness of all from a place on, and its next
    for at in reversed(range(end)):
        behind = bisect_right(places, measured.fitting_cue(places[at]))
        least[at], following[at] = min(
            (_badness_of_cue(measured, places[at], places[to]) + least[to], to)
            for to in range(at + 1, behind)
        )
    cuts = [0]
    while cuts[-1] != end:
        cuts.append(following[cuts[-1]])
    return [places[cut] for cut in cuts]


def _badness_of_cue(measured: _Measured, first: int, last: int) -> float:
    width = measured.width(first, last)
    empty = 1 - width / (2 * measured.columns)
    cut = BETWEEN_CUES * measured.behind[last - 1] if last < len(measured.behind) else 0.0
    return empty**2 + cut + (SHORT_CUE if width < LEAST_COLUMNS else 0.0)


def _line_end(measured: _Measured) -> int:
    """Return where the first line of a cue ends best."""
    whole, furthest = len(measured.behind), measured.fitting_line(0)
    if furthest == whole or measured.fitting_cue(0) < whole:
        return furthest
    nearest = bisect_left(measured.begins, measured.ends[whole] - measured.columns)
    return min(range(nearest, furthest + 1), key=lambda place: _badness_of_lines(measured, place))


def _badness_of_lines(measured: _Measured, place: int) -> float:
    """Say how bad it is to break a cue into two lines here."""
    whole = len(measured.behind)
    excess = (measured.width(0, place) - measured.width(place, whole)) / measured.columns
    uneven = excess**2 * (TOP_HEAVY if excess > 0 else 1.0)
    return measured.behind[place - 1] + uneven + (LONE_WORD if place in (1, whole - 1) else 0.0)


def _spaced(text: str) -> str:
    """Make every run of white space one space, or one line's end."""
    return splitting.WHITE_SPACE.sub(splitting.one_space, text.strip())


@lru_cache(maxsize=4096)
def _columns_of_character(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
