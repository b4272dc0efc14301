"""The keys that say how something is to be spoken."""

from typing import Annotated, ClassVar

from pydantic import Field

from dropcast.scripts.keys.base import LANGUAGE_CODE, Keys, Right


class DeliveryKeys(Keys):
    also: ClassVar[dict[str, str]] = {
        "voice_id": "voice",
        "voiceId": "voice",
        "voiceName": "voice",
        "voice_name": "voice",
        "language": "languageCode",
        "lang": "languageCode",
        "rate": "speakingRate",
        "volume": "volumeGainDb",
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
