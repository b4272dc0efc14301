"""What the files of boundaries will name of a piece: its tokens, and the sentences that they stand in."""

from collections.abc import Iterable, Iterator

from dropcast.jobs.batch.pieces_parts import Bit, Unit
from dropcast.jobs.batch.plan import Token


def tokens_and_sentences(units: Iterable[Unit]) -> tuple[tuple[Token, ...], tuple[str, ...]]:
    """Return the tokens of a piece and the texts of its sentences, as written; none without tokens.

    What no voice speaks (marks alone, silence) belongs to the sentence before it, or else to the first.
    """
    tokens: list[Token] = []
    sentences: list[str] = []
    has_word = False
    for bits in _sentences(units):
        said = [
            (token.text, word) for bit in bits for token, word in zip(bit.tokens, _words(bit), strict=True)
        ]
        if not said:
            continue
        speaks = any(word for _, word in said)
        if not sentences or (speaks and has_word):
            sentences.append("")
        sentences[-1] += " " + "".join(bit.written for bit in bits)
        has_word = has_word or speaks
        tokens += [Token(text, len(sentences) - 1, word) for text, word in said]
    return tuple(tokens), tuple(" ".join(sentence.split()) for sentence in sentences)


def _sentences(units: Iterable[Unit]) -> Iterator[list[Bit]]:
    bits: list[Bit] = []
    for unit in units:
        bits += unit.bits
        if unit.ends_sentence:
            yield bits
            bits = []
    if bits:
        yield bits


def _words(bit: Bit) -> list[bool]:
    """Say which tokens are heard as words: where an alias says marks, the first of them is."""
    if not bit.speaks:
        return [False] * len(bit.tokens)
    words = [token.is_word for token in bit.tokens]
    return words if any(words) or not words else [True, *words[1:]]
