"""From bits and pauses, in order, to units: sentences, cut where a pause stands in one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import accumulate, repeat

from dropcast.jobs.batch.pieces_parts import PLAIN, Bit, Cut, Pause, Unit
from dropcast.scripts.batch.document import End, Silences
from dropcast.scripts.batch.tokens import tokens_in
from dropcast.scripts.splitting import sentences

Flow = Bit | Pause | End

# The marks that a pause is set behind: with a space, or in scripts that need none.
COMMA, SEMICOLON, ENUMERATION_COMMA = r"[,،](?=\s)|，", r";(?=\s)|；", "、"


def with_pauses_at_marks(flow: Iterable[Flow], silences: Silences) -> Iterator[Flow]:
    """Put pauses behind commas and semicolons, if the voice is to make pauses of its own length there."""
    wanted = {
        COMMA: silences.comma_exact,
        SEMICOLON: silences.semicolon_exact,
        ENUMERATION_COMMA: silences.enumeration_comma_exact,
    }
    marks = {mark: Pause(length) for mark, length in wanted.items() if length}
    for item in flow:
        if marks and isinstance(item, Bit) and not item.is_whole:
            yield from _parted(item, marks)
        else:
            yield item


def _parted(bit: Bit, marks: Mapping[str, Pause]) -> Iterator[Flow]:
    pauses = tuple(marks.values())
    start = 0
    for found in re.finditer("|".join(f"({mark})" for mark in marks), bit.said):
        yield _slice(bit, start, found.end())
        yield pauses[(found.lastindex or 1) - 1]
        start = found.end()
    yield _slice(bit, start, len(bit.said))


def carried(flow: Iterable[Flow]) -> list[Flow]:
    """Let what holds no speech take the manner of the speech before it, or else of that behind it.

    So white space and marks between two runs never part what could be spoken in one.
    """
    items = list(flow)
    manner = next((item.manner for item in items if isinstance(item, Bit) and item.speaks), PLAIN)
    for place, item in enumerate(items):
        if isinstance(item, Bit):
            if item.speaks:
                manner = item.manner
            elif item.manner != manner:
                items[place] = replace(item, manner=manner)
    return items


def units_of(flow: Iterable[Flow], *, timed: bool) -> list[Unit]:
    """Return the units of what a voice says. The first has no bits if silence comes first."""
    gathering = _Gathering(timed=timed)
    block: list[Bit | Pause] = []
    for item in flow:
        if isinstance(item, End):
            gathering.add_block(block)
            gathering.end(Cut.PARAGRAPH if item.of == "paragraph" else Cut.SENTENCE)
            block = []
        else:
            block.append(item)
    gathering.add_block(block)
    return gathering.units


class _Gathering:
    """Gathers bits until a sentence or a pause ends them."""

    def __init__(self, *, timed: bool) -> None:
        self.units: list[Unit] = []
        self._bits: list[Bit] = []
        self._timed = timed

    def add_block(self, block: list[Bit | Pause]) -> None:
        """Add what stands between two ends that the document says."""
        ends = _sentence_ends(block)
        end = next(ends)
        place = 0
        for item in block:
            if isinstance(item, Pause):
                self._close(Cut.PAUSE, item.milliseconds)
                continue
            start = 0
            while end is not None and end <= place + len(item.written) and not item.is_whole:
                self._bits.append(_slice(item, start, end - place))
                self._close(Cut.SENTENCE)
                start, end = end - place, next(ends)
            if start < len(item.written) or item.is_whole:
                self._bits.append(_slice(item, start, len(item.written)))
            place += len(item.written)
        self._close(Cut.SENTENCE)

    def end(self, cut: Cut) -> None:
        """Say that the document ends a sentence or paragraph here."""
        if self.units:
            last = self.units[-1]
            self.units[-1] = replace(last, cut=max(last.cut, cut), ended=True)

    def _close(self, cut: Cut, pause_ms: int = 0) -> None:
        bits, self._bits = tuple(self._bits), []
        if bits and "\n" in _space_behind(bits[-1].written):
            cut = max(cut, Cut.PARAGRAPH)
        if not all(bit.is_blank for bit in bits):
            bits = tuple(_with_tokens(bit) for bit in bits) if self._timed else bits
            self.units.append(Unit(bits, cut, pause_ms))
        elif self.units:
            last = self.units[-1]
            bits = last.bits + bits if last.bits else ()
            self.units[-1] = replace(
                last, bits=bits, cut=max(last.cut, cut), pause_ms=last.pause_ms + pause_ms
            )
        elif pause_ms:
            self.units.append(Unit((), cut, pause_ms))


def _sentence_ends(block: Iterable[Bit | Pause]) -> Iterator[int | None]:
    """Yield where sentences end in a text, and None ever after.

    Marks in what is said otherwise than written end none: "Dr." may be said as "Doctor".
    """
    text = "".join(_masked(item) for item in block if isinstance(item, Bit))
    yield from accumulate(len(sentence) for sentence in sentences(text))
    yield from repeat(None)


def _masked(bit: Bit) -> str:
    if not bit.is_whole:
        return bit.written
    return ("x" if bit.written[:1].islower() else "X") * len(bit.written)


def _slice(bit: Bit, start: int, end: int) -> Bit:
    if start == 0 and end == len(bit.written):
        return bit
    text = bit.written[start:end]
    return Bit(text, text, bit.manner)


def _with_tokens(bit: Bit) -> Bit:
    return replace(bit, tokens=tuple(tokens_in(bit.written))) if bit.written else bit


def _space_behind(text: str) -> str:
    return text[len(text.rstrip()) :]
