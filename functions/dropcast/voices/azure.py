"""Azure's names for voices, and who of Google's voices speaks in their place: the same one for ever.

A name says a locale and a character, and a character has a place in a table of ours. First come the voices
that read SSML and say when a mark was passed (word boundaries are exact then), behind them Chirp 3: HD; the
voice of the character's place speaks. So two characters of one locale and gender share a voice only where
there are no more. A character that is not in the table gets one by its hash.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from dropcast.scripts.findings import quoted
from dropcast.voices.azure_names import (
    NEAREST,
    SAME,
    Character,
    characters,
    genders,
    stand_in_locales,
    stand_ins,
)
from dropcast.voices.catalog import (
    Gender,
    UnknownLanguage,
    Voice,
    languages,
    resolve_language,
    voice_named,
    voices,
)
from dropcast.voices.families import FAMILIES, UnknownVoice

LONGEST_NAME = 200  # no voice's name, of whatever form, comes near it

# en-US-JennyNeural, en-US-JennyMultilingualV2Neural, en-US-NovaTurboMultilingualNeural,
# sr-Latn-RS-SophieNeural, en-US-Ava3:DragonHDLatestNeural, zh-CN-liaoning-XiaobeiNeural …
_AZURE = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{4})?-([a-z]{2}|[0-9]{3})(?:-[a-z]+){0,2}?-"
    r"([a-z]+?[0-9]*)(?:turbo)?(?:multilingual(?:v[0-9])?)?(?:dialects|indic)?"
    r"(?:neural(?:hd)?|(?:neural)?:[a-z0-9.-]+)",
    re.IGNORECASE | re.ASCII,
)
# The form that Microsoft's older interfaces give, around the same.
_LONG_FORM = re.compile(
    r"Microsoft Server Speech Text to Speech Voice \(([a-z0-9-]+), *([a-z0-9:.-]+)\)",
    re.IGNORECASE | re.ASCII,
)
_RIGHT = "such as en-US-JennyNeural, or as Google's are, such as en-US-Chirp3-HD-Kore"


@dataclass(frozen=True, slots=True)
class _Name:
    """What a name of Azure's says: a locale as Azure writes it, and a character in lower case."""

    locale: str
    character: str


def google_voice(name: str, custom_voices: Mapping[str, str]) -> Voice:
    """Return the voice that speaks for a name: a custom one, one of Azure's or of Google's own.

    Raises UnknownVoice.
    """
    if name in custom_voices:
        return _custom(name, custom_voices[name])
    return _known(_bounded(name))


def note_of(name: str, voice: Voice) -> str | None:
    """Say what somebody who chose a name of Azure's would not expect of the voice that speaks for it."""
    azure = _parsed(name.strip()) if len(name) <= LONGEST_NAME else None
    if azure is None or not _is_successor(voice, azure):
        return None  # a custom voice: just what was chosen
    gender = _gender(azure)
    lacks = [f"voices of {azure.locale}"] if _differs(azure.locale, voice.language_code) else []
    lacks += [f"{gender} voices of {voice.language_code}"] if gender and gender != voice.gender else []
    return f"{name}: Google has no {' and no '.join(lacks)}; {voice.name} speaks" if lacks else None


def _is_successor(voice: Voice, name: _Name) -> bool:
    try:
        return voice == _successor(name)
    except UnknownVoice:
        return False


def _custom(name: str, chosen: str) -> Voice:
    try:
        return _known(_bounded(chosen))
    except UnknownVoice as unknown:
        raise UnknownVoice(f"the custom voice {quoted(name)} is not deployed: {unknown}") from unknown


def _bounded(name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise _no_voice(name)
    return name.strip()


@lru_cache(maxsize=4096)
def _known(name: str) -> Voice:
    azure = _parsed(name)
    if azure is not None:
        return _successor(azure)
    if not name.isascii() or not any(f"-{family}-" in name for family in FAMILIES):
        raise _no_voice(name)
    return voice_named(name)


def _no_voice(name: str) -> UnknownVoice:
    meant = f"{name[:LONGEST_NAME]}Neural"
    if _parsed(meant) and not name.lower().endswith("neural"):
        return UnknownVoice(f"{quoted(name)} is no voice; did you mean {quoted(meant)}?")
    return UnknownVoice(f"{quoted(name)} is no voice: they are named as Azure's are, {_RIGHT}")


def _parsed(name: str) -> _Name | None:
    long_form = _LONG_FORM.fullmatch(name)
    match = _AZURE.fullmatch("-".join(long_form.groups()) if long_form else name)
    if match is None:
        return None
    language, region, character = match.groups()
    return _Name(f"{language.lower()}-{region.upper()}", character.lower())


def _successor(name: _Name) -> Voice:
    """Return who speaks for a name of Azure's. Raises UnknownVoice where nobody speaks its language."""
    locale, gender, character = _google_locale(name.locale), _gender(name), _character(name)
    if character is not None:
        everyone = [*_markable(locale, gender), *_chirps(locale, gender)] or _anybody(locale)
        return everyone[character.place % len(everyone)]
    likely = _markable(locale, gender) or _chirps(locale, gender) or _anybody(locale)
    return likely[int.from_bytes(sha256(name.character.encode()).digest()) % len(likely)]


def _character(name: _Name) -> Character | None:
    known = characters().get(name.locale, {})
    return known.get(name.character) or known.get(_without_number(name.character))


def _gender(name: _Name) -> Gender | None:
    character = _character(name)
    return character.gender if character else genders().get(_without_number(name.character))


def _without_number(character: str) -> str:
    """Leave out the number of a further edition of a character: Andrew2, Ava3."""
    return character.rstrip("0123456789")


def _markable(locale: str, gender: Gender | None) -> Sequence[Voice]:
    return [
        replace(voice_named(name), gender=told) for name, told in stand_ins(locale) if gender in (None, told)
    ]


def _chirps(locale: str, gender: Gender | None) -> Sequence[Voice]:
    if locale not in languages():
        return []
    return [voice for voice in voices(locale) if gender in (None, voice.gender)]


def _anybody(locale: str) -> Sequence[Voice]:
    return [*_markable(locale, None), *_chirps(locale, None)]


def _google_locale(locale: str) -> str:
    """Return the locale of Google's that is nearest to one of Azure's. Raises UnknownVoice."""
    every, language = _every_locale(), locale.partition("-")[0]
    if locale in every:
        return locale
    try:
        return NEAREST.get(locale) or resolve_language(locale)
    except UnknownLanguage:
        same_language = [known for known in every if known.startswith(f"{language}-")]
        nearest = NEAREST.get(language) or next(iter(same_language), None)
    if nearest is None:
        spoken = ", ".join(sorted({known.partition("-")[0] for known in every}))
        raise UnknownVoice(f"{locale}: Google has no voices that speak {language}; they speak {spoken}")
    return nearest


@lru_cache(maxsize=1)
def _every_locale() -> Sequence[str]:
    return list(dict.fromkeys((*stand_in_locales(), *languages())))


def _differs(azure_locale: str, google_locale: str) -> bool:
    return azure_locale != google_locale and azure_locale not in SAME
