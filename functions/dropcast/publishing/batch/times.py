"""When the words and sentences of an input are heard, in its own audio."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dropcast.jobs.batch.plan import Piece
from dropcast.jobs.batch.timing import Boundary
from dropcast.jobs.outcome import Spoken
from dropcast.sound.alignment import sentence_boundaries, token_boundaries
from dropcast.sound.assembly import Laid


@dataclass(frozen=True, slots=True)
class Times:
    """Boundaries in samples of the input's audio; `estimated` if any was found by looking at the sound."""

    words: tuple[Boundary, ...]
    sentences: tuple[Boundary, ...]
    estimated: bool


def times_of(
    pieces: Sequence[Piece], spoken: Sequence[Spoken], laid: Sequence[Laid], sample_rate_hertz: int
) -> Times:
    """Return every token and every sentence of an input, in order."""
    words: list[Boundary] = []
    sentences: list[Boundary] = []
    estimated = False
    for piece, clip, place in zip(pieces, spoken, laid, strict=True):
        timed = token_boundaries(piece, clip.measures, clip.marks, sample_rate_hertz)
        tokens = tuple(_placed(timed.tokens, place))
        words.extend(tokens)
        sentences.extend(sentence_boundaries(piece, tokens))
        estimated = estimated or timed.estimated
    return Times(tuple(words), tuple(sentences), estimated)


def moved(boundaries: Sequence[Boundary], samples: int) -> Iterator[Boundary]:
    """Yield boundaries so many samples later."""
    for boundary in boundaries:
        yield replace(boundary, start=boundary.start + samples, end=boundary.end + samples)


def _placed(tokens: Sequence[Boundary], laid: Laid) -> Iterator[Boundary]:
    """Yield what was found in a clip where that part of the clip which is heard lies."""
    for token in tokens:
        start, end = (min(max(at - laid.first, 0), laid.samples) for at in (token.start, token.end))
        yield Boundary(token.text, laid.start + start, laid.start + end)
