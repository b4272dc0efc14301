"""The lexicon of a script or of a line: how words are to be said."""

from collections.abc import Iterator

from dropcast.scripts.checking import Checker
from dropcast.scripts.findings import Findings, child, readable
from dropcast.scripts.keys.pronunciation import LONGEST, PronunciationKeys
from dropcast.scripts.pronunciations import Encoding, Pronunciation
from dropcast.scripts.text import clean_name

PRONUNCIATION = Checker(PronunciationKeys)
EXAMPLE = '{"phrase": "kubectl", "alias": "cube control"}'
RIGHT = f"text of 1 to {LONGEST} characters"


def read_lexicon(value: object, most: int, pointer: str, findings: Findings) -> tuple[Pronunciation, ...]:
    """Return the entries of a lexicon in order, said as a list or, in short, as an object of aliases."""
    if isinstance(value, dict) and isinstance(listed := value.get("pronunciations"), list):
        return read_lexicon(listed, most, child(pointer, "pronunciations"), findings)  # as Google writes it
    if value is None:
        return ()
    if not isinstance(value, list | dict) or _is_entry(value):
        findings.error(
            pointer, f'A lexicon must be a list such as [{EXAMPLE}], or {{"kubectl": "cube control"}}.', value
        )
        return ()
    if len(value) > most:
        findings.error(pointer, f"There are {len(value):,} pronunciations; {most:,} are the most here.")
        return ()
    read = (
        _by_phrase(value, pointer, findings) if isinstance(value, dict) else _listed(value, pointer, findings)
    )
    return _each_once(read, findings)


def _is_entry(value: object) -> bool:
    """Say whether what might be an object of aliases is one entry that misses its list."""
    return isinstance(value, dict) and "phrase" in value and ("alias" in value or "pronunciation" in value)


def _by_phrase(
    aliases: dict[str, object], pointer: str, findings: Findings
) -> Iterator[tuple[str, Pronunciation]]:
    for written, alias in aliases.items():
        place = child(pointer, written)
        phrase = clean_name(written, place, findings)
        said = clean_name(alias, place, findings) if isinstance(alias, str) else ""
        if not 1 <= len(phrase) <= LONGEST:
            findings.error(place, f"A phrase must be {RIGHT}.", written)
        elif alias is not None and not 1 <= len(said) <= LONGEST:
            findings.error(place, f"An alias must be {RIGHT}.", alias)
        elif said:
            yield place, Pronunciation(phrase, "alias", said)


def _listed(entries: list[object], pointer: str, findings: Findings) -> Iterator[tuple[str, Pronunciation]]:
    for index, entry in enumerate(entries):
        place = child(pointer, index)
        if not isinstance(entry, dict):
            findings.error(place, f"A pronunciation must be an object such as {EXAMPLE}.", entry)
        elif pronunciation := _pronunciation(entry, place, findings):
            yield place, pronunciation


def _pronunciation(entry: dict[str, object], place: str, findings: Findings) -> Pronunciation | None:
    said = PRONUNCIATION.sort(entry, place, findings)
    keys = PRONUNCIATION.check(said, entry, place, findings)
    if "alias" in said and "pronunciation" in said:
        findings.error(place, 'A pronunciation says one thing: keep one of "alias" and "pronunciation".')
        return None
    if "alias" not in said and "pronunciation" not in said:
        findings.error(place, f"A pronunciation must say how the phrase is said, such as {EXAMPLE}.")
        return None
    if "alias" in said and "phoneticEncoding" in said:
        findings.warn(place, '"phoneticEncoding" means nothing beside "alias".')
    return _checked(keys, place, findings) if keys else None


def _checked(keys: PronunciationKeys, place: str, findings: Findings) -> Pronunciation | None:
    """Return what an entry says; None if a text of it is wrong, which an error tells already, or empty."""
    if (how := keys.alias or keys.pronunciation) is None:
        return None
    phrase, said = (clean_name(text, place, findings) for text in (keys.phrase, how))
    if not phrase or not said:
        findings.error(place, f"A phrase, and how it is said, must be {RIGHT}.", keys.phrase)
        return None
    encoding: Encoding = "alias" if keys.alias else keys.phonetic_encoding or "ipa"
    return Pronunciation(phrase, encoding, said, keys.match_case is not False)


def _each_once(read: Iterator[tuple[str, Pronunciation]], findings: Findings) -> tuple[Pronunciation, ...]:
    """Return the entries of which the first for a phrase counts; the others are warned of."""
    entries: dict[tuple[str, bool], Pronunciation] = {}
    for place, entry in read:
        known = entries.setdefault((entry.phrase, entry.match_case), entry)
        if known != entry:
            message = f'"{readable(entry.phrase)}" is said in two ways; the first counts.'
            findings.warn(place, message)
    return tuple(entries.values())
