"""Which voices there are, in which languages.

The pool that speakers are cast from is Chirp 3: HD. Voices of older families are used when a script names
them; the table of those is for looking them up and need not be complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from dropcast.voices.families import FAMILIES, Family, UnknownVoice, family_of, locale_of, persona_of

Gender = Literal["female", "male"]


class UnknownLanguage(Exception):
    """There is no pool of voices for this language; the message says what is near."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of the service. `gender` is None for a voice that no table of ours knows."""

    name: str
    language_code: str
    gender: Gender | None
    family: Family


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# docs.cloud.google.com/text-to-speech/docs/chirp3-hd, tables 'Voice options' and 'Supported languages',
# read in stored copies of the page, 2026-11. Every voice speaks every language, but for Russian.
_CHIRP3_WOMEN = _words(
    "Achernar Aoede Autonoe Callirrhoe Despina Erinome Gacrux Kore Laomedeia Leda Pulcherrima Sulafat "
    "Vindemiatrix Zephyr"
)
_CHIRP3_MEN = _words(
    "Achird Algenib Algieba Alnilam Charon Enceladus Fenrir Iapetus Orus Puck Rasalgethi Sadachbia "
    "Sadaltager Schedar Umbriel Zubenelgenubi"
)
# yue-HK is not on that page; several public projects speak with it [3p, 2026-11].
_CHIRP3_LOCALES = _words(
    "ar-XA bg-BG bn-IN cmn-CN cs-CZ da-DK de-DE el-GR en-AU en-GB en-IN en-US es-ES es-US et-EE fi-FI fr-CA "
    "fr-FR gu-IN he-IL hi-IN hr-HR hu-HU id-ID it-IT ja-JP kn-IN ko-KR lt-LT lv-LV ml-IN mr-IN nb-NO nl-BE "
    "nl-NL pa-IN pl-PL pt-BR ro-RO ru-RU sk-SK sl-SI sr-RS sv-SE sw-KE ta-IN te-IN th-TH tr-TR uk-UA ur-IN "
    "vi-VN yue-HK"
)

_RUSSIAN_VOICES = _words("Aoede Charon Fenrir Kore Leda Orus Puck Zephyr")

# What a bare language means where it has several locales: our convention, the one most people mean.
# A language with one locale needs no row.
_MAIN_LOCALE: Mapping[str, str] = {"en": "en-US", "es": "es-ES", "fr": "fr-FR", "nl": "nl-NL"}

# Other names of the same thing. Never another accent: pt-PT is not pt-BR, zh-TW is not cmn-CN.
_ALIASES: Mapping[str, str] = {
    "zh": "cmn-CN",
    "zh-cn": "cmn-CN",
    "zh-hans": "cmn-CN",
    "zh-hans-cn": "cmn-CN",
    "cmn-hans-cn": "cmn-CN",
    "zh-hk": "yue-HK",
    "zh-hant-hk": "yue-HK",
    "yue-hant-hk": "yue-HK",
    "no": "nb-NO",
    "no-no": "nb-NO",
    "iw": "he-IL",
    "iw-il": "he-IL",
}

# Locale, family, women, men, each letter a voice: en-US-Neural2-C and so on. From a public project's copy
# of list_voices [3p, read 2026-11]; Journey from Google's older pages.
_OLDER = """
    de-DE Chirp-HD FO   D
    de-DE Neural2  G    H
    de-DE Polyglot -    1
    de-DE Standard G    H
    de-DE Studio   C    B
    de-DE Wavenet  G    H
    en-GB Chirp-HD FO   D
    en-GB Neural2  ACFN BDO
    en-GB News     GHI  JKLM
    en-GB Standard ACFN BDO
    en-GB Studio   C    B
    en-GB Wavenet  ACFN BDO
    en-US Casual   -    K
    en-US Chirp-HD FO   D
    en-US Journey  FO   D
    en-US Neural2  CEFGH ADIJ
    en-US News     KL   N
    en-US Polyglot -    1
    en-US Standard CEFGH ABDIJ
    en-US Studio   O    Q
    en-US Wavenet  CEFGH ABDIJ
    es-ES Chirp-HD FO   D
    es-ES Neural2  AEH  FG
    es-ES Polyglot -    1
    es-ES Standard FH   EG
    es-ES Studio   C    F
    es-ES Wavenet  FH   EG
    fr-FR Chirp-HD FO   D
    fr-FR Neural2  F    G
    fr-FR Polyglot -    1
    fr-FR Standard F    G
    fr-FR Studio   A    D
    fr-FR Wavenet  F    G
    it-IT Chirp-HD FO   D
    it-IT Neural2  AE   F
    it-IT Standard E    F
    it-IT Wavenet  E    F
    ja-JP Neural2  B    CD
    ja-JP Standard AB   CD
    ja-JP Wavenet  AB   CD
    ko-KR Neural2  AB   C
    ko-KR Standard AB   CD
    ko-KR Wavenet  AB   CD
    pt-BR Neural2  AC   B
    pt-BR Standard ACD  BE
    pt-BR Wavenet  ACD  BE
"""


def languages() -> tuple[str, ...]:
    """Return every language that speakers can be cast in."""
    return _CHIRP3_LOCALES


def resolve_language(language_code: str) -> str:
    """Return the locale that a language code means: `EN_us` is en-US, `fr` is fr-FR, `zh-CN` is cmn-CN.

    Case and underscores do not matter, a bare language means its main locale, and nothing is guessed beyond
    that. Raises UnknownLanguage.
    """
    code = language_code.strip().replace("_", "-").lower()
    locale = _ALIASES.get(code) or _MAIN_LOCALE.get(code)
    if locale:
        return locale
    exact = [known for known in _CHIRP3_LOCALES if known.lower() == code]
    found = exact or _locales_of(code)
    if len(found) == 1:
        return found[0]
    raise UnknownLanguage(f"{language_code or '(empty)'}: no voices to cast in it; {_nearest(code)}")


def voices(language_code: str) -> tuple[Voice, ...]:
    """Return the pool of a language: today's good voices, in a settled order. Raises UnknownLanguage."""
    locale = resolve_language(language_code)
    return tuple(_voice(locale, "Chirp3-HD", name, gender) for name, gender in _chirp3_voices(locale).items())


def older_voices(language_code: str) -> tuple[Voice, ...]:
    """Return the voices of older families that we know of in a language. Raises UnknownLanguage."""
    return _older_in(resolve_language(language_code))


def voice_named(name: str) -> Voice:
    """Return the voice of this name, exactly that one. Raises UnknownVoice.

    A name of an older family need not be in our table. Chirp 3: HD is a closed set of names, so a
    misspelt one is refused here, before a whole episode is refused by the service.
    """
    family, locale, persona = family_of(name), locale_of(name), persona_of(name)
    if family.name == "Chirp3-HD":
        return _voice(locale, family.name, *_chirp3(name, locale, persona.removeprefix("Chirp3-HD-")))
    known = (voice for voice in _older_in(locale) if voice.name == name)
    return next(known, Voice(name, locale, None, family))


@lru_cache
def _older_in(locale: str) -> tuple[Voice, ...]:
    return tuple(
        _voice(locale, family, letter, gender)
        for row_locale, family, women, men in map(str.split, _OLDER.strip().splitlines())
        if row_locale == locale
        for gender, letters in _both(women, men)
        for letter in letters
    )


def _voice(locale: str, family: str, name: str, gender: Gender) -> Voice:
    return Voice(f"{locale}-{family}-{name}", locale, gender, FAMILIES[family])


def _both(women: str, men: str) -> tuple[tuple[Gender, str], tuple[Gender, str]]:
    return ("female", women.strip("-")), ("male", men.strip("-"))


@lru_cache
def _chirp3_voices(locale: str) -> Mapping[str, Gender]:
    everyone: dict[str, Gender] = dict.fromkeys(_CHIRP3_WOMEN, "female")
    everyone |= dict.fromkeys(_CHIRP3_MEN, "male")
    return {name: everyone[name] for name in everyone if locale != "ru-RU" or name in _RUSSIAN_VOICES}


def _chirp3(voice: str, locale: str, name: str) -> tuple[str, Gender]:
    known = _chirp3_voices(locale)
    if name in known:
        return name, known[name]
    near = get_close_matches(name.capitalize(), known, n=1)
    right = f"did you mean {voice.removesuffix(name)}{near[0]}?" if near else f"try {', '.join(known)}"
    raise UnknownVoice(f"{voice}: no Chirp3-HD voice of {locale} is called {name}; {right}")


def _locales_of(language: str) -> list[str]:
    return [locale for locale in _CHIRP3_LOCALES if locale.split("-")[0] == language]


def _nearest(code: str) -> str:
    same_language = _locales_of(code.partition("-")[0])
    near = same_language or get_close_matches(code, _CHIRP3_LOCALES, n=3, cutoff=0.4)
    if near:
        return f"the nearest are {' or '.join(near)}; or name a voice for each speaker"
    return "write a language and a region, such as en-US; or name a voice for each speaker"
