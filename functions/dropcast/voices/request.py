"""What one text-to-speech call is asked to speak: a value, its digest, and what its voice cannot do."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from sys import intern
from typing import Literal

from dropcast.scripts.pronunciations import Pronunciation, as_ssml
from dropcast.voices.catalog import voice_named
from dropcast.voices.families import Family, UnknownVoice, families_with, family_of, locale_of

Kind = Literal["text", "ssml", "markup"]

PROVIDER = "google-texttospeech/v1"
NORMALISER_VERSION = 1  # raise it when the clean-up of text changes: every clip is then spoken anew
NATURAL_SAMPLE_RATE_HERTZ = 24_000  # what Google's voices speak at; another rate is only resampled

# cloud.google.com/text-to-speech/docs/audio-profiles, read in a stored copy, 2026-11.
EFFECTS_PROFILES = (
    "wearable-class-device",
    "handset-class-device",
    "headphone-class-device",
    "small-bluetooth-speaker-class-device",
    "medium-bluetooth-speaker-class-device",
    "large-home-entertainment-class-device",
    "large-automotive-class-device",
    "telephony-class-application",
)

LARGEST = 1_000_000  # no option comes near it; a larger number is garbage

_MARK = re.compile(r"""<mark(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>|</mark\s*>""")


class MalformedRequest(Exception):
    """This JSON is no speech request."""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One call's worth of speech. Make one with `speech_request`, which leaves out what is at its default.

    An option that is None is never sent: some voices refuse an option even at its neutral value.
    """

    kind: Kind
    content: str
    voice: str
    language_code: str
    speaking_rate: float | None
    pitch: float | None
    volume_gain_db: float | None
    sample_rate_hertz: int
    effects_profile: tuple[str, ...]
    pronunciations: tuple[Pronunciation, ...] = ()  # by sound; of phrases as the content writes them
    marks: bool = False  # whether to say when each <mark> of the SSML was passed

    def digest(self) -> str:
        """Return the SHA-256, in hex, of everything that shapes the sound: equal digests, equal clips."""
        whole = self.to_json() | {"provider": PROVIDER, "normaliser": NORMALISER_VERSION}
        canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return sha256(canonical.encode("ascii")).hexdigest()

    def characters(self) -> int:
        """Return how many characters are billed: code points, and in SSML the tags too, all but `<mark>`."""
        kind, content = self.as_sent()
        return len(_MARK.sub("", content) if kind == "ssml" else content)

    def as_sent(self) -> tuple[Kind, str]:
        """Return what the service is sent: SSML where a text has pronunciations that only SSML can carry."""
        if self.kind == "text" and self.pronunciations and family_of(self.voice).ssml:
            return "ssml", as_ssml(self.content, self.pronunciations)
        return self.kind, self.content

    def to_json(self) -> dict[str, object]:
        """Return the request as plain JSON values, without what is at its default."""
        options = {
            "speakingRate": self.speaking_rate,
            "pitch": self.pitch,
            "volumeGainDb": self.volume_gain_db,
            "effectsProfileId": list(self.effects_profile) or None,
            "pronunciations": [_sound_to_json(entry) for entry in self.pronunciations] or None,
            "marks": self.marks or None,
        }
        return {
            "kind": self.kind,
            "content": self.content,
            "voice": self.voice,
            "languageCode": self.language_code,
            "sampleRateHertz": self.sample_rate_hertz,
        } | {name: value for name, value in options.items() if value is not None}

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "SpeechRequest":
        """Return the request that `to_json` made this of. Raises MalformedRequest."""
        match document:
            case {
                "kind": "text" | "ssml" | "markup" as kind,
                "content": str(content),
                "voice": str(voice),
                "languageCode": str(language_code),
                "sampleRateHertz": int(sample_rate_hertz),
            }:
                return speech_request(
                    kind=kind,
                    content=content,
                    voice=intern(voice),  # of ten thousand requests few differ in this
                    language_code=intern(language_code),
                    speaking_rate=_number(document, "speakingRate"),
                    pitch=_number(document, "pitch"),
                    volume_gain_db=_number(document, "volumeGainDb"),
                    sample_rate_hertz=sample_rate_hertz,
                    effects_profile=_names(document, "effectsProfileId"),
                    pronunciations=_sounds(document),
                    marks=document.get("marks") is True,
                )
        raise MalformedRequest("a speech request has kind, content, voice, languageCode and sampleRateHertz")


def speech_request(
    *,
    kind: Kind,
    content: str,
    voice: str,
    language_code: str,
    speaking_rate: float | None = None,
    pitch: float | None = None,
    volume_gain_db: float | None = None,
    sample_rate_hertz: int = NATURAL_SAMPLE_RATE_HERTZ,
    effects_profile: Sequence[str] = (),
    pronunciations: Sequence[Pronunciation] = (),
    marks: bool = False,
) -> SpeechRequest:
    """Return a request in which an option at its neutral value is the same as one not given."""
    return SpeechRequest(
        kind=kind,
        content=content,
        voice=voice,
        language_code=language_code,
        speaking_rate=_unless(1.0, speaking_rate),
        pitch=_unless(0.0, pitch),
        volume_gain_db=_unless(0.0, volume_gain_db),
        sample_rate_hertz=sample_rate_hertz,
        effects_profile=tuple(effects_profile),
        pronunciations=tuple(pronunciations),
        marks=marks,
    )


def objections(request: SpeechRequest) -> tuple[str, ...]:
    """Return, in sentences, all that this voice cannot do with this request. None: it can be spoken.

    Text may be too long, since text is split before it is sent; not so the SSML that pronunciations make of
    it. A device profile on a family that takes none is for the caller to leave out (`effects_profile`).
    """
    try:
        family = voice_named(request.voice).family
    except UnknownVoice as error:
        return (str(error),)
    return (
        *_language_objections(request),
        *_content_objections(request, family),
        *_option_objections(request, family),
        *_effects_objections(request),
        *_pronunciation_objections(request, family),
    )


def _language_objections(request: SpeechRequest) -> Iterator[str]:
    # The service answers 400 to another code, even to 'en' for en-US (muxable/rtchat#834).
    said, locale = request.language_code, locale_of(request.voice)
    if said.lower() != locale.lower():
        yield f"languageCode {said}: the voice {request.voice} speaks {locale}; leave it out or change either"


def _content_objections(request: SpeechRequest, family: Family) -> Iterator[str]:
    kind = request.kind
    if kind == "ssml" and not family.ssml:
        choice = families_with(lambda family: family.ssml)
        yield f"ssml: {family.name} voices take plain text only; write text or choose {choice}"
    if kind == "markup" and not family.markup:
        choice = families_with(lambda family: family.markup)
        yield f"markup: {family.name} voices know no markup; write text or choose {choice}"
    if kind == "ssml" and family.ssml and not family.marks and _MARK.search(request.content):
        choice = families_with(lambda family: family.marks)
        yield f"ssml <mark>: {family.name} voices take no marks; leave them out or choose {choice}"
    size = len(request.content.encode("utf-8", "surrogatepass"))
    if kind != "text" and size > family.max_bytes:
        yield f"{kind} of {size} bytes: one request holds {family.max_bytes}; split it into several lines"
    sent, document = request.as_sent()
    if kind != sent and len(document.encode("utf-8", "surrogatepass")) > family.max_bytes:
        yield f"pronunciations: as SSML they need more than the {family.max_bytes} bytes that a request holds"


@dataclass(frozen=True, slots=True)
class _Option:
    """A number that shapes the voice: what scripts call it, what people call it, and who may send it."""

    name: str
    noun: str
    least: float
    most: float
    able: Callable[[Family], bool]
    value: Callable[[SpeechRequest], float | None]


# Ranges as google-cloud-texttospeech 2.38.0 documents them.
_OPTIONS = (
    _Option("speakingRate", "speaking rate", 0.25, 2.0, lambda f: f.speaking_rate, lambda r: r.speaking_rate),
    _Option("pitch", "pitch", -20.0, 20.0, lambda f: f.pitch, lambda r: r.pitch),
    _Option("volumeGainDb", "volume gain", -96.0, 16.0, lambda f: f.volume_gain, lambda r: r.volume_gain_db),
)


def _option_objections(request: SpeechRequest, family: Family) -> Iterator[str]:
    for option in _OPTIONS:
        value = option.value(request)
        if value is None:
            continue
        if not option.able(family):
            lacking = f"{family.name} voices have no {option.noun}"
            choice = families_with(option.able)
            yield f"{option.name} {value}: {lacking}; leave it out or choose {choice}"
        elif not option.least <= value <= option.most:
            yield f"{option.name} {value}: must be between {option.least} and {option.most}"


def _effects_objections(request: SpeechRequest) -> Iterator[str]:
    for profile in request.effects_profile:
        if profile not in EFFECTS_PROFILES:
            yield f"effectsProfileId {profile}: the device profiles are {', '.join(EFFECTS_PROFILES)}"
    if len(set(request.effects_profile)) < len(request.effects_profile):
        yield f"effectsProfileId {', '.join(request.effects_profile)}: name each device profile once"


def _pronunciation_objections(request: SpeechRequest, family: Family) -> Iterator[str]:
    if request.pronunciations and not family.sounds:
        phrases = ", ".join(entry.phrase for entry in request.pronunciations)
        choice = families_with(lambda family: family.sounds)
        lacking = f"{family.name} voices take no sounds; give them as an alias"
        yield f"pronunciations of {phrases}: {lacking} or choose {choice}"


def _unless(neutral: float, value: float | None) -> float | None:
    return None if value is None or value == neutral else float(value)


def _number(document: Mapping[str, object], name: str) -> float | None:
    match document.get(name):
        case None:
            return None
        case int(value) | float(value) if abs(value) < LARGEST:  # which NaN is not, either
            return float(value)
    raise MalformedRequest(f"{name} must be a number")


def _names(document: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = document.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise MalformedRequest(f"{name} must be a list of names")
    return tuple(values)


def _sound_to_json(entry: Pronunciation) -> dict[str, str]:
    return {"phrase": entry.phrase, "encoding": entry.encoding, "pronunciation": entry.pronunciation}


def _sounds(document: Mapping[str, object]) -> tuple[Pronunciation, ...]:
    values = document.get("pronunciations", [])
    if not isinstance(values, list):
        raise MalformedRequest("pronunciations must be a list")
    return tuple(map(_sound, values))


def _sound(value: object) -> Pronunciation:
    match value:
        case {
            "phrase": str(phrase),
            "encoding": "ipa" | "x-sampa" as encoding,
            "pronunciation": str(said),
        } if phrase:
            return Pronunciation(phrase, encoding, said)
    raise MalformedRequest("a pronunciation has phrase, encoding (ipa or x-sampa) and pronunciation")
