"""The names of Azure's voices, and Google's voices that may stand in for them: two tables, settled for ever.

Who speaks for whom follows from a place in these tables: a name is only ever added at the end of its list,
and a voice of Google's never, or people would hear other voices tomorrow than today.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dropcast.voices.catalog import Gender

# Azure's list of voices as public projects carry it, with Microsoft's own genders [3p, read 2026-11]; those
# that people use most come first. Multilingual, Turbo and HD voices of one character are one name here. Blue
# and Fable are 'Neutral' there. A row: locale, women | men; Azure's dialects count to their locale.
_CHARACTERS = """
af-ZA Adri | Willem
am-ET Mekdes | Ameha
ar-AE Fatima | Hamdan
ar-BH Laila | Ali
ar-DZ Amina | Ismael
ar-EG Salma | Shakir
ar-IQ Rana | Bassel
ar-JO Sana | Taim
ar-KW Noura | Fahed
ar-LB Layla | Rami
ar-LY Iman | Omar
ar-MA Mouna | Jamal
ar-OM Aysha | Abdullah
ar-QA Amal | Moaz
ar-SA Zariyah | Hamed
ar-SY Amany | Laith
ar-TN Reem | Hedi
ar-YE Maryam | Saleh
bg-BG Kalina | Borislav
bn-BD Nabanita | Pradeep
bn-IN Tanishaa | Bashkar
ca-ES Joana Alba | Enric
cs-CZ Vlasta | Antonin
da-DK Christel | Jeppe
de-AT Ingrid | Jonas
de-CH Leni | Jan
de-DE Katja Seraphina Amala Louisa Maja Tanja Klarissa Elke Gisela
    | Conrad Florian Killian Christoph Klaus Bernd Kasper Ralf
el-GR Athina | Nestoras
en-AU Natasha Annette Carly Elsie Freya Joanne Kim Tina | William Darren Duncan Ken Neil Tim
en-CA Clara | Liam
en-GB Sonia Libby Mia Maisie Ada Abbi Bella Hollie Olivia | Ryan Thomas Ollie Alfie Elliot Ethan Noah Oliver
en-HK Yan | Sam
en-IE Emily | Connor
en-IN Neerja Aarti Ananya Aashi Kavya Meera | Prabhat Arjun Aarav Kunal Rehaan
en-KE Asilia | Chilemba
en-NG Ezinne | Abeo
en-NZ Molly | Mitchell
en-PH Rosa | James
en-SG Luna | Wayne
en-TZ Imani | Elimu
en-US Jenny Aria Ava Emma Michelle Sara Nancy Jane Ana Amber Ashley Cora Elizabeth Monica Nova Shimmer Phoebe
    Serena Evelyn Amanda Lola Luna AIGenerate2 Blue Bree Tiana
    | Guy Andrew Brian Davis Christopher Eric Tony Roger Steffan Jason Brandon Jacob Ryan Adam Onyx Echo Alloy
    Fable Ash Derek Dustin Lewis Samuel Kai AIGenerate1 Tyler
en-ZA Leah | Luke
es-AR Elena | Tomas
es-BO Sofia | Marcelo
es-CL Catalina | Lorenzo
es-CO Salome | Gonzalo
es-CR Maria | Juan
es-CU Belkys | Manuel
es-DO Ramona | Emilio
es-EC Andrea | Luis
es-ES Elvira Ximena Abril Arabella Isidora Vera Laia Lia Irene Estrella Triana
    | Alvaro Tristan Arnau Dario Elias Nil Saul Teo
es-GQ Teresa | Javier
es-GT Marta | Andres
es-HN Karla | Carlos
es-MX Dalia Renata Beatriz Candela Carlota Larissa Marina Nuria Ximena
    | Jorge Cecilio Gerardo Liberto Luciano Pelayo Yago Tristan
es-NI Yolanda | Federico
es-PA Margarita | Roberto
es-PE Camila | Alex
es-PR Karina | Victor
es-PY Tania | Mario
es-SV Lorena | Rodrigo
es-US Paloma | Alonso
es-UY Valentina | Mateo
es-VE Paola | Sebastian
et-EE Anu | Kert
eu-ES Ainhoa | Ander
fi-FI Noora Selma | Harri
fil-PH Blessica | Angelo
fr-BE Charline | Gerard
fr-CA Sylvie | Jean Antoine Thierry
fr-CH Ariane | Fabrice
fr-FR Denise Vivienne Eloise Brigitte Celeste Coralie Jacqueline Josephine Yvette
    | Henri Remy Lucien Alain Claude Jerome Maurice Yves
gl-ES Sabela | Roi
gu-IN Dhwani | Niranjan
he-IL Hila | Avri
hi-IN Swara Ananya Aarti Kavya | Madhur Aarav Arjun Kunal Rehaan
hr-HR Gabrijela | Srecko
hu-HU Noemi | Tamas
id-ID Gadis | Ardi
is-IS Gudrun | Gunnar
it-IT Elsa Isabella Fabiola Fiamma Imelda Irma Palmira Pierina
    | Diego Giuseppe Alessio Marcello Benigno Calimero Cataldo Gianni Lisandro Rinaldo
ja-JP Nanami Aoi Mayu Shiori | Keita Daichi Naoki Masaru
kn-IN Sapna | Gagan
ko-KR SunHi JiMin SeoHyeon SoonBok YuJin | InJoon Hyunsu BongJin GookMin
lt-LT Ona | Leonas
lv-LV Everita | Nils
ml-IN Sobhana | Midhun
mr-IN Aarohi | Manohar
ms-MY Yasmin | Osman
nb-NO Pernille Iselin | Finn
nl-BE Dena | Arnaud
nl-NL Fenna Colette | Maarten
pa-IN Vaani | Ojas
pl-PL Zofia Agnieszka | Marek
pt-BR Francisca Thalita Brenda Elza Giovanna Leila Leticia Manuela Yara
    | Antonio Macerio Donato Fabio Humberto Julio Nicolau Valerio
pt-PT Raquel Fernanda | Duarte
ro-RO Alina | Emil
ru-RU Svetlana Dariya | Dmitry
sk-SK Viktoria | Lukas
sl-SI Petra | Rok
sr-RS Sophie | Nicholas
sv-SE Sofie Hillevi | Mattias
sw-KE Zuri | Rafiki
sw-TZ Rehema | Daudi
ta-IN Pallavi | Valluvar
ta-LK Saranya | Kumar
ta-MY Kani | Surya
ta-SG Venba | Anbu
te-IN Shruti | Mohan
th-TH Premwadee Achara | Niwat
tr-TR Emel | Ahmet
uk-UA Polina | Ostap
ur-IN Gul | Salman
ur-PK Uzma | Asad
vi-VN HoaiMy | NamMinh
wuu-CN Xiaotong | Yunzhe
yue-CN XiaoMin | YunSong
zh-CN Xiaoxiao Xiaoyi Xiaochen Xiaohan Xiaomo Xiaorui Xiaoshuang Xiaoyan Xiaoyou Xiaozhen Xiaomeng Xiaoqiu
    Xiaorou Xiaoyu Xiaobei Xiaoni
    | Yunxi Yunjian Yunyang Yunxia Yunye Yunze Yunfeng Yunhao Yunjie Yunyi Yunfan Yunxiao Yunqi Yundeng
    Yunbiao Yunxiang
zh-HK HiuMaan HiuGaai | WanLung
zh-TW HsiaoChen HsiaoYu | YunJhe
"""

# Locale, family, women, men, each letter a voice: those that read SSML, change their pitch and say when a
# mark was passed; a plain Standard voice only where the locale has no better one. From two public projects'
# copies of list_voices [3p, read 2026-11]. Not the catalogue's table of older voices, which is free to grow.
_STAND_INS = """
af-ZA  Standard A    -
am-ET  Wavenet  A    B
ar-XA  Wavenet  AD   BC
bg-BG  Standard B    -
bn-IN  Wavenet  AC   BD
ca-ES  Standard B    -
cmn-CN Wavenet  AD   BC
cmn-TW Wavenet  A    BC
cs-CZ  Wavenet  B    -
da-DK  Neural2  F    -
da-DK  Wavenet  F    G
de-DE  Neural2  G    H
de-DE  Wavenet  G    H
el-GR  Wavenet  B    -
en-AU  Neural2  AC   BD
en-AU  Wavenet  AC   BD
en-GB  Neural2  ACFN BDO
en-GB  Wavenet  ACFN BDO
en-IN  Neural2  AD   BC
en-IN  Wavenet  ADE  BCF
en-US  Neural2  FCHEG DJAI
en-US  Wavenet  FCHEG DJABI
es-ES  Neural2  AEH  FG
es-ES  Wavenet  FH   EG
es-US  Neural2  A    BC
es-US  Wavenet  A    BC
et-EE  Standard -    A
eu-ES  Standard B    -
fi-FI  Wavenet  B    -
fil-PH Wavenet  AB   CD
fr-CA  Neural2  AC   BD
fr-CA  Wavenet  AC   BD
fr-FR  Neural2  F    G
fr-FR  Wavenet  F    G
gl-ES  Standard B    -
gu-IN  Wavenet  AC   BD
he-IL  Wavenet  AC   BD
hi-IN  Neural2  AD   BC
hi-IN  Wavenet  ADE  BCF
hu-HU  Wavenet  B    -
id-ID  Wavenet  AD   BC
is-IS  Standard B    -
it-IT  Neural2  AE   F
it-IT  Wavenet  E    F
ja-JP  Neural2  B    CD
ja-JP  Wavenet  AB   CD
kn-IN  Wavenet  AC   BD
ko-KR  Neural2  AB   C
ko-KR  Wavenet  AB   CD
lt-LT  Standard -    B
lv-LV  Standard -    B
ml-IN  Wavenet  AC   BD
mr-IN  Wavenet  AC   B
ms-MY  Wavenet  AC   BD
nb-NO  Wavenet  F    G
nl-BE  Wavenet  C    D
nl-NL  Wavenet  F    G
pa-IN  Wavenet  AC   BD
pl-PL  Wavenet  F    G
pt-BR  Neural2  AC   B
pt-BR  Wavenet  ACD  BE
pt-PT  Wavenet  E    F
ro-RO  Wavenet  B    -
ru-RU  Wavenet  ACE  BD
sk-SK  Wavenet  B    -
sr-RS  Standard B    -
sv-SE  Wavenet  F    G
ta-IN  Wavenet  AC   BD
te-IN  Standard AC   BD
th-TH  Neural2  C    -
tr-TR  Wavenet  ACD  BE
uk-UA  Wavenet  B    -
ur-IN  Wavenet  A    B
vi-VN  Neural2  A    D
vi-VN  Wavenet  AC   BD
yue-HK Standard AC   BD
"""

# Which of Google's locales is nearest to one that it has no voices of, or that it writes otherwise; a bare
# language stands for all its other locales. A language with one locale needs no row.
NEAREST: Mapping[str, str] = {
    "en": "en-US",
    "en-GH": "en-GB",
    "en-HK": "en-GB",
    "en-IE": "en-GB",
    "en-KE": "en-GB",
    "en-NG": "en-GB",
    "en-NZ": "en-AU",
    "en-SG": "en-GB",
    "en-TZ": "en-GB",
    "en-ZA": "en-GB",
    "es": "es-US",  # of the two it is the one from beyond the Atlantic, as nearly all others are
    "es-GQ": "es-ES",
    "fr": "fr-FR",
    "nl": "nl-NL",
    "no": "nb-NO",
    "pt": "pt-PT",  # that of Africa and Asia is nearer to Portugal's than to Brazil's
    "tl": "fil-PH",
    "wuu": "cmn-CN",
    "yue": "yue-HK",
    "zh": "cmn-CN",
    "zh-HK": "yue-HK",
    "zh-MO": "yue-HK",
    "zh-TW": "cmn-TW",
}
# The same thing by another name, so that nobody need be told.
SAME = frozenset({"zh-CN", "zh-HK", "zh-TW", "yue-CN", "no-NO", "tl-PH", "iw-IL"})


@dataclass(frozen=True, slots=True)
class Character:
    """Who speaks: a gender, and a place among the characters of that gender in a locale."""

    gender: Gender
    place: int


@cache
def characters() -> Mapping[str, Mapping[str, Character]]:
    """Return by Azure's locales who speaks there, by their names in lower case."""
    everyone: dict[str, dict[str, Character]] = {}
    for row in _CHARACTERS.replace("\n ", " ").strip().splitlines():
        locale, *names = row.split()
        bar = names.index("|")
        both: tuple[tuple[Gender, list[str]], ...] = (("female", names[:bar]), ("male", names[bar + 1 :]))
        everyone[locale] = {
            name.lower(): Character(gender, place) for gender, of in both for place, name in enumerate(of)
        }
    return everyone


@cache
def genders() -> Mapping[str, Gender]:
    """Return the gender of each name, in lower case, that is of one gender wherever it occurs."""
    found: dict[str, set[Gender]] = {}
    for known in characters().values():
        for name, character in known.items():
            found.setdefault(name, set()).add(character.gender)
    return {name: next(iter(told)) for name, told in found.items() if len(told) == 1}


@cache
def stand_ins(locale: str) -> Sequence[tuple[str, Gender]]:
    """Return the names and genders of Google's voices of a locale that are best asked first, in order."""
    return [(name, gender) for of, name, gender in _stand_ins() if of == locale]


@cache
def stand_in_locales() -> Sequence[str]:
    return list(dict.fromkeys(locale for locale, _, _ in _stand_ins()))


def _stand_ins() -> Iterator[tuple[str, str, Gender]]:
    for locale, family, women, men in map(str.split, _STAND_INS.strip().splitlines()):
        both: tuple[tuple[Gender, str], ...] = (("female", women), ("male", men))
        for gender, letters in both:
            for letter in letters.strip("-"):
                yield locale, f"{locale}-{family}-{letter}", gender
