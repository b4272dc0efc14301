"""Between which words a voice paused, where only the sound and the text are known.

What is heard are stretches of speech with pauses between. Each way to hand out the words to the stretches has
a cost: how far the stretches are from the length that their words should have, pauses for which the text
gives no reason, and none where it does. The cheapest way is found by dynamic programming.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.jobs.batch.plan import Token

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Stretch = tuple[float, float]

BEFORE_PAUSE = 0.15  # seconds by which speakers lengthen what they say right before a pause
# Standard deviations: of a word from its expected length, in proportion; of every stretch, in seconds.
OF_WORD, OF_STRETCH = 0.3, 0.05
FAR = 1.5  # deviations; beyond it costs grow with the distance only: some words are said very slowly
# Costs are in the unit of half a squared deviation. A silence may also be none of the pauses but part of a
# word (the closure of a stop, "4,500" said in two breaths): the longer, the less likely.
IN_WORD, IN_WORD_PER_SECOND = 0.3, 30.0
IN_WORD_AT_LEAST = 0.08
MOST_IN_WORD = 4  # silences in a row
WIDTH = 40  # words to either side of the proportional place that are looked at

SENTENCE_MARKS = frozenset("!?…！？。｡؟۔।॥")
CLAUSE_MARKS = frozenset(".,;:،؛、，；：–—")


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two words: what it costs to pause there, and what not to."""

    pause: float
    no_pause: float
    pause_per_second: float = 0.0


# Chosen on forty sentences in a dozen languages, and not sensitive: halved or doubled, few words move.
SENTENCE_ENDS, CLAUSE_ENDS, SET_OFF, NOTHING = Gap(0, 6), Gap(0.2, 1), Gap(1, 0.2), Gap(3, 0, 3)


def gap_of(tokens: Sequence[Token]) -> Gap:
    """Return what stands between the first and the last of some tokens."""
    marks = {character for token in tokens[1:-1] for character in token.text}
    if tokens[0].sentence != tokens[-1].sentence or marks & SENTENCE_MARKS:
        return SENTENCE_ENDS
    if marks & CLAUSE_MARKS:
        return CLAUSE_ENDS
    return SET_OFF if marks else NOTHING


def words_before_pauses(
    speech: Stretch, pauses: Sequence[Stretch], lengths: Sequence[float], gaps: Sequence[Gap]
) -> list[int | None]:
    """Return for each pause (in seconds, inside the speech) how many words come before it.

    None: it is part of a word. `lengths` are those that the words should have, in proportion; `gaps` stand
    between them.
    """
    if not pauses or not gaps:
        return [None] * len(pauses)
    return _Search(_Sound.of(speech, pauses), _Text.of(lengths, gaps)).cheapest()


@dataclass(frozen=True, slots=True)
class _Sound:
    """What is heard, by stops: the beginning, each pause, the end; `in_word` sums up costs before each."""

    starts: Floats
    ends: Floats
    in_word: Floats

    @classmethod
    def of(cls, speech: Stretch, pauses: Sequence[Stretch]) -> "_Sound":
        starts = np.array([speech[0], *(start for start, _ in pauses), speech[1]])
        ends = np.array([speech[0], *(end for _, end in pauses), speech[1]])
        costs = IN_WORD + IN_WORD_PER_SECOND * np.maximum(0, ends - starts - IN_WORD_AT_LEAST)
        return cls(starts, ends, np.cumsum(costs) - costs)

    def spoken_until(self) -> Floats:
        """Return for how long somebody has spoken at each stop."""
        silent = self.ends - self.starts
        spoken: Floats = self.starts - self.starts[0] - (np.cumsum(silent) - silent)
        return spoken


@dataclass(frozen=True, slots=True)
class _Text:
    """What is said, summed up before each word: seconds, their squares, costs of passing over gaps."""

    seconds: Floats
    squares: Floats
    passed: Floats
    pause: Floats
    pause_per_second: Floats

    @classmethod
    def of(cls, lengths: Sequence[float], gaps: Sequence[Gap]) -> "_Text":
        return cls(
            seconds=_sums(lengths),
            squares=_sums([length**2 for length in lengths]),
            passed=_sums([0.0, *(gap.no_pause for gap in gaps)]),
            pause=np.array([0.0, *(gap.pause for gap in gaps), 0.0]),
            pause_per_second=np.array([0.0, *(gap.pause_per_second for gap in gaps), 0.0]),
        )

    @property
    def words(self) -> int:
        return len(self.seconds) - 1


def _sums(values: Sequence[float]) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


class _Search:
    """From stop to stop: behind how many words it may stand, at what cost, and from where that is reached."""

    def __init__(self, sound: _Sound, text: _Text) -> None:
        self._sound, self._text = sound, text
        spoken = sound.spoken_until()
        lengthened = BEFORE_PAUSE * np.arange(len(spoken))
        self._pace = float(spoken[-1] / (text.seconds[-1] + lengthened[-1]))
        proportional = np.searchsorted(text.seconds, spoken / self._pace - lengthened)
        near = np.clip(proportional, 1, text.words - 1).tolist()
        between = (np.arange(max(1, at - WIDTH), min(text.words, at + WIDTH + 1)) for at in near[1:-1])
        self._places: list[Numbers] = [np.array([0]), *between, np.array([text.words])]
        self._costs: list[Floats] = [np.zeros(1)]
        self._origins: list[list[tuple[int, int]]] = [[]]

    def cheapest(self) -> list[int | None]:
        for stop in range(1, len(self._places)):
            self._reach(stop)
        words: list[int | None] = [None] * len(self._places)
        stop, at = len(words) - 1, 0
        if np.isfinite(self._costs[stop][at]):
            while stop:
                words[stop] = int(self._places[stop][at])
                stop, at = self._origins[stop][at]
        return words[1:-1]

    def _reach(self, stop: int) -> None:
        """Find what it costs to get to each place of a stop, having got to all before."""
        here = self._places[stop]
        best = np.full(len(here), np.inf)
        origins = [(0, 0)] * len(here)
        for before in range(max(0, stop - 1 - MOST_IN_WORD), stop):
            costs = self._costs[before][:, None] + self._stretch(before, stop)
            chosen = costs.argmin(axis=0)
            found = costs[chosen, np.arange(len(here))]
            for at in np.flatnonzero(found < best).tolist():
                origins[at] = before, int(chosen[at])
            best = np.minimum(best, found)
        pause = self._sound.ends[stop] - self._sound.starts[stop]
        self._costs.append(best + self._text.pause[here] + self._text.pause_per_second[here] * pause)
        self._origins.append(origins)

    def _stretch(self, before: int, stop: int) -> Floats:
        """Return what it costs that all words between two stops are said in one go, for each two places."""
        sound, text = self._sound, self._text
        first, end = self._places[before][:, None], self._places[stop][None, :]
        length = float(sound.starts[stop] - sound.ends[before])
        expected = self._pace * (text.seconds[end] - text.seconds[first] + BEFORE_PAUSE)
        squares = np.maximum(0, text.squares[end] - text.squares[first])
        variance = OF_STRETCH**2 + (OF_WORD * self._pace) ** 2 * squares
        passed = text.passed[end] - text.passed[np.minimum(first + 1, text.words)]
        in_word = float(sound.in_word[stop] - sound.in_word[before + 1])
        deviation = np.square(length - expected) / (variance * FAR**2)
        costs: Floats = FAR**2 * (np.sqrt(1 + deviation) - 1) + passed + in_word
        return np.where(first < end, costs, np.inf)
