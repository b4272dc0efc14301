"""Units into pieces: each as large as a request holds, cut at the best place in its second half."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import Protocol

from dropcast.jobs.batch.pieces_parts import Bit, Cut, Manner, Unit
from dropcast.scripts.batch.tokens import tokens_in
from dropcast.scripts.splitting import CLAUSE_MARKS, characters, clauses, words


class Writer(Protocol):
    """What counts the bytes that a piece will take, never too little."""

    room: int
    longest_sentence: int | None

    def bytes_of(self, text: str) -> int:
        """Count a text that may be cut anywhere."""
        ...

    def bytes_within(self, bit: Bit) -> int:
        """Count a bit, but for its manner."""
        ...

    def bytes_around(self, manner: Manner) -> int:
        """Count what says a manner."""
        ...

    def bytes_behind(self, unit: Unit) -> int:
        """Count what the end of a unit takes."""
        ...

    def interruptions(self, unit: Unit) -> int:
        """Return how often a manner must be said anew because this unit ends."""
        ...


Cutter = Callable[[str], Iterator[str]]

CUTTERS: tuple[Cutter, ...] = (words, characters, iter)


def packed(units: Sequence[Unit], writer: Writer) -> Iterator[Sequence[Unit]]:
    """Yield the units of each piece; one that is too long for the service is cut before."""
    around = max(map(writer.bytes_around, {bit.manner for unit in units for bit in unit.bits}), default=0)
    fitting = [part for unit in units for part in _fitting(unit, writer, around)]
    return _gathered(fitting, _sizes(fitting, writer, around), writer.room - around)


def cut_between(before: str, after: str) -> Cut:
    """Return what sort of place lies between two texts that follow each other in a sentence."""
    text = before.rstrip()
    if CLAUSE_MARKS.fullmatch(text[-1:]):
        return Cut.CLAUSE
    return Cut.WORD if len(text) < len(before) or after[:1].isspace() else Cut.CHARACTER


def _sizes(units: Sequence[Unit], writer: Writer, around: int) -> list[int]:
    """Count each unit as it stands behind the one before: a manner that goes on is not said again."""
    sizes: list[int] = []
    manner: Manner | None = None
    for unit in units:
        size = writer.bytes_behind(unit) + around * writer.interruptions(unit)
        for bit in unit.bits:
            size += writer.bytes_within(bit)
            if bit.manner != manner:
                manner = bit.manner
                size += writer.bytes_around(manner)
        sizes.append(size)
    return sizes


def _gathered(units: Sequence[Unit], sizes: Sequence[float], limit: float) -> Iterator[Sequence[Unit]]:
    start, total = 0, 0.0
    for place, size in enumerate(sizes):
        while start < place and total + size > limit:
            end = _best_end(units, sizes, start, place)
            yield units[start:end]
            start, total = end, sum(sizes[end:place])
        total += size
    if start < len(units):
        yield units[start:]


def _best_end(units: Sequence[Unit], sizes: Sequence[float], start: int, place: int) -> int:
    """Return where to cut units: behind the best one of the second half, and of equals the last."""
    left = sum(sizes[start:place]) / 2
    ends = []
    for end in range(start + 1, place + 1):
        left -= sizes[end - 1]
        if left <= 0:
            ends.append(end)
    return max(ends, key=lambda end: (units[end - 1].cut, end), default=place)


def _fitting(unit: Unit, writer: Writer, around: int) -> Sequence[Unit]:
    """Return a unit, or as many as it takes, each to be sent as a sentence of its own."""
    spoken = sum(len(bit.said.encode("utf-8", "surrogatepass")) for bit in unit.bits)
    if (
        spoken <= (writer.longest_sentence or spoken)
        and _sizes([unit], writer, around)[0] <= writer.room - around
    ):
        return (unit,)
    worst = replace(unit, cut=Cut.WORD)
    room = writer.room - 2 * around - writer.bytes_behind(worst) - around * writer.interruptions(worst)
    parts = list(_parts(unit, _Load(writer, room)))
    loads = [_Load(writer, room).of_bit(part.bits[0], around) for part in parts]
    joined = [_joined(group) for group in _gathered(parts, loads, 1.0)]
    last = joined[-1]
    return (*joined[:-1], replace(last, cut=unit.cut, pause_ms=unit.pause_ms, ended=unit.ended))


def _joined(units: Sequence[Unit]) -> Unit:
    return Unit(tuple(bit for unit in units for bit in unit.bits), units[-1].cut)


class _Load:
    """How much of what a part may hold something takes: 1 is all, be it of bytes or of a sentence."""

    def __init__(self, writer: Writer, room: int) -> None:
        self._writer, self._room = writer, room
        self._longest = writer.longest_sentence or room

    def of_text(self, text: str) -> float:
        return self._of(text, self._writer.bytes_of(text))

    def of_bit(self, bit: Bit, around: int) -> float:
        return self._of(bit.said, self._writer.bytes_within(bit) + around)

    def _of(self, text: str, size: int) -> float:
        return max(size / self._room, len(text.encode("utf-8", "surrogatepass")) / self._longest)


def _parts(unit: Unit, load: _Load) -> Iterator[Unit]:
    """Yield the clauses of a unit, and smaller parts of what is too long even then, in units of one bit."""
    for place, bit in enumerate(unit.bits):
        after = unit.bits[place + 1].said if place + 1 < len(unit.bits) else ""
        bits = list(_bits(bit, load))
        for number, part in enumerate(bits):
            behind = bits[number + 1].said if number + 1 < len(bits) else after
            yield Unit((part,), cut_between(part.said, behind))


def _bits(bit: Bit, load: _Load) -> Iterator[Bit]:
    if bit.sound is not None or (bit.is_whole and load.of_text(bit.said) <= 1):
        yield bit
        return
    texts = (part for clause in clauses(bit.said) for part in _short_enough(clause, load, CUTTERS))
    if bit.said != bit.written:
        yield replace(bit, said=next(texts))
        yield from (Bit("", text, bit.manner) for text in texts)
        return
    timed = bool(bit.tokens)
    for text in texts:
        yield replace(bit, written=text, said=text, tokens=tuple(tokens_in(text)) if timed else ())


def _short_enough(text: str, load: _Load, cutters: Sequence[Cutter]) -> Iterator[str]:
    """Yield a text in parts of like load, none above 1 if there is any such place to cut."""
    total = load.of_text(text)
    if total <= 1 or not cutters:
        yield text
        return
    aim = total / ceil(total)
    part: list[str] = []
    size = 0.0
    for piece in cutters[0](text):
        more = load.of_text(piece)
        if part and (size + more > 1 or size + more / 2 > aim):
            yield "".join(part)
            part, size = [], 0.0
        if more > 1:
            yield from _short_enough(piece, load, cutters[1:])
        else:
            part.append(piece)
            size += more
    if part:
        yield "".join(part)
