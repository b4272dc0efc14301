"""The keys that say how the whole episode sounds: pauses, levels, and what is heard beside the lines."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from dropcast.scripts.conversation import Pauses, Sounding
from dropcast.scripts.keys.base import (
    OBJECT,
    TRUE_OR_FALSE,
    Keys,
    ObjectName,
    Right,
    decibels,
    milliseconds,
    other_names,
)

USUAL_PAUSES, USUAL = Pauses(), Sounding()
LONGEST_PAUSE_MS = 10_000
LONGEST_FADE_MS = 30_000

PRESETS = '"podcast", "broadcast", "video" or "off"'
OTHER_PRESETS = {"apple": "podcast"}
Preset = Annotated[
    Literal["podcast", "broadcast", "video", "off"], BeforeValidator(other_names(OTHER_PRESETS))
]


class DefaultsKeys(Keys):
    pause_turn_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of silence where the speaker changes, "
            f"{USUAL_PAUSES.turn_ms} if not said.",
            examples=[300],
            ge=0,
            le=LONGEST_PAUSE_MS,
        ),
        milliseconds(LONGEST_PAUSE_MS),
    ] = None
    pause_same_speaker_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of silence where the same speaker goes on, "
            f"{USUAL_PAUSES.same_speaker_ms} if not said.",
            examples=[450],
            ge=0,
            le=LONGEST_PAUSE_MS,
        ),
        milliseconds(LONGEST_PAUSE_MS),
    ] = None
    pause_question_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of silence between a question and another speaker's answer, "
            f"{USUAL_PAUSES.question_ms} if not said.",
            examples=[200],
            ge=0,
            le=LONGEST_PAUSE_MS,
        ),
        milliseconds(LONGEST_PAUSE_MS),
    ] = None
    pause_chapter_ms: Annotated[
        int | None,
        Field(
            description=f"Milliseconds of silence before a chapter, {USUAL_PAUSES.chapter_ms} if not said.",
            examples=[1500],
            ge=0,
            le=LONGEST_PAUSE_MS,
        ),
        milliseconds(LONGEST_PAUSE_MS),
    ] = None
    trim_silence: Annotated[
        bool | None,
        Field(
            description="false keeps the silence that voices leave at the edges of what they speak.",
            examples=[True],
        ),
        TRUE_OR_FALSE,
    ] = None
    fade_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of fade at both edges of everything spoken, against clicks, "
            f"{USUAL.fade_ms} if not said.",
            examples=[5],
            ge=1,
            le=50,
        ),
        Right("a whole number of milliseconds from 1 to 50"),
    ] = None


class AudioKeys(Keys):
    """The keys of "audio" whose values are no objects."""

    later = frozenset({"channels", "sampleRateHertz"})

    match_speakers: Annotated[
        bool | None,
        Field(
            description="false leaves speakers as loud beside each other as their voices are.",
            examples=[True],
        ),
        TRUE_OR_FALSE,
    ] = None


class LoudnessKeys(Keys):
    preset: Annotated[
        Preset | None,
        Field(
            description='"podcast" (-16 LUFS, if not said), "broadcast" (-23), "video" (-14), or "off", '
            "which leaves the level as it was spoken.",
            examples=["podcast"],
        ),
        Right(PRESETS),
    ] = None
    integrated_lufs: Annotated[
        float | None,
        Field(
            description="Loudness of the episode as is said of stereo files; a mono file measures 3 less.",
            examples=[-16],
            ge=-35,
            le=-8,
        ),
        Right("a number of LUFS from -35 to -8, as is said of stereo files"),
    ] = None
    true_peak_db: Annotated[
        float | None,
        Field(description="The highest true peak, in dBTP.", examples=[-1], ge=-9, le=-0.1),
        Right("a number of decibels from -9 to -0.1"),
    ] = None


class ExtraKeys(Keys):
    """What is heard before or after the lines."""

    audio: Annotated[
        ObjectName,
        Field(description="The recording: an object of the uploads bucket.", examples=["music/theme.mp3"]),
        OBJECT,
    ]
    gain_db: Annotated[
        float | None,
        Field(
            description="Decibels above the episode's loudness, or below it.", examples=[-3], ge=-40, le=20
        ),
        decibels(-40, 20),
    ] = None
    fade_in_ms: Annotated[
        int | None,
        Field(description="Milliseconds of fade at its start.", examples=[500], ge=0, le=LONGEST_FADE_MS),
        milliseconds(LONGEST_FADE_MS),
    ] = None
    fade_out_ms: Annotated[
        int | None,
        Field(description="Milliseconds of fade at its end.", examples=[1500], ge=0, le=LONGEST_FADE_MS),
        milliseconds(LONGEST_FADE_MS),
    ] = None


class MusicKeys(ExtraKeys):
    """What is heard under the lines."""

    gain_db: Annotated[
        float | None,
        Field(
            description="Decibels below the speech while nobody speaks, -12 if not said.",
            examples=[-12],
            ge=-60,
            le=0,
        ),
        decibels(-60, 0),
    ] = None
    duck_db: Annotated[
        float | None,
        Field(
            description="Decibels by which it is softer while somebody speaks, -10 if not said.",
            examples=[-10],
            ge=-60,
            le=0,
        ),
        decibels(-60, 0),
    ] = None
    loop: Annotated[
        bool | None,
        Field(description="false plays it once, however long the episode is.", examples=[True]),
        TRUE_OR_FALSE,
    ] = None
