"""When each word of a clip is heard: as the service's marks say, and otherwise estimated from the sound.

What lies between two words whose marks are good is estimated as a clip of its own would be, so that marks
for all words, for some or for none are one case.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from dropcast.jobs.batch.plan import Piece, Token
from dropcast.jobs.batch.timing import Boundary, Mark
from dropcast.jobs.measures import Measures
from dropcast.sound.marks import word_starts
from dropcast.sound.pause_matching import BEFORE_PAUSE, gap_of, words_before_pauses
from dropcast.sound.pauses import Pause, Speech, speech_of
from dropcast.sound.spoken_length import is_said, spoken_length

# Seconds.
LATE = 0.05  # a word's mark may come so much after its first sound
LONGEST_PUNCTUATION = 0.1  # what Azure's service gives a full stop
SHORTEST_PUNCTUATION = 0.01
SHARE_FOR_PUNCTUATION = 0.25  # of a word, at most, where it has no pause to fill

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Timed:
    """A boundary for each token; `estimated` if the time of any word had to be."""

    tokens: tuple[Boundary, ...]
    estimated: bool


def token_boundaries(
    piece: Piece, measures: Measures, marks: tuple[Mark, ...], sample_rate_hertz: int
) -> Timed:
    """Return when each token of a piece is heard, in samples of its clip.

    Tokens come in order, none reaches into the next one, all lie in what is kept of the clip, and none is
    empty as long as there is a sample for each.
    """
    speech = speech_of(measures, sample_rate_hertz)
    starts = word_starts(marks, piece.tokens, speech)
    kept = speech.start if piece.trim_start else 0, speech.end if piece.trim_end else measures.samples
    spans = _with_punctuation(piece.tokens, list(_said(piece.tokens, starts, speech)), kept, speech)
    settled = _settled(list(spans), kept)
    boundaries = (Boundary(token.text, *span) for token, span in zip(piece.tokens, settled, strict=True))
    return Timed(tuple(boundaries), len(starts) < sum(token.is_word for token in piece.tokens))


def sentence_boundaries(piece: Piece, tokens: tuple[Boundary, ...]) -> tuple[Boundary, ...]:
    """Return when each sentence that has tokens is heard, given when those are."""
    heard: dict[int, Span] = {}
    for token, boundary in zip(piece.tokens, tokens, strict=True):
        start, _ = heard.get(token.sentence, (boundary.start, 0))
        heard[token.sentence] = start, boundary.end
    return tuple(Boundary(piece.sentences[number], *heard[number]) for number in sorted(heard))


def _said(tokens: Sequence[Token], starts: Mapping[int, int], speech: Speech) -> Iterator[Span]:
    """Yield when each token that is said is heard, of which some `starts` are known.

    Each of these begins a run of tokens, and so does the first of all.
    """
    places = _places(tokens)
    firsts = sorted({0, *starts, len(places)})
    for first, end in pairwise(firsts):
        span = starts.get(first, speech.start), starts.get(end, speech.end)
        last = places[end] if end < len(places) else len(tokens)
        yield from _run(tokens[places[first] : last], _until_silent(span, speech), speech)


def _places(tokens: Sequence[Token]) -> list[int]:
    return [at for at, token in enumerate(tokens) if is_said(token)]


def _until_silent(span: Span, speech: Speech) -> Span:
    """Return a span without the pause with which it ends."""
    since, until = span
    latest = until - speech.samples(LATE)
    ends = (pause.start for pause in speech.pauses if pause.start > since and latest <= pause.end <= until)
    return since, next(ends, until)


def _run(tokens: Sequence[Token], span: Span, speech: Speech) -> Iterator[Span]:
    """Yield when the tokens are heard of which no more is known than that they fill a span, with pauses."""
    places = _places(tokens)
    lengths = [spoken_length(tokens[place].text) for place in places]
    gaps = [gap_of(tokens[place : after + 1]) for place, after in pairwise(places)]
    pauses = [pause for pause in speech.pauses if span[0] < pause.start and pause.end < span[1]]
    rate = speech.sample_rate_hertz
    seconds = [(pause.start / rate, pause.end / rate) for pause in pauses]
    before = words_before_pauses((span[0] / rate, span[1] / rate), seconds, lengths, gaps)
    first, since = 0, span[0]
    for pause, end in zip(pauses, before, strict=True):
        if end is not None:
            yield from _stretch(lengths[first:end], (since, pause.start), pauses)
            first, since = end, pause.end
    yield from _stretch(lengths[first:], (since, span[1]), pauses)


def _stretch(lengths: Sequence[float], span: Span, pauses: Sequence[Pause]) -> Iterator[Span]:
    """Yield when words of such lengths are heard that are said in one go; none begins or ends in silence."""
    since, end = span
    pace = (end - since) / (sum(lengths) + BEFORE_PAUSE)
    ends = [round(span[0] + pace * said) for said in accumulate(lengths[:-1])]
    for until in [*ends, end]:
        silence = next((pause for pause in pauses if pause.start <= until < pause.end), None)
        yield since, silence.start if silence else until
        since = silence.end if silence else until


def _with_punctuation(
    tokens: Sequence[Token], words: Sequence[Span], kept: Span, speech: Speech
) -> Iterator[Span]:
    """Yield a span for each token: punctuation fills the pause behind its word, or a little of the word."""
    places = _places(tokens)
    leading = places[0] if places else len(tokens)
    word = words[0] if words else (kept[1], kept[1])
    taken = _taken(leading, (kept[0], word[0]), word, speech)
    since = max(kept[0], word[0] - leading * speech.samples(LONGEST_PUNCTUATION)) if words else kept[0]
    yield from _shared(leading, (since, word[0] + taken), speech)
    starts = [*(start for start, _ in words), kept[1]]
    behind = zip(pairwise(starts), pairwise([*places, len(tokens)]), strict=True)
    for (start, end), ((_, until), (place, after)) in zip(words, behind, strict=True):
        count = after - place - 1
        early = end - _taken(count, (end, until), (start + taken, end), speech)
        yield start + taken, early
        yield from _shared(count, (early, until), speech)
        taken = 0  # of the first word, for what stands before it


def _taken(count: int, pause: Span, word: Span, speech: Speech) -> int:
    """Return how many samples of a word so many marks of punctuation need besides the pause."""
    needed = count * speech.samples(SHORTEST_PUNCTUATION) - (pause[1] - pause[0])
    return max(0, min(needed, round(SHARE_FOR_PUNCTUATION * (word[1] - word[0]))))


def _shared(count: int, pause: Span, speech: Speech) -> Iterator[Span]:
    if count:
        start, end = pause
        each = min(max(0, end - start) // count, speech.samples(LONGEST_PUNCTUATION))
        yield from ((start + number * each, start + (number + 1) * each) for number in range(count))


def _settled(spans: Sequence[Span], kept: Span) -> Iterator[Span]:
    """Yield the spans moved as little as keeps the promises, whatever they are."""
    first, end = kept
    count = len(spans)
    if end - first < count:
        edges = [first + number * (end - first) // count for number in range(count + 1)]
        yield from pairwise(edges)
        return
    starts: list[int] = []
    for number, (start, _) in enumerate(spans):
        earliest = starts[-1] + 1 if starts else first
        starts.append(min(max(start, earliest), end - (count - number)))
    for (_, wanted), (start, until) in zip(spans, pairwise([*starts, end]), strict=True):
        yield start, min(max(wanted, start + 1), until)
