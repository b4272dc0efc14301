"""Every voice of the real service by its name, and what each family of voices accepts.

Gathered in November 2026 from Google's published list and from older lists whose names still answer. A row is
a locale; `Family males/females` gives the last parts of the names; `Chirp3-HD` alone means all thirty stars.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType


class Gender(StrEnum):
    """As the service names them."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@dataclass(frozen=True, slots=True)
class Family:
    """What one kind of voice accepts; everything else it refuses."""

    name: str
    ssml: bool = False
    rate: bool = False
    pitch: bool = False
    markup: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice as ListVoices shows it."""

    name: str
    locale: str
    family: Family
    gender: Gender


CHIRP3_HD = Family("Chirp3-HD", rate=True, markup=True)
GEMINI = Family("Gemini", rate=True)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        family.name: family
        for family in (
            Family("Standard", ssml=True, rate=True, pitch=True),
            Family("Wavenet", ssml=True, rate=True, pitch=True),
            Family("Neural2", ssml=True, rate=True, pitch=True),
            Family("News", ssml=True, rate=True, pitch=True),
            Family("Casual", ssml=True, rate=True, pitch=True),
            Family("Polyglot", ssml=True, rate=True, pitch=True),
            Family("Studio", ssml=True, rate=True),
            Family("Journey"),
            Family("Chirp-HD"),
            CHIRP3_HD,
            GEMINI,
        )
    }
)

# fmt: off
FEMALE_STARS = (
    "Achernar", "Aoede", "Autonoe", "Callirrhoe", "Despina", "Erinome", "Gacrux", "Kore", "Laomedeia", "Leda",
    "Pulcherrima", "Sulafat", "Vindemiatrix", "Zephyr",
)
MALE_STARS = (
    "Achird", "Algenib", "Algieba", "Alnilam", "Charon", "Enceladus", "Fenrir", "Iapetus", "Orus", "Puck",
    "Rasalgethi", "Sadachbia", "Sadaltager", "Schedar", "Umbriel", "Zubenelgenubi",
)
# fmt: on
# Russian has only the first eight.
FIRST_STARS = frozenset({"Aoede", "Charon", "Fenrir", "Kore", "Leda", "Orus", "Puck", "Zephyr"})

ROWS = """
af-ZA  Standard /A
am-ET  Standard B/A  Wavenet B/A
ar-XA  Standard BC/AD  Wavenet BC/AD  Chirp3-HD
bg-BG  Standard /AB  Chirp3-HD
bn-IN  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
ca-ES  Standard /AB
cmn-CN Standard BC/AD  Wavenet BC/AD  Chirp3-HD
cmn-TW Standard BC/A  Wavenet BC/A
cs-CZ  Standard /AB  Wavenet /AB  Chirp3-HD
da-DK  Standard CG/ADEF  Wavenet CG/ADEF  Neural2 /DF  Chirp3-HD
de-DE  Standard BDEH/ACFG  Wavenet BDEH/ACFG  Neural2 BDH/ACFG  Polyglot 1/  Studio B/C  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
el-GR  Standard /AB  Wavenet /AB  Chirp3-HD
en-AU  Standard BD/AC  Wavenet BD/AC  Neural2 BD/AC  News G/EF  Polyglot 1/  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
en-GB  Standard BDO/ACFN  Wavenet BDO/ACFN  Neural2 BDO/ACFN  News JKLM/GHI  Studio B/C  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
en-IN  Standard BCF/ADE  Wavenet BCF/ADE  Neural2 BC/AD  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
en-US  Standard ABDIJ/CEFGH  Wavenet ABDIJ/CEFGH  Neural2 ADIJ/CEFGH  News N/KL  Casual K/  Polyglot 1/  Studio Q/O  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
es-ES  Standard BEG/ACDFH  Wavenet BEG/CDFH  Neural2 BFG/ACDEH  Polyglot 1/  Studio F/C  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
es-US  Standard BC/A  Wavenet BC/A  Neural2 BC/A  News DE/FG  Polyglot 1/  Studio B/  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
et-EE  Standard A/  Chirp3-HD
eu-ES  Standard /AB
fi-FI  Standard /AB  Wavenet /AB  Chirp3-HD
fil-PH Standard CD/AB  Wavenet CD/AB  Neural2 D/A
fr-CA  Standard BD/AC  Wavenet BD/AC  Neural2 BD/AC  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
fr-FR  Standard BDG/ACEF  Wavenet BDG/ACEF  Neural2 BDG/ACEF  Polyglot 1/  Studio D/A  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
gl-ES  Standard /AB
gu-IN  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
he-IL  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
hi-IN  Standard BCF/ADE  Wavenet BCF/ADE  Neural2 BC/AD  Chirp3-HD
hr-HR  Chirp3-HD
hu-HU  Standard /AB  Wavenet /AB  Chirp3-HD
id-ID  Standard BC/AD  Wavenet BC/AD  Chirp3-HD
is-IS  Standard /AB
it-IT  Standard CDF/ABE  Wavenet CDF/ABE  Neural2 CF/AE  Journey D/FO  Chirp-HD D/FO  Chirp3-HD
ja-JP  Standard CD/AB  Wavenet CD/AB  Neural2 CD/B  Chirp3-HD
kn-IN  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
ko-KR  Standard CD/AB  Wavenet CD/AB  Neural2 C/AB  Chirp3-HD
lt-LT  Standard AB/  Chirp3-HD
lv-LV  Standard AB/  Chirp3-HD
ml-IN  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
mr-IN  Standard B/AC  Wavenet B/AC  Chirp3-HD
ms-MY  Standard BD/AC  Wavenet BD/AC
nb-NO  Standard BDG/ACEF  Wavenet BDG/ACEF  Chirp3-HD
nl-BE  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
nl-NL  Standard BCG/ADEF  Wavenet BCG/ADEF  Chirp3-HD
pa-IN  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
pl-PL  Standard BCG/ADEF  Wavenet BCG/ADEF  Chirp3-HD
pt-BR  Standard BE/ACD  Wavenet BE/ACD  Neural2 B/AC  Chirp3-HD
pt-PT  Standard BCF/ADE  Wavenet BCF/ADE
ro-RO  Standard /AB  Wavenet /AB  Chirp3-HD
ru-RU  Standard BD/ACE  Wavenet BD/ACE  Chirp3-HD
sk-SK  Standard /AB  Wavenet /AB  Chirp3-HD
sl-SI  Chirp3-HD
sr-RS  Standard /AB  Chirp3-HD
sv-SE  Standard DEG/ABCF  Wavenet CEG/ABDF  Chirp3-HD
sw-KE  Chirp3-HD
ta-IN  Standard BD/AC  Wavenet BD/AC  Chirp3-HD
te-IN  Standard BD/AC  Chirp3-HD
th-TH  Standard /A  Neural2 /C  Chirp3-HD
tr-TR  Standard BE/ACD  Wavenet BE/ACD  Chirp3-HD
uk-UA  Standard /AB  Wavenet /AB  Chirp3-HD
ur-IN  Standard B/A  Wavenet B/A  Chirp3-HD
vi-VN  Standard BD/AC  Wavenet BD/AC  Neural2 D/A  Chirp3-HD
yue-HK Standard BD/AC  Chirp3-HD
"""  # noqa: E501 (a table: one locale per line)

# The service itself spells these two so.
ODD_SPELLINGS = {
    "fil-PH-Neural2-A": "fil-ph-Neural2-A",
    "fil-PH-Neural2-D": "fil-ph-Neural2-D",
}


@lru_cache(maxsize=1)
def voices() -> Mapping[str, Voice]:
    """All voices by name, in the order of the table."""
    return MappingProxyType({voice.name: voice for row in ROWS.split("\n") for voice in _voices_of(row)})


@lru_cache(maxsize=128)
def voices_of_locale(locale: str) -> tuple[Voice, ...]:
    """The voices of one locale, whatever the case of its letters."""
    return tuple(voice for voice in voices().values() if voice.locale.lower() == locale.lower())


def gender_of_star(star: str) -> Gender | None:
    """The gender of a Chirp 3 HD or Gemini voice by its bare name; None if there is no such star."""
    if star in FEMALE_STARS:
        return Gender.FEMALE
    return Gender.MALE if star in MALE_STARS else None


def _voices_of(row: str) -> Iterator[Voice]:
    locale, _, columns = row.partition(" ")
    words = iter(columns.split())
    for family in words:
        males, females = _stars_of(locale) if family == CHIRP3_HD.name else _letters_of(next(words))
        for gender, names in ((Gender.MALE, males), (Gender.FEMALE, females)):
            for name in names:
                whole = f"{locale}-{family}-{name}"
                yield Voice(ODD_SPELLINGS.get(whole, whole), locale, FAMILIES[family], gender)


def _letters_of(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    males, _, females = cell.partition("/")
    return tuple(males), tuple(females)


def _stars_of(locale: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if locale != "ru-RU":
        return MALE_STARS, FEMALE_STARS
    return _first(MALE_STARS), _first(FEMALE_STARS)


def _first(stars: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(star for star in stars if star in FIRST_STARS)
