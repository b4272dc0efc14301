"""Families of voices, and what each can do. One table; a voice's name says its family.

Whether a parameter is *present* matters: several families refuse one even at its neutral value
(home-assistant/core#130843, #144824). So a cell is True only where a request may carry the parameter.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

MAX_BYTES = 5_000  # of text, SSML or markup in one request; bytes, not characters; cannot be raised [doc]
_REQUESTS_PER_MINUTE = 1_000  # of a whole project, whatever the voice [doc, 2026-11]


class UnknownVoice(Exception):
    """No voice has this name; the message says what a right one looks like."""


@dataclass(frozen=True, slots=True)
class Family:
    """What every voice of one family can do, and what the service lets us ask of it.

    `effects_profile` is whether a device profile may be sent: a setting, left out where it may not.
    `marks` is whether SSML may hold `<mark>`, `custom_pronunciations` whether sounds may be sent beside what
    is spoken; `price_class` is the key of the price table.
    """

    name: str
    ssml: bool
    markup: bool
    speaking_rate: bool
    pitch: bool
    volume_gain: bool
    marks: bool
    effects_profile: bool
    custom_pronunciations: bool
    max_bytes: int
    requests_per_minute: int
    price_class: str

    @property
    def sounds(self) -> bool:
        """Whether a request can say how a word sounds: in SSML, or beside the text."""
        return self.ssml or self.custom_pronunciations


def _classic(name: str, price_class: str, *, pitch: bool = True, marks: bool = True, rate: int) -> Family:
    """Return a family of the older kind, which reads SSML and takes nearly every option."""
    return Family(
        name=name,
        ssml=True,
        markup=False,
        speaking_rate=True,
        pitch=pitch,
        volume_gain=True,
        marks=marks,
        effects_profile=True,
        custom_pronunciations=False,  # [unverified] nobody shows one that takes them; SSML says sounds here
        max_bytes=MAX_BYTES,
        requests_per_minute=rate,
        price_class=price_class,
    )


def _journey(name: str, *, rate: int) -> Family:
    """Return a family that reads plain text at its own pace and pitch."""
    return Family(
        name=name,
        ssml=False,  # 'This voice currently does not support SSML input' (Vocab-Apps/anki-hyper-tts#259)
        markup=False,
        speaking_rate=False,  # 'does not support speaking rate or pitch' (home-assistant/core#130843)
        pitch=False,
        volume_gain=True,  # [unverified] the refusal above names rate and pitch only
        marks=False,
        effects_profile=True,  # the seed of this project sent one with its Journey voices
        custom_pronunciations=False,  # [unverified]
        max_bytes=MAX_BYTES,
        requests_per_minute=rate,
        price_class="chirp3-hd",  # [unverified] no source prices them apart
    )


_TABLE = (
    Family(
        name="Chirp3-HD",
        ssml=False,  # sources conflict; users still meet 'does not support SSML input'
        markup=True,  # [pause short] and the like, and only here
        speaking_rate=True,  # 0.25 to 2.0 [doc]
        pitch=False,  # 'does not support pitch parameters' (home-assistant/core#144824)
        volume_gain=True,
        marks=False,
        # [unverified] 2026-11: Google's page on device profiles names no family, some public code sends
        # one with these voices and nobody reports a refusal. Were it refused, every line would fail.
        effects_profile=False,
        # Released as "HD voice custom pronunciations" (googleapis/google-cloud-dotnet#14622), for en-US at
        # first; public code speaks ja-JP so. What other languages answer is not known. [3p, 2026-11]
        custom_pronunciations=True,
        max_bytes=MAX_BYTES,
        requests_per_minute=200,  # [doc]; older pages say 100
        price_class="chirp3-hd",
    ),
    _journey("Chirp-HD", rate=_REQUESTS_PER_MINUTE),  # what Journey is called now (ken107/read-aloud#427)
    _journey("Journey", rate=30),  # [doc, old pages only]
    _classic(
        "Studio",
        "studio",
        pitch=False,  # home-assistant/core#130843
        marks=False,  # 'not currently supported by Studio voices' (met4citizen/TalkingHead#73)
        rate=500,  # [doc]
    ),
    _classic("Neural2", "neural2", rate=_REQUESTS_PER_MINUTE),
    _classic("Wavenet", "wavenet", rate=_REQUESTS_PER_MINUTE),
    _classic("Standard", "standard", rate=_REQUESTS_PER_MINUTE),
    # Marks: TalkingHead's list of what takes them has News and Casual and lacks Polyglot [3p, 2024-11].
    # Prices of the three: [unverified], the dearer of the likely ones.
    _classic("Polyglot", "neural2", marks=False, rate=_REQUESTS_PER_MINUTE),
    _classic("News", "neural2", rate=_REQUESTS_PER_MINUTE),
    _classic("Casual", "neural2", rate=_REQUESTS_PER_MINUTE),
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in _TABLE}

_SHAPE = "<locale>-<Family>-<Name>, such as en-US-Chirp3-HD-Kore"
_LOCALE = re.compile(r"([a-z]{2,3}-(?:[A-Z]{2}|[0-9]{3}))-(.+)", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9]+", re.ASCII)


def family_of(voice: str) -> Family:
    """Return the family that a voice's name says. Raises UnknownVoice."""
    return _parse(voice)[1]


def locale_of(voice: str) -> str:
    """Return the locale that a voice's name begins with. Raises UnknownVoice."""
    return _parse(voice)[0]


def persona_of(voice: str) -> str:
    """Return a voice's name without its locale: who speaks, in whatever language. Raises UnknownVoice."""
    return voice.removeprefix(f"{locale_of(voice)}-")


def families_with(able: Callable[[Family], bool]) -> str:
    """Return families that can do something, as words for a sentence: "a Neural2 or Wavenet voice"."""
    preferred = ("Chirp3-HD", "Neural2", "Wavenet", "Standard", "Studio")
    names = [name for name in preferred if able(FAMILIES[name])]
    return f"a {' or '.join(names[:2])} voice"


def _parse(voice: str) -> tuple[str, Family]:
    match = _LOCALE.fullmatch(voice)
    if match is None:
        raise _without_locale(voice)
    locale, rest = match.groups()
    for family in _TABLE:
        name = rest.removeprefix(f"{family.name}-")
        if name != rest and _NAME.fullmatch(name):
            if name == "MultiSpeaker":
                raise UnknownVoice(f"{voice}: speaks for several at once; name one voice for each speaker")
            return locale, family
    raise _without_family(voice, locale, rest)


def _without_locale(voice: str) -> UnknownVoice:
    if voice.isalpha():
        return UnknownVoice(
            f"{voice}: bare names are Gemini voices, which need a model and are not offered; write {_SHAPE}"
        )
    return UnknownVoice(f"{voice or '(empty)'}: voices are named {_SHAPE}")


def _without_family(voice: str, locale: str, rest: str) -> UnknownVoice:
    family, _, name = rest.rpartition("-")
    by_lower_case = {known.lower(): known for known in FAMILIES}
    near = get_close_matches(family.lower(), by_lower_case, n=1)
    if near and _NAME.fullmatch(name):
        right = f"{locale}-{by_lower_case[near[0]]}-{name}"
        return UnknownVoice(f"{voice}: no family of voices is called {family}; did you mean {right}?")
    return UnknownVoice(f"{voice}: voices are named {_SHAPE}; the families are {', '.join(FAMILIES)}")
