"""The keys of an output, and what each format can be told."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field

from dropcast.scripts.conversation import Format
from dropcast.scripts.keys.base import Keys, Right, other_names

FORMATS: tuple[Format, ...] = get_args(Format)
AUDIBLE: frozenset[Format] = frozenset({"mp3", "m4a", "m4b", "opus", "flac", "wav"})
OTHER_NAMES: Mapping[str, Format] = MappingProxyType(
    {"transcript": "transcript.json", "chapters": "chapters.json"}
)

OF_AAC = (32, 48, 64, 80, 96, 112, 128)
# What a format can be told: those that do not stand here have no bitrate, or one sample rate. Each of MP3's
# is a bitrate of Layer III at 24 kHz and at 48 kHz; more is wasted on one voice at a time.
BITRATES_KBPS: Mapping[Format, tuple[int, ...]] = MappingProxyType(
    {
        "mp3": (32, 40, 48, 56, 64, 80, 96, 112, 128, 160),
        "m4a": OF_AAC,
        "m4b": OF_AAC,
        "opus": (16, 24, 32, 40, 48, 64, 96),
    }
)
SAMPLE_RATES_HERTZ: Mapping[Format, tuple[int, ...]] = MappingProxyType(
    {"mp3": (24_000, 48_000), "m4a": (24_000, 48_000), "m4b": (24_000, 48_000)}
)


def listed(words: tuple[object, ...], last: str) -> str:
    """Write a list with a word before its last member: "a, b or c"."""
    return f"{', '.join(map(str, words[:-1]))} {last} {words[-1]}"


QUOTED_FORMATS = tuple(f'"{name}"' for name in FORMATS)
MADE = listed(QUOTED_FORMATS, "and")


class OutputKeys(Keys):
    later = frozenset({"captions", "image"})

    format: Annotated[
        Format,
        BeforeValidator(other_names(OTHER_NAMES)),
        Field(
            description='"mp3", "m4a", "m4b", "opus", "flac" and "wav" are the episode, "vtt" and "srt" its '
            'captions, "transcript.json" and "chapters.json" what Podcasting 2.0 asks for. '
            '"vtt" is always made.'
        ),
        Right(f"{listed(QUOTED_FORMATS, 'or')}, the formats that this release makes"),
    ]
    bitrate_kbps: Annotated[
        int | None,
        Field(description="Bitrate of an MP3, M4A, M4B or Opus file.", examples=[96]),
        Right("a whole number of kbit/s"),
    ] = None
    sample_rate_hertz: Annotated[
        int | None,
        Field(description="Sample rate of an MP3, M4A or M4B file.", examples=[48000]),
        Right("a whole number of hertz"),
    ] = None
