"""The entries of a script: what is spoken or heard, how long it is silent, what is skipped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dropcast.scripts.chapters import MOST_CHAPTERS, read_chapter
from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import (
    AS_USUAL,
    MAX_LINES,
    NOTHING_SAID,
    UNNAMED,
    Chapter,
    Delivery,
    Line,
    Pacing,
    Said,
)
from dropcast.scripts.delivery import read_delivery
from dropcast.scripts.findings import Findings, child, readable
from dropcast.scripts.keys.base import MAX_ENTRIES, MAX_PRONUNCIATIONS_OF_LINE
from dropcast.scripts.keys.delivery import DeliveryKeys
from dropcast.scripts.keys.line import LineKeys
from dropcast.scripts.lexicon import read_lexicon
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.speakable import speakable
from dropcast.scripts.ssml import ssml_flaw
from dropcast.scripts.text import clean, clean_name

LINE = Checker(LineKeys, elsewhere=("chapter", "pronunciations"))
KINDS: dict[str, Said] = {"line": "text", "ssml": "ssml", "markup": "markup", "audio": "audio"}
OF_SPEECH = (*(field.alias or name for name, field in DeliveryKeys.model_fields.items()), "pronunciations")
OF_LINES = (*OF_SPEECH, "caption", "pauseBeforeMs", "pauseAfterMs", "overlapMs")
LONGEST_RESTS_MS = 3_600_000
LONGEST_SET_MS = (
    24 * 3_600_000
)  # of pauses before and after lines: more is a slip, of seconds for milliseconds

# Nothing in the clean-up takes away a word that no mark precedes: to find one is a hundred times as fast.
WORD_FIRST = re.compile(r"[\s.,;:!?'\"’‘“”…–—-]*([^\W\d_]+)(?:[.,;:!?…]?(?:\s|$)|[，。、！？：；])")


@dataclass(frozen=True, slots=True)
class Entries:
    """What the entries of a script say; `rest_ms` is the sum of the pauses behind the last line."""

    lines: tuple[Line, ...] = ()
    skipped: tuple[int, ...] = ()
    rest_ms: int = 0


def read_lines(entries: object, clean_up: frozenset[str], pointer: str, findings: Findings) -> Entries:
    """Return what is heard, and the indices of the entries that are not."""
    if entries is None:
        findings.error("", 'The lines are missing: "lines" must be a list of {"speaker": …, "line": …}.')
    elif not isinstance(entries, list):
        findings.error(
            pointer, 'The lines must be a list such as [{"speaker": "A", "line": "Welcome back."}].', entries
        )
    elif len(entries) > MAX_ENTRIES:
        findings.error(pointer, f"There are {len(entries):,} entries; {MAX_ENTRIES:,} are the most.")
    else:
        return _LinesReader(clean_up, pointer, findings).read(entries)
    return Entries()


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as it stands in the file, what it says under the keys' own names, and its checked values."""

    index: int
    place: str
    written: dict[str, object]
    said: dict[str, object]
    keys: LineKeys
    chapter: Chapter | None
    lexicon: tuple[Pronunciation, ...]

    def place_of(self, key: str) -> str:
        return LINE.pointer_to(self.written, key, self.place)


class _LinesReader:
    """Reads entries one by one; what many lines share is kept once."""

    def __init__(self, clean_up: frozenset[str], pointer: str, findings: Findings) -> None:
        self._clean_up = clean_up
        self._pointer = pointer
        self._findings = findings
        self._names: dict[str, str] = {}
        self._deliveries: dict[Delivery, Delivery] = {}
        self._pacings: dict[Pacing, Pacing] = {AS_USUAL: AS_USUAL}
        self._lexicons: dict[tuple[Pronunciation, ...], tuple[Pronunciation, ...]] = {}
        self._ids: set[str] = set()
        self._skipped: list[int] = []
        self._chapters = 0
        self._rest_ms = 0  # since the last line
        self._rests_ms = 0  # of the whole script
        self._set_ms = 0  # of the whole script, before and after its lines

    def read(self, entries: list[object]) -> Entries:
        lines = tuple(line for index, entry in enumerate(entries) for line in self._read_entry(index, entry))
        if len(lines) > MAX_LINES:
            self._findings.error(
                self._pointer,
                f"There are {len(lines):,} lines to speak; {MAX_LINES:,} are the most. Split the script.",
            )
        if self._rests_ms > LONGEST_RESTS_MS:
            self._findings.error(
                self._pointer,
                f"The pauses that are entries add up to {self._rests_ms:,} ms; {LONGEST_RESTS_MS:,}, "
                "an hour, are the most.",
            )
        if self._set_ms > LONGEST_SET_MS:
            self._findings.error(
                self._pointer,
                f"The pauses before and after lines add up to {self._set_ms:,} ms; {LONGEST_SET_MS:,}, "
                "a day, are the most.",
            )
        if not lines and not self._findings.has_errors:
            self._findings.error(self._pointer, _nothing_to_speak(entries))
        return Entries(lines, tuple(self._skipped), self._rest_ms)

    def _read_entry(self, index: int, entry: object) -> Iterator[Line]:
        place = child(self._pointer, index)
        if not isinstance(entry, dict):
            self._findings.error(
                place, 'An entry must be an object such as {"speaker": "A", "line": "Welcome back."}.', entry
            )
            return
        said = LINE.sort(entry, place, self._findings)
        keys = LINE.check(said, entry, place, self._findings)
        chapter = read_chapter(said.get("chapter"), LINE.pointer_to(entry, "chapter", place), self._findings)
        lexicon = read_lexicon(
            said.get("pronunciations"),
            MAX_PRONUNCIATIONS_OF_LINE,
            LINE.pointer_to(entry, "pronunciations", place),
            self._findings,
        )
        if keys:
            yield from self._heard(_Entry(index, place, entry, said, keys, chapter, lexicon))

    def _heard(self, entry: _Entry) -> Iterator[Line]:
        contents = self._contents(entry)
        if entry.keys.overlap_ms and entry.keys.pause_before_ms is not None:
            message = (
                'A line cannot overlap the last and pause before it: keep "overlapMs" or "pauseBeforeMs".'
            )
            self._findings.error(entry.place_of("overlapMs"), message, entry.keys.overlap_ms)
        if len(contents) > 1:
            keys = " and ".join(f'"{key}"' for key in contents)
            self._findings.error(entry.place, f"An entry says one thing: keep one of {keys}.")
        elif entry.keys.skip or not self._has_sound(contents, entry):
            self._skip(entry)
        elif "pauseMs" in contents:
            self._rest(entry)
        else:
            [(key, content)] = contents.items()
            yield self._line(key, content, entry)

    def _contents(self, entry: _Entry) -> dict[str, str]:
        keys = entry.keys
        texts = {"line": keys.line, "ssml": keys.ssml, "markup": keys.markup}
        contents = {
            key: text
            for key, value in texts.items()
            if value and (text := clean(value, entry.place_of(key), self._findings))
        }
        if "ssml" in contents and (flaw := ssml_flaw(contents["ssml"])):
            self._findings.error(child(entry.place, "ssml"), f"The SSML {flaw}.", contents["ssml"])
        if keys.audio:
            contents["audio"] = keys.audio
        if keys.pause_ms or (keys.pause_ms == 0 and not contents):  # beside a line, 0 asks for nothing
            contents["pauseMs"] = str(keys.pause_ms)
        return contents

    def _has_sound(self, contents: dict[str, str], entry: _Entry) -> bool:
        if "line" in contents and not can_be_spoken(contents["line"], self._clean_up):
            message = 'An entry with nothing to speak but marks, such as "…" or "[laughs]", was skipped.'
            self._findings.warn(entry.place, message)
            return False
        return bool(contents)

    def _skip(self, entry: _Entry) -> None:
        self._skipped.append(entry.index)
        if entry.chapter and not entry.keys.skip:
            message = "The chapter of an entry without text was skipped with it: a chapter starts at a line."
            self._findings.warn(entry.place_of("chapter"), message)

    def _rest(self, entry: _Entry) -> None:
        if entry.chapter:
            message = 'A chapter starts at a line, not at a pause: move "chapter" to the next line.'
            self._findings.error(entry.place_of("chapter"), message, entry.said["chapter"])
        self._note_idle(OF_LINES, "pauseMs", entry)
        self._rest_ms += entry.keys.pause_ms or 0
        self._rests_ms += entry.keys.pause_ms or 0

    def _line(self, key: str, content: str, entry: _Entry) -> Line:
        keys = entry.keys
        is_speech = key != "audio"
        if not is_speech:
            self._note_idle(OF_SPEECH, "audio", entry)
        return Line(
            index=entry.index,
            id=self._id(entry),
            speaker=self._speaker(entry),
            kind=KINDS[key],
            content=content,
            caption=clean(keys.caption or "", child(entry.place, "caption"), self._findings) or None,
            delivery=self._delivery(entry) if is_speech else None,
            pacing=self._pacing(entry),
            chapter=self._chapter(entry),
            pronunciations=self._lexicons.setdefault(entry.lexicon, entry.lexicon) if is_speech else (),
        )

    def _note_idle(self, names: tuple[str, ...], kind: str, entry: _Entry) -> None:
        """Warn of keys that ask for something which an entry of this kind cannot do."""
        idle = [name for name in names if entry.said.get(name)]
        if idle:
            listed = ", ".join(f'"{name}"' for name in idle)
            self._findings.warn(entry.place_of(idle[0]), f'Beside "{kind}", {listed} can change nothing.')

    def _id(self, entry: _Entry) -> str | None:
        place = child(entry.place, "id")
        name = clean_name(entry.keys.id or "", place, self._findings) or None
        if name in self._ids:
            self._findings.warn(place, f'The id "{readable(name or "")}" stands at more than one line.')
        if name:
            self._ids.add(name)
        return name

    def _speaker(self, entry: _Entry) -> str:
        name = clean_name(entry.keys.speaker or UNNAMED, child(entry.place, "speaker"), self._findings)
        return self._names.setdefault(name, name)

    def _delivery(self, entry: _Entry) -> Delivery | None:
        delivery = read_delivery(entry.keys, entry.place, self._findings)
        return None if delivery is NOTHING_SAID else self._deliveries.setdefault(delivery, delivery)

    def _pacing(self, entry: _Entry) -> Pacing:
        keys, overlap_ms = entry.keys, entry.keys.overlap_ms or 0
        if overlap_ms and self._rest_ms:
            message = 'A line cannot overlap the last across a pause: remove the pause, or "overlapMs".'
            self._findings.error(entry.place_of("overlapMs"), message, overlap_ms)
        pacing = Pacing(keys.pause_before_ms, keys.pause_after_ms, self._rest_ms, overlap_ms)
        self._rest_ms = 0
        self._set_ms += (keys.pause_before_ms or 0) + (keys.pause_after_ms or 0)
        return self._pacings.setdefault(pacing, pacing)

    def _chapter(self, entry: _Entry) -> Chapter | None:
        self._chapters += entry.chapter is not None
        if entry.chapter and self._chapters > MOST_CHAPTERS:
            message = f"This is chapter {self._chapters}; {MOST_CHAPTERS} are the most."
            self._findings.error(entry.place_of("chapter"), message)
        return entry.chapter


def can_be_spoken(text: str, clean_up: frozenset[str]) -> bool:
    """Say whether anything is left to be spoken when a text is cleaned up."""
    first = WORD_FIRST.match(text)
    return bool(first and first[1].isalpha()) or bool(speakable(text, clean_up))


def _nothing_to_speak(entries: list[object]) -> str:
    if not entries:
        return 'The script has no lines: add some such as {"speaker": "A", "line": "Welcome back."}.'
    first = entries[0]
    keys = ", ".join(f'"{readable(key)}"' for key in list(first)[:5]) if isinstance(first, dict) else ""
    return f'No entry has text to speak in "line", "ssml" or "markup"; the first has {keys or "no key"}.'
