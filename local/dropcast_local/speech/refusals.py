"""What the real service refuses, in its own words as far as they are known."""

from dataclasses import dataclass

from dropcast_local.speech.catalogue import (
    CHIRP3_HD,
    GEMINI,
    Family,
    Voice,
    gender_of_star,
    voices,
    voices_of_locale,
)
from dropcast_local.speech.content import MalformedSsml, Mark, Piece, content_of, sentences_of
from dropcast_local.speech.request import Encoding, InputKind, SpeechRequest

LONGEST_INPUT_BYTES = 5000
PROFILES = frozenset(
    {
        "wearable-class-device",
        "handset-class-device",
        "headphone-class-device",
        "small-bluetooth-speaker-class-device",
        "medium-bluetooth-speaker-class-device",
        "large-home-entertainment-class-device",
        "large-automotive-class-device",
        "telephony-class-application",
    }
)
RANGES = {"speaking_rate": (0.25, 2.0), "pitch": (-20.0, 20.0), "volume_gain_db": (-96.0, 16.0)}


class Refused(Exception):
    """The service answers with an error: a gRPC status by its name, and a message."""

    def __init__(self, message: str, code: str = "INVALID_ARGUMENT") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits that nobody outside Google knows for certain."""

    max_sentence_bytes: int = 900
    chirp3_takes_ssml: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that will be spoken: by whom, and what."""

    voice: Voice
    pieces: tuple[Piece, ...]


def judge(request: SpeechRequest, rules: Rules) -> Accepted:
    """Accept the request or raise Refused."""
    _check_input(request)
    voice = _voice_for(request)
    _check_family(request, voice.family, rules)
    _check_ranges(request)
    _check_output(request)
    return Accepted(voice, _content(request, voice.family, rules))


def _check_input(request: SpeechRequest) -> None:
    if request.kind is InputKind.MULTI_SPEAKER:
        raise Refused("This voice does not support multi-speaker input.")
    if not request.text:
        raise Refused("Either `input.text` or `input.ssml` must be set and not empty.")
    if len(request.text.encode()) > LONGEST_INPUT_BYTES:
        raise Refused(
            "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes. This limit is "
            "different from quotas. To fix, reduce the byte length of the characters in this request, or "
            "consider using the Long Audio API: "
            "https://cloud.google.com/text-to-speech/docs/create-audio-text-long-audio-synthesis."
        )


def _voice_for(request: SpeechRequest) -> Voice:
    if request.is_custom_voice:
        raise Refused("Custom voices are not part of this stand-in.", "UNIMPLEMENTED")
    if not request.language:
        raise Refused("Language code is required.")
    if not request.voice:
        return _default_voice(request)
    star = gender_of_star(request.voice)
    if star:
        return _gemini_voice(request)
    voice = voices().get(request.voice)
    if voice is None:
        raise Refused(f"Voice '{request.voice}' does not exist. Is it misspelled?")
    _check_voice_fits(request, voice)
    return voice


def _default_voice(request: SpeechRequest) -> Voice:
    for voice in voices_of_locale(request.language):
        if request.gender in ("", "NEUTRAL", voice.gender):
            return voice
    raise Refused(f"No voices are available for language code '{request.language}'.")


def _gemini_voice(request: SpeechRequest) -> Voice:
    if not request.model:
        raise Refused("This voice requires a model name to be specified.")
    for voice in voices_of_locale(request.language):
        if voice.name.endswith(f"-{CHIRP3_HD.name}-{request.voice}"):
            return Voice(request.voice, voice.locale, GEMINI, voice.gender)
    raise Refused(f"Voice '{request.voice}' does not exist for language code '{request.language}'.")


def _check_voice_fits(request: SpeechRequest, voice: Voice) -> None:
    locale, wanted, gender = voice.locale.lower(), request.gender.lower(), voice.gender.lower()
    if request.language.lower() != locale:
        raise Refused(
            f"Requested language code '{request.language}' doesn't match the voice '{voice.name}''s language "
            f"code '{locale}'. Either pick a different voice, or change the requested language code to "
            f"{locale}."
        )
    if wanted in ("male", "female") and wanted != gender:
        raise Refused(f"Requested {wanted} voice, but voice {voice.name} is a {gender} voice.")


def _check_family(request: SpeechRequest, family: Family, rules: Rules) -> None:
    if request.kind is InputKind.SSML and not _takes_ssml(family, rules):
        so_far = "" if family == CHIRP3_HD else "currently "
        raise Refused(
            f"This voice {so_far}does not support SSML input. Please try again with text only input."
        )
    if request.kind is InputKind.MARKUP and not family.markup:
        raise Refused("This voice does not support markup input. Please try again with text only input.")
    if not family.rate and (request.rate or request.pitch):
        raise Refused("This voice does not support speaking rate or pitch parameters at this time.")
    if not family.pitch and request.pitch:
        raise Refused("This voice does not support pitch parameters at this time.")


def _takes_ssml(family: Family, rules: Rules) -> bool:
    return family.ssml or (family == CHIRP3_HD and rules.chirp3_takes_ssml)


def _check_ranges(request: SpeechRequest) -> None:
    values = {"speaking_rate": request.rate, "pitch": request.pitch, "volume_gain_db": request.gain}
    for name, value in values.items():
        lowest, highest = RANGES[name]
        if value and not lowest <= value <= highest:
            raise Refused(f"Invalid {name}: {value:g}. It must be between {lowest:g} and {highest:g}.")


def _check_output(request: SpeechRequest) -> None:
    if request.encoding is Encoding.UNSPECIFIED:
        raise Refused("Unsupported audio encoding.")
    if request.encoding is Encoding.M4A:
        raise Refused("M4A is not part of this stand-in.", "UNIMPLEMENTED")
    if request.sample_rate and not 8000 <= request.sample_rate <= 48000:
        raise Refused(f"Invalid sample_rate_hertz: {request.sample_rate}. It must be between 8000 and 48000.")
    for profile in request.effects:
        if profile not in PROFILES:
            raise Refused(f"Invalid effects profile id: '{profile}'.")


def _content(request: SpeechRequest, family: Family, rules: Rules) -> tuple[Piece, ...]:
    try:
        pieces = content_of(request.kind, request.text)
    except MalformedSsml as error:
        raise Refused("Invalid SSML. Newer voices like Neural2 require valid SSML.") from error
    if not family.ssml and any(isinstance(piece, Mark) for piece in pieces):
        raise Refused("This voice does not support SSML marks.")
    for sentence in sentences_of(pieces):
        if len(sentence.encode()) > rules.max_sentence_bytes:
            raise Refused(
                "This request contains sentences that are too long. Consider splitting up long sentences "
                "with sentence ending punctuation e.g. periods. Sentence starting with: "
                f'"{sentence.split()[0][:30]}" is too long.'
            )
    return pieces
