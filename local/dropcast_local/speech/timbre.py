"""How espeak-ng imitates each of the service's voices: which of its own, how high, how fast.

A star (`Kore`) has one sound in every language, a letter has one per family: different names of one language
never sound the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dropcast_local.speech.catalogue import FEMALE_STARS, MALE_STARS, Gender, Voice
from dropcast_local.speech.content import as_espeak_ssml, is_plain, words_of
from dropcast_local.speech.engine import Order

NATIVE_SAMPLE_RATE = 22050
USUAL_PITCH = 50
PITCH_STEPS_PER_SEMITONE = 50 / 12

# Chosen for being clearly different and within a few dB of one another.
# fmt: off
MALE_VARIANTS = (
    "m3", "m7", "m1", "m4", "Alex", "m6", "adam", "m2", "Michael", "m5", "max", "marcelo", "travis", "david",
    "michel", "grandpa",
)
FEMALE_VARIANTS = (
    "f3", "f1", "Alicia", "f5", "linda", "f2", "Annie", "f4", "belinda", "steph", "grandma", "aunty",
    "Andrea", "anika",
)
# fmt: on

# A shift for the family, so that Neural2-B is not Wavenet-B.
FAMILY_SEMITONES: Mapping[str, float] = MappingProxyType(
    {
        "Chirp3-HD": 0.0,
        "Gemini": 0.5,
        "Chirp-HD": -0.5,
        "Journey": -1.0,
        "Studio": 1.0,
        "Neural2": -1.5,
        "Wavenet": 1.5,
        "Standard": 2.0,
        "News": -2.0,
        "Casual": 2.5,
        "Polyglot": -2.5,
    }
)

# By name many of these do not load (`en-gb`, `fr-fr`); by file they do.
# Where espeak-ng has no such language the nearest speaks: Malay for Filipino, Portuguese for Galician, Swiss
# for Canadian French, Scottish for Indian and British for Australian English, Dutch for Flemish. A shift
# tells apart what would be the same.
LOCALES: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "af-ZA": ("gmw/af", 0.0),
        "am-ET": ("sem/am", 0.0),
        "ar-XA": ("sem/ar", 0.0),
        "bg-BG": ("zls/bg", 0.0),
        "bn-IN": ("inc/bn", 0.0),
        "ca-ES": ("roa/ca", 0.0),
        "cmn-CN": ("sit/cmn", 0.0),
        "cmn-TW": ("sit/cmn", 0.25),
        "cs-CZ": ("zlw/cs", 0.0),
        "da-DK": ("gmq/da", 0.0),
        "de-DE": ("gmw/de", 0.0),
        "el-GR": ("grk/el", 0.0),
        "en-AU": ("gmw/en-GB-x-rp", 0.0),
        "en-GB": ("gmw/en", 0.0),
        "en-IN": ("gmw/en-GB-scotland", 0.0),
        "en-US": ("gmw/en-US", 0.0),
        "es-ES": ("roa/es", 0.0),
        "es-US": ("roa/es-419", 0.25),
        "et-EE": ("urj/et", 0.0),
        "eu-ES": ("eu", 0.0),
        "fi-FI": ("urj/fi", 0.0),
        "fil-PH": ("poz/ms", 0.25),
        "fr-CA": ("roa/fr-CH", 0.25),
        "fr-FR": ("roa/fr", 0.0),
        "gl-ES": ("roa/pt", 0.25),
        "gu-IN": ("inc/gu", 0.0),
        "he-IL": ("sem/he", 0.0),
        "hi-IN": ("inc/hi", 0.0),
        "hr-HR": ("zls/hr", 0.0),
        "hu-HU": ("urj/hu", 0.0),
        "id-ID": ("poz/id", 0.0),
        "is-IS": ("gmq/is", 0.0),
        "it-IT": ("roa/it", 0.0),
        "ja-JP": ("jpx/ja", 0.0),
        "kn-IN": ("dra/kn", 0.0),
        "ko-KR": ("ko", 0.0),
        "lt-LT": ("bat/lt", 0.0),
        "lv-LV": ("bat/lv", 0.0),
        "ml-IN": ("dra/ml", 0.0),
        "mr-IN": ("inc/mr", 0.0),
        "ms-MY": ("poz/ms", 0.0),
        "nb-NO": ("gmq/nb", 0.0),
        "nl-BE": ("gmw/nl", 0.25),
        "nl-NL": ("gmw/nl", 0.0),
        "pa-IN": ("inc/pa", 0.0),
        "pl-PL": ("zlw/pl", 0.0),
        "pt-BR": ("roa/pt-BR", 0.0),
        "pt-PT": ("roa/pt", 0.0),
        "ro-RO": ("roa/ro", 0.0),
        "ru-RU": ("zle/ru", 0.0),
        "sk-SK": ("zlw/sk", 0.0),
        "sl-SI": ("zls/sl", 0.0),
        "sr-RS": ("zls/sr", 0.0),
        "sv-SE": ("gmq/sv", 0.0),
        "sw-KE": ("bnt/sw", 0.0),
        "ta-IN": ("dra/ta", 0.0),
        "te-IN": ("dra/te", 0.0),
        "th-TH": ("tai/th", 0.0),
        "tr-TR": ("trk/tr", 0.0),
        "uk-UA": ("zle/uk", 0.0),
        "ur-IN": ("inc/ur", 0.25),
        "vi-VN": ("aav/vi", 0.0),
        "yue-HK": ("sit/yue", 0.0),
    }
)


@dataclass(frozen=True, slots=True)
class Timbre:
    """What makes a voice this voice."""

    espeak_voice: str
    semitones: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One utterance in espeak-ng's own terms, and what is done to its sound afterwards."""

    espeak_voice: str
    text: str
    is_ssml: bool
    pitch: int
    stretch: float
    native_rate: int
    sample_rate: int


def timbre_of(voice: Voice) -> Timbre:
    """The imitation of one voice."""
    language, shift = LOCALES[voice.locale]
    name = voice.name.rpartition("-")[2]
    if voice.gender is Gender.FEMALE:
        variant = _chosen(FEMALE_VARIANTS, FEMALE_STARS, name)
    else:
        variant = _chosen(MALE_VARIANTS, MALE_STARS, name)
    return Timbre(f"{language}+{variant}", FAMILY_SEMITONES[voice.family.name] + shift)


def _chosen(variants: tuple[str, ...], stars: tuple[str, ...], name: str) -> str:
    place = stars.index(name) if name in stars else ord(name) - ord("A")
    return variants[place % len(variants)]


def delivery_of(order: Order) -> Delivery:
    """How an utterance is to be spoken.

    espeak-ng's own speed and pitch change durations and notes only roughly as told, and within narrow limits.
    So it always speaks alike: its sound is played at another rate for pitch, and stretched for duration.
    """
    timbre = timbre_of(order.voice)
    higher = 2 ** (order.pitch / 12)
    plain = is_plain(order.pieces)
    return Delivery(
        espeak_voice=timbre.espeak_voice,
        # A break is stretched with the rest and must come out as long as it was asked for.
        text=words_of(order.pieces) if plain else as_espeak_ssml(order.pieces, break_scale=order.rate),
        is_ssml=not plain,
        pitch=round(USUAL_PITCH + PITCH_STEPS_PER_SEMITONE * timbre.semitones),
        stretch=higher / order.rate,
        native_rate=_round_rate(NATIVE_SAMPLE_RATE * higher),
        sample_rate=order.sample_rate,
    )


def _round_rate(rate: float) -> int:
    # A rate with a large common divisor with the target makes a quick transform.
    return 50 * round(rate / 50)
