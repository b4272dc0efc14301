"""One SynthesizeSpeech request, the same for both versions of the API."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class InputKind(StrEnum):
    """Which field of the input was set; the empty name when none was."""

    TEXT = "text"
    SSML = "ssml"
    MARKUP = "markup"
    MULTI_SPEAKER = "multi_speaker_markup"
    NOTHING = ""


class Encoding(StrEnum):
    """The audio encodings by the names that the API gives them."""

    LINEAR16 = "LINEAR16"
    PCM = "PCM"
    MULAW = "MULAW"
    ALAW = "ALAW"
    MP3 = "MP3"
    MP3_64_KBPS = "MP3_64_KBPS"
    OGG_OPUS = "OGG_OPUS"
    M4A = "M4A"
    UNSPECIFIED = "AUDIO_ENCODING_UNSPECIFIED"


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What was asked, undecided: nothing here has been checked.

    A number of 0 was not on the wire; a neutral speaking rate of 1 was, and some families refuse it.
    """

    kind: InputKind
    text: str
    language: str
    voice: str = ""
    gender: str = ""
    model: str = ""
    is_custom_voice: bool = False
    encoding: Encoding = Encoding.UNSPECIFIED
    rate: float = 0.0
    pitch: float = 0.0
    gain: float = 0.0
    sample_rate: int = 0
    effects: tuple[str, ...] = ()
    wants_marks: bool = False


ENCODING_NUMBERS = {
    0: Encoding.UNSPECIFIED,
    1: Encoding.LINEAR16,
    2: Encoding.MP3,
    3: Encoding.OGG_OPUS,
    4: Encoding.MP3_64_KBPS,
    5: Encoding.MULAW,
    6: Encoding.ALAW,
    7: Encoding.PCM,
    8: Encoding.M4A,
}
GENDER_NUMBERS = {1: "MALE", 2: "FEMALE", 3: "NEUTRAL"}
SSML_MARK = 1


def from_message(message: Any) -> SpeechRequest:
    """Read what either version of the API sends. (protobuf makes its classes at run time, without types.)"""
    kind = InputKind(message.input.WhichOneof("input_source") or "")
    has_text = kind in (InputKind.TEXT, InputKind.SSML, InputKind.MARKUP)
    voice, audio = message.voice, message.audio_config
    return SpeechRequest(
        kind=kind,
        text=getattr(message.input, kind) if has_text else "",
        language=voice.language_code,
        voice=voice.name,
        gender=GENDER_NUMBERS.get(voice.ssml_gender, ""),
        model=voice.model_name,
        is_custom_voice=voice.HasField("custom_voice") or voice.HasField("voice_clone"),
        encoding=ENCODING_NUMBERS.get(audio.audio_encoding, Encoding.UNSPECIFIED),
        rate=audio.speaking_rate,
        pitch=audio.pitch,
        gain=audio.volume_gain_db,
        sample_rate=audio.sample_rate_hertz,
        effects=tuple(audio.effects_profile_id),
        wants_marks=SSML_MARK in getattr(message, "enable_time_pointing", ()),
    )
