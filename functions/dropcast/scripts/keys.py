"""The keys of a conversation file: what each may be, what it means, by which other names it is read.

One source for the checks of reading.py and for the JSON Schema of schema.py.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from dropcast.scripts.conversation import DEFAULT_PAUSE_MS

# Lists that no honest script comes near, so that no file keeps a function busy.
MAX_ENTRIES = 100_000
MAX_SPEAKERS = 1_000
MAX_OUTPUTS = 100

# Each is a bitrate of Layer III at 24 kHz and at 48 kHz; more is wasted on one voice at a time.
Bitrate = Literal[32, 40, 48, 56, 64, 80, 96, 112, 128, 160]
LANGUAGE_CODE = r"^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$"


@dataclass(frozen=True, slots=True)
class Right:
    """Completes the sentence "must be …" where a value is refused."""

    words: str


def _number_as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == int(value) else str(value)


def _lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


TEXT = Right("text in double quotes")
NAME = Right("text of at most 200 characters, or a number")
_Name = Annotated[
    str,
    BeforeValidator(_number_as_text),
    Field(max_length=200),
    WithJsonSchema({"type": ["string", "number"], "maxLength": 200}),
]


class Keys(BaseModel):
    """The keys of one object of the file. `also` maps other names of a key to its own; `later` are keys of
    the format that this release does not render.
    """

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)

    also: ClassVar[dict[str, str]] = {}
    later: ClassVar[frozenset[str]] = frozenset()


class DeliveryKeys(Keys):
    also = {
        "voice_id": "voice",
        "voiceId": "voice",
        "voiceName": "voice",
        "voice_name": "voice",
        "language": "languageCode",
        "language_code": "languageCode",
        "lang": "languageCode",
        "rate": "speakingRate",
        "speaking_rate": "speakingRate",
        "volume": "volumeGainDb",
        "volume_gain_db": "volumeGainDb",
    }

    voice: Annotated[
        str | None,
        Field(
            description="Name of the Text-to-Speech voice; if not said, one is cast by speaker and language.",
            examples=["en-US-Chirp3-HD-Kore"],
            max_length=200,
        ),
        Right('the name of a voice, such as "en-US-Chirp3-HD-Kore"'),
    ] = None
    language_code: Annotated[
        str | None,
        Field(
            description="Language and region spoken, as BCP-47 writes them.",
            examples=["fr-FR"],
            pattern=LANGUAGE_CODE,
        ),
        Right('a language code such as "en-US" or "fr-FR"'),
    ] = None
    speaking_rate: Annotated[
        float | None,
        Field(description="Speed; 1 is the voice's own, 2 twice as fast.", examples=[1.1], ge=0.25, le=2.0),
        Right("a number from 0.25 to 2, where 1 is the voice's own speed"),
    ] = None
    pitch: Annotated[
        float | None,
        Field(
            description="Semitones above the voice's own pitch, or below it.", examples=[-2], ge=-20, le=20
        ),
        Right("a number of semitones from -20 to 20, where 0 is the voice's own pitch"),
    ] = None
    volume_gain_db: Annotated[
        float | None,
        Field(description="Decibels above the voice's own volume, or below it.", examples=[3], ge=-96, le=16),
        Right("a number of decibels from -96 to 16, where 0 is the voice's own volume"),
    ] = None


class LineKeys(DeliveryKeys):
    also = DeliveryKeys.also | {"text": "line", "dialogue": "line", "body": "line", "content": "line"}
    later = frozenset(
        {
            "audio",
            "chapter",
            "customPronunciations",
            "onError",
            "overlapMs",
            "pauseAfterMs",
            "pauseBeforeMs",
            "pauseMs",
            "style",
        }
    )

    id: Annotated[
        _Name | None,
        Field(description="A name of the line's own that stays when lines move.", examples=["greeting"]),
        NAME,
    ] = None
    speaker: Annotated[
        _Name | None,
        Field(
            description="Who speaks: a key of speakers or any other name, for which a voice is cast.",
            examples=["A"],
        ),
        NAME,
    ] = None
    line: Annotated[
        str | None,
        Field(
            description="What is spoken, as plain text. Exactly one of line, ssml and markup; "
            "an entry without text is skipped.",
            examples=["Welcome back."],
        ),
        TEXT,
    ] = None
    ssml: Annotated[
        str | None,
        Field(
            description="What is spoken, as an SSML document.",
            examples=["<speak>Wait <break time='1s'/> now.</speak>"],
        ),
        TEXT,
    ] = None
    markup: Annotated[
        str | None,
        Field(
            description="What is spoken, with the pause marks of Chirp 3: HD voices.",
            examples=["Let me think. [pause long] Yes."],
        ),
        TEXT,
    ] = None
    caption: Annotated[
        str | None,
        Field(
            description="What captions show, where it differs from what is spoken.",
            examples=["It costs $3."],
        ),
        TEXT,
    ] = None
    skip: Annotated[
        bool | None, Field(description="true leaves the line out.", examples=[False]), Right("true or false")
    ] = None


class SpeakerKeys(DeliveryKeys):
    also = DeliveryKeys.also | {"ssmlGender": "gender", "ssml_gender": "gender"}
    later = frozenset({"model", "pan", "provider", "role", "style"})

    name: Annotated[
        _Name | None,
        Field(description="The name that captions show. Not said: the speaker's key.", examples=["Claire"]),
        NAME,
    ] = None
    gender: Annotated[
        Literal["female", "male"] | None,
        BeforeValidator(_lower_case),
        Field(description="A hint for casting.", examples=["female"]),
        Right('"female" or "male"'),
    ] = None


class ListedSpeakerKeys(SpeakerKeys):
    """A speaker in a list rather than under a key; the name serves where there is no key."""

    also = SpeakerKeys.also | {"id": "key", "speaker": "key"}

    key: Annotated[_Name | None, Field(description="How lines name the speaker.", examples=["A"]), NAME] = (
        None
    )


class DefaultsKeys(Keys):
    also = {"pause_turn_ms": "pauseTurnMs"}
    later = frozenset({"fadeMs", "pauseChapterMs", "pauseSameSpeakerMs", "trimSilence"})

    pause_turn_ms: Annotated[
        int | None,
        Field(
            description=f"Milliseconds of silence between two lines, {DEFAULT_PAUSE_MS} if not said.",
            examples=[300],
            ge=0,
            le=10_000,
        ),
        Right("a whole number of milliseconds from 0 to 10000"),
    ] = None


class OutputKeys(Keys):
    also = {"bitrate_kbps": "bitrateKbps", "sample_rate_hertz": "sampleRateHertz"}
    later = frozenset({"captions", "image"})

    format: Annotated[
        Literal["mp3", "vtt"],
        BeforeValidator(_lower_case),
        Field(description='"mp3" is the episode, "vtt" its captions (WebVTT), which are always made.'),
        Right('"mp3" or "vtt", the formats that this release makes'),
    ]
    bitrate_kbps: Annotated[
        Bitrate | None,
        Field(description="Constant bitrate of the MP3.", examples=[96]),
        Right(f"one of {', '.join(map(str, get_args(Bitrate)))}"),
    ] = None
    sample_rate_hertz: Annotated[
        Literal[24000, 48000] | None,
        Field(description="Sample rate of the MP3.", examples=[48000]),
        Right("24000 or 48000"),
    ] = None


class ConversationKeys(Keys):
    """The keys of the object form whose values are no lists or objects."""

    also = {
        "language": "languageCode",
        "language_code": "languageCode",
        "lang": "languageCode",
        "on_error": "onError",
        "conversation": "lines",
        "inputs": "lines",
        "script": "lines",
        "beats": "lines",
        "turns": "lines",
        "segments": "lines",
        "dialogue": "lines",
        "conversations": "lines",
        "transcript": "lines",
    }
    later = frozenset(
        {
            "audio",
            "author",
            "cover",
            "customPronunciations",
            "episode",
            "explicit",
            "id",
            "labels",
            "notify",
            "pubDate",
            "season",
        }
    )

    version: Annotated[
        Literal[1] | None,
        Field(description="Version of this format.", examples=[1]),
        Right("1, the version of the format that this release reads"),
    ] = None
    title: Annotated[
        str | None,
        Field(description="Title of the episode.", examples=["On Machine Learning"], max_length=500),
        Right("text of at most 500 characters"),
    ] = None
    description: Annotated[
        str | None,
        Field(description="What the episode is about.", max_length=10_000),
        Right("text of at most 10000 characters"),
    ] = None
    language_code: Annotated[
        str | None,
        Field(
            description="Language and region of every line that does not say its own, as BCP-47 writes them.",
            examples=["fr-FR"],
            pattern=LANGUAGE_CODE,
        ),
        Right('a language code such as "en-US" or "fr-FR"'),
    ] = None
    on_error: Annotated[
        Literal["fail", "skip"] | None,
        Field(
            description='"fail", as if not said: a line that cannot be spoken fails the conversation. '
            '"skip": it is left out, and the report says so.'
        ),
        Right('"fail" or "skip"'),
    ] = None
    dry_run: Annotated[
        Literal[False] | None,
        Field(description="Asks for the price alone, which a script cannot do yet."),
        Right(
            'false: this release cannot try without rendering; "dropcast estimate" tells what it would cost'
        ),
    ] = None
    max_cost_usd: Annotated[
        None,
        Field(description="Asks for a limit of cost, which a script cannot set yet."),
        Right('left out: this release cannot hold to a price; "dropcast estimate" tells what it would cost'),
    ] = None
