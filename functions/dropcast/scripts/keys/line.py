"""The keys of an entry of the script, and of a chapter that starts there."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from dropcast.scripts.keys.base import (
    NAME,
    OBJECT,
    OBJECT_OR_BLANK,
    TEXT,
    TRUE_OR_FALSE,
    Keys,
    Name,
    ObjectName,
    Right,
    milliseconds,
)
from dropcast.scripts.keys.delivery import DeliveryKeys

LONGEST_PAUSE_MS = 600_000
LONGEST_EDGE_MS = 60_000
LONGEST_OVERLAP_MS = 10_000
LONGEST_TITLE = 200
LONGEST_LINK = 2000
LINK = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f\x7f\"<>]+$"


def _unless_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


class LineKeys(DeliveryKeys):
    also = DeliveryKeys.also | {
        "text": "line",
        "dialogue": "line",
        "body": "line",
        "content": "line",
        "pauseBefore": "pauseBeforeMs",
        "pause_before": "pauseBeforeMs",
        "pauseAfter": "pauseAfterMs",
        "pause_after": "pauseAfterMs",
        "overlap": "overlapMs",
        "customPronunciations": "pronunciations",
        "custom_pronunciations": "pronunciations",
    }
    later = frozenset({"onError", "style"})

    id: Annotated[
        Name | None,
        Field(description="A name of the line's own that stays when lines move.", examples=["greeting"]),
        NAME,
    ] = None
    speaker: Annotated[
        Name | None,
        Field(
            description="Who speaks: a key of speakers or any other name, for which a voice is cast.",
            examples=["A"],
        ),
        NAME,
    ] = None
    line: Annotated[
        str | None,
        Field(
            description="What is spoken, as plain text. Exactly one of line, ssml, markup, pauseMs and "
            "audio; an entry without any is skipped.",
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
    pause_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of silence in place of the pause by rule: a rest, an entry of its own.",
            examples=[1500],
            ge=0,
            le=LONGEST_PAUSE_MS,
        ),
        milliseconds(LONGEST_PAUSE_MS),
    ] = None
    audio: Annotated[
        Annotated[ObjectName, WithJsonSchema(OBJECT_OR_BLANK)] | None,
        BeforeValidator(_unless_blank),
        Field(
            description="A recording in place of speech, an entry of its own: a file of the uploads bucket.",
            examples=["stings/one.wav"],
        ),
        OBJECT,
    ] = None
    caption: Annotated[
        str | None,
        Field(
            description="What captions show, where it differs from what is spoken.",
            examples=["It costs $3."],
        ),
        TEXT,
    ] = None
    pause_before_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of silence before the line, instead of the pause by rule.",
            examples=[600],
            ge=0,
            le=LONGEST_EDGE_MS,
        ),
        milliseconds(LONGEST_EDGE_MS),
    ] = None
    pause_after_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds of silence behind the line, instead of the pause by rule; a "
            "pauseBeforeMs of the next line is added.",
            examples=[600],
            ge=0,
            le=LONGEST_EDGE_MS,
        ),
        milliseconds(LONGEST_EDGE_MS),
    ] = None
    overlap_ms: Annotated[
        int | None,
        Field(
            description="Milliseconds by which the line starts before the last one ends; both are heard.",
            examples=[250],
            ge=0,
            le=LONGEST_OVERLAP_MS,
        ),
        milliseconds(LONGEST_OVERLAP_MS),
    ] = None
    skip: Annotated[
        bool | None, Field(description="true leaves the line out.", examples=[False]), TRUE_OR_FALSE
    ] = None


class ChapterKeys(Keys):
    """A chapter, with the names that Podcasting 2.0 gives its parts."""

    also: ClassVar[dict[str, str]] = {"image": "img"}

    title: Annotated[
        str,
        Field(
            description="Title of the chapter.",
            examples=["Introduction"],
            max_length=LONGEST_TITLE,
            pattern=r"\S",
        ),
        Right(f"text of 1 to {LONGEST_TITLE} characters"),
    ]
    img: Annotated[
        str | None,
        Field(
            description="Link to a picture that players may show.",
            examples=["https://example.com/introduction.jpg"],
            max_length=LONGEST_LINK,
            pattern=LINK,
        ),
        Right(f"a link that begins with https:// or http://, of at most {LONGEST_LINK} characters"),
    ] = None
    url: Annotated[
        str | None,
        Field(
            description="Link to a page that players may offer.",
            examples=["https://example.com/introduction"],
            max_length=LONGEST_LINK,
            pattern=LINK,
        ),
        Right(f"a link that begins with https:// or http://, of at most {LONGEST_LINK} characters"),
    ] = None
    toc: Annotated[
        bool | None,
        Field(description="false keeps the chapter out of the table of contents.", examples=[True]),
        TRUE_OR_FALSE,
    ] = None
