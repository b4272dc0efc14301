"""The entries of a script: what is spoken, what is skipped."""

from collections.abc import Iterator
from unicodedata import category

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import MAX_LINES, NOTHING_SAID, UNNAMED, Delivery, Kind, Line
from dropcast.scripts.delivery import read_delivery
from dropcast.scripts.findings import Findings, child, readable
from dropcast.scripts.keys import MAX_ENTRIES, LineKeys
from dropcast.scripts.ssml import ssml_flaw
from dropcast.scripts.text import clean, clean_name

LINE = Checker(LineKeys)
KINDS: dict[str, Kind] = {"line": "text", "ssml": "ssml", "markup": "markup"}
SILENT = ("pauseMs", "audio")  # what an entry of the format may hold instead of text


def read_lines(entries: object, pointer: str, findings: Findings) -> tuple[tuple[Line, ...], tuple[int, ...]]:
    """Return the lines to be spoken, and the indices of the entries without text."""
    if entries is None:
        findings.error("", 'The lines are missing: "lines" must be a list of {"speaker": …, "line": …}.')
    elif not isinstance(entries, list):
        findings.error(
            pointer, 'The lines must be a list such as [{"speaker": "A", "line": "Welcome back."}].', entries
        )
    elif len(entries) > MAX_ENTRIES:
        findings.error(pointer, f"There are {len(entries):,} entries; {MAX_ENTRIES:,} are the most.")
    else:
        return _LinesReader(pointer, findings).read(entries)
    return (), ()


class _LinesReader:
    """Reads entries one by one; what many lines share is kept once."""

    def __init__(self, pointer: str, findings: Findings) -> None:
        self._pointer = pointer
        self._findings = findings
        self._names: dict[str, str] = {}
        self._deliveries: dict[Delivery, Delivery] = {}
        self._ids: set[str] = set()
        self._skipped: list[int] = []

    def read(self, entries: list[object]) -> tuple[tuple[Line, ...], tuple[int, ...]]:
        lines = tuple(line for index, entry in enumerate(entries) for line in self._read_entry(index, entry))
        if len(lines) > MAX_LINES:
            self._findings.error(
                self._pointer,
                f"There are {len(lines):,} lines to speak; {MAX_LINES:,} are the most. Split the script.",
            )
        if not lines and not self._findings.has_errors:
            self._findings.error(self._pointer, _nothing_to_speak(entries))
        return lines, tuple(self._skipped)

    def _read_entry(self, index: int, entry: object) -> Iterator[Line]:
        place = child(self._pointer, index)
        if not isinstance(entry, dict):
            self._findings.error(
                place, 'An entry must be an object such as {"speaker": "A", "line": "Welcome back."}.', entry
            )
        elif keys := LINE.read(entry, place, self._findings):
            yield from self._line(index, keys, entry, place)

    def _line(self, index: int, keys: LineKeys, entry: dict[str, object], place: str) -> Iterator[Line]:
        texts = self._texts(keys, entry, place)
        if _is_only_marks(texts.get("line", "")):
            del texts["line"]
            self._findings.warn(place, "An entry with nothing but marks to speak was skipped.")
        if len(texts) > 1:
            self._findings.error(place, f"An entry says one thing: keep one of {_listed(texts)}.")
        elif not texts or keys.skip:
            self._skip(index, entry, place)
        else:
            [(key, content)] = texts.items()
            yield Line(
                index=index,
                id=self._id(keys, place),
                speaker=self._speaker(keys, place),
                kind=KINDS[key],
                content=content,
                caption=clean(keys.caption or "", child(place, "caption"), self._findings) or None,
                delivery=self._delivery(keys, place),
            )

    def _texts(self, keys: LineKeys, entry: dict[str, object], place: str) -> dict[str, str]:
        said = {"line": keys.line, "ssml": keys.ssml, "markup": keys.markup}
        texts = {
            key: text
            for key, value in said.items()
            if value and (text := clean(value, LINE.pointer_to(entry, key, place), self._findings))
        }
        if "ssml" in texts and (flaw := ssml_flaw(texts["ssml"])):
            self._findings.error(child(place, "ssml"), f"The SSML {flaw}.", texts["ssml"])
        return texts

    def _skip(self, index: int, entry: dict[str, object], place: str) -> None:
        self._skipped.append(index)
        for key in SILENT:
            if entry.get(key):
                self._findings.warn(
                    place,
                    f'An entry with "{key}" instead of text was skipped: this release renders only speech.',
                )

    def _id(self, keys: LineKeys, place: str) -> str | None:
        name = clean_name(keys.id or "", child(place, "id"), self._findings) or None
        if name in self._ids:
            self._findings.warn(
                child(place, "id"), f'The id "{readable(name or "")}" stands at more than one line.'
            )
        if name:
            self._ids.add(name)
        return name

    def _speaker(self, keys: LineKeys, place: str) -> str:
        name = clean_name(keys.speaker or UNNAMED, child(place, "speaker"), self._findings)
        return self._names.setdefault(name, name)

    def _delivery(self, keys: LineKeys, place: str) -> Delivery | None:
        delivery = read_delivery(keys, place, self._findings)
        return None if delivery is NOTHING_SAID else self._deliveries.setdefault(delivery, delivery)


def _is_only_marks(text: str) -> bool:
    # Punctuation alone is silence to a voice; a letter, a digit or a symbol of any script is not.
    return bool(text) and all(category(character)[0] in "PZC" for character in text)


def _listed(keys: dict[str, str]) -> str:
    return " and ".join(f'"{key}"' for key in keys)


def _nothing_to_speak(entries: list[object]) -> str:
    if not entries:
        return 'The script has no lines: add some such as {"speaker": "A", "line": "Welcome back."}.'
    first = entries[0]
    keys = ", ".join(f'"{readable(key)}"' for key in list(first)[:5]) if isinstance(first, dict) else ""
    return f'No entry has text to speak in "line", "ssml" or "markup"; the first has {keys or "no key"}.'
