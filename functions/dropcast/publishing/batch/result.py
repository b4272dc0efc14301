"""What came of one input: the values of which its files and its entry in summary.json are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dropcast.jobs.batch.timing import Boundary


@dataclass(frozen=True, slots=True)
class Heard:
    """An input that was spoken: what its files say. Samples at `sample_rate_hertz`, the speech's own rate.

    `audio_bytes` counts what is sound, without headers (contract, section 7); `estimated` says that times of
    words were found by looking at the sound, not told by the service.
    """

    samples: int
    sample_rate_hertz: int
    audio_bytes: int
    words: tuple[Boundary, ...]
    sentences: tuple[Boundary, ...]
    estimated: bool


@dataclass(frozen=True, slots=True)
class InputResult:
    """Input `number` (from 1), or all inputs where they are one file; `heard` is None where it failed."""

    number: int
    contents: tuple[str, ...]
    heard: Heard | None
    error: str | None = None
    debug: Mapping[str, object] = field(default_factory=dict)
