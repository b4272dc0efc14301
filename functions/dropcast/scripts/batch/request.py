"""A batch synthesis request, checked: values only (contract, section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dropcast.scripts.batch.formats import AudioFormat

InputKind = Literal["PlainText", "SSML"]

MAX_REQUEST_BYTES = 2 * 1024 * 1024
MAX_INPUTS = 10_000


@dataclass(frozen=True, slots=True)
class Manner:
    """How plain text is to be spoken, as far as a request says.

    `rate`, `pitch` and `volume` are as SSML writes them.
    `echo` is what an answer repeats of it: the members that were given, in canonical spelling.
    """

    voice: str
    rate: str | None = None
    pitch: str | None = None
    volume: str | None = None
    style: str | None = None
    style_degree: float | None = None
    role: str | None = None
    background_audio: str | None = None
    speaker_profile_id: str | None = None
    echo: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where results are wanted besides: `gs://bucket/prefix`, and a folder in it ("" is none)."""

    url: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall come of a request: its `properties`, with the contract's defaults filled in."""

    audio: AudioFormat
    concatenated: bool = False
    decompressed: bool = False
    words: bool = False
    sentences: bool = False
    time_to_live_hours: int = 744
    destination: Destination | None = None


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """At least one input, and for plain text a manner. `custom_voices` maps names to deployment ids."""

    input_kind: InputKind
    inputs: tuple[str, ...]
    wanted: Wanted
    manner: Manner | None = None
    custom_voices: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an operator allows requests to ask for.

    `destinations` are prefixes (`gs://bucket/prefix`) into which results may be written; `custom_voices` maps
    deployment ids to Google's voices; `time_to_live_hours` holds where a request says none.
    """

    destinations: tuple[str, ...] = ()
    custom_voices: Mapping[str, str] = field(default_factory=dict)
    time_to_live_hours: int = 744
