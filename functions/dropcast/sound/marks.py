"""Which of the marks that came with a clip can be believed: the service's are known to be unreliable."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from dropcast.jobs.batch.plan import Token
from dropcast.jobs.batch.timing import Mark
from dropcast.sound.pauses import Speech
from dropcast.sound.spoken_length import is_said

SHORTEST_WORD = 0.02  # seconds; marks that leave a word less are wrong: "a" takes more even at double speed


def word_starts(marks: Sequence[Mark], tokens: Sequence[Token], speech: Speech) -> dict[int, int]:
    """Return at which sample which of the tokens that are said starts, for those whose marks can be right.

    Tokens are named by their number among those that are said. They start where there is sound, in order,
    and leave room for the others.
    """
    numbers = {
        at: number for number, at in enumerate(at for at, token in enumerate(tokens) if is_said(token))
    }
    shortest = speech.samples(SHORTEST_WORD)
    heard: dict[int, int] = {}
    for mark in marks:
        number = numbers.get(mark.token)
        if number is None or not (0 <= mark.seconds < math.inf):
            continue
        at = _sounding(mark.seconds, speech)
        if speech.start + number * shortest <= at <= speech.end - (len(numbers) - number) * shortest:
            heard.setdefault(number, at)
    return _most_in_order(heard, shortest)


def _sounding(seconds: float, speech: Speech) -> int:
    """Return the sample of a mark, or where sound begins if there is none, or too little for a word."""
    shortest = speech.samples(SHORTEST_WORD)
    at = max(speech.start, speech.samples(min(seconds, speech.end / speech.sample_rate_hertz)))
    return next((pause.end for pause in speech.pauses if pause.start - shortest < at < pause.end), at)


def _most_in_order(heard: Mapping[int, int], shortest: int) -> dict[int, int]:
    """Return the longest row of words that start one after the other, with room for those between.

    Of marks at one time the last is kept: the words before it were said as one with what comes before.
    """
    numbers = sorted(heard)
    # Starts without the least that the words before them need: these must not fall.
    spare = [heard[number] - number * shortest for number in numbers]
    rows: list[int] = []  # of each length, the row that ends soonest, by the place of its last
    before: list[int | None] = []
    for place in range(len(numbers)):
        length = bisect_right(rows, spare[place], key=spare.__getitem__)
        before.append(rows[length - 1] if length else None)
        rows[length : length + 1] = [place]
    kept: dict[int, int] = {}
    last = rows[-1] if rows else None
    while last is not None:
        kept[numbers[last]] = heard[numbers[last]]
        last = before[last]
    return kept
