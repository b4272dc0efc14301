"""Pieces as plain text: for voices that read nothing else, and for what needs nothing else."""

import re
from collections.abc import Iterable, Sequence

from dropcast.jobs.batch.pieces_parts import Bit, Cut, Manner, Notes, Unit
from dropcast.scripts.batch.document import SayAs
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.splitting import CLOSERS, WHITE_SPACE, characters, one_space
from dropcast.scripts.text import UNSPEAKABLE

NO_CHARACTERS = {0xFFFE: None, 0xFFFF: None}  # of which XML holds none
SPELLED = frozenset({"characters", "spell-out", "number_digit"})
GROUP = re.compile(r"[^\W_]+")
MARKED = re.compile(f"[.!?…‽。！？｡؟۔।॥։።፧᙮:;：；][{CLOSERS}]*+$")
IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u9fff]$")
STOP_BYTES = 5  # at most, of a full stop and the line end behind it


class TextWriter:
    """Counts what bits take as text."""

    longest_sentence: int | None = None  # one that the service finds too long is halved when it says so

    def __init__(self, room: int) -> None:
        self.room = room

    def bytes_of(self, text: str) -> int:
        return len(text.encode("utf-8", "surrogatepass"))

    def bytes_around(self, _manner: Manner) -> int:
        return 0

    def bytes_within(self, bit: Bit) -> int:
        return self.bytes_of(bit.said)

    def bytes_behind(self, unit: Unit) -> int:
        return STOP_BYTES if unit.ended else 0

    def interruptions(self, _unit: Unit) -> int:
        return 0


def speakable_text(text: str) -> str:
    """Return a text without the characters that no request can hold."""
    return UNSPEAKABLE.sub("", text).translate(NO_CHARACTERS)


def text_of(units: Sequence[Unit]) -> str:
    """Return what units say, each run of white space made one."""
    text = "".join((*(_with_stop(unit) for unit in units[:-1]), _said(units[-1])))
    return speakable_text(WHITE_SPACE.sub(one_space, text)).strip()


def is_marked(text: str) -> bool:
    """Say whether a text shows by a mark that its sentence ends."""
    return MARKED.search(text) is not None


def _with_stop(unit: Unit) -> str:
    """Say where a sentence ends that shows no mark: a line end alone ends none for Google's voices."""
    text = _said(unit)
    if not unit.ended:
        return text
    text = text.rstrip()
    if unit.speaks and not is_marked(text):
        text += "。" if IDEOGRAPHIC.search(text) else "."
    return text + ("\n" if unit.cut == Cut.PARAGRAPH else " ")


def _said(unit: Unit) -> str:
    return "".join(bit.said for bit in unit.bits)


def spelled(text: str, say_as: SayAs) -> str | None:
    """Return a text with its letters or digits set apart, if that is how it is to be said."""
    kind = say_as.interpret_as.strip().lower()
    if kind in SPELLED:
        return " ".join(letter.strip() for letter in characters(text) if letter.strip())
    if kind == "telephone":
        plus = "+" if text.startswith("+") else ""
        return plus + ", ".join(" ".join(group) for group in GROUP.findall(text))
    return None


def sounds_of(bits: Iterable[Bit], notes: Notes) -> tuple[Pronunciation, ...]:
    """Return the sounds that go beside a text: one for a phrase."""
    sounds: dict[str, Pronunciation] = {}
    for bit in bits:
        if bit.sound and sounds.setdefault(bit.sound.phrase, bit.sound) != bit.sound:
            notes.add("A <phoneme> was left out: the same words were given other sounds shortly before.")
    return tuple(sorted(sounds.values()))
