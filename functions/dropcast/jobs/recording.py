"""Recorded sound that is heard like an utterance: an object of the uploads bucket."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recording:
    """An object of the uploads bucket, to be decoded to 16-bit mono PCM at this sample rate."""

    name: str
    sample_rate_hertz: int

    @property
    def voice(self) -> str:
        return ""  # nobody's

    def characters(self) -> int:
        return 0  # nothing is bought

    def to_json(self) -> dict[str, object]:
        return {"recording": self.name, "sampleRateHertz": self.sample_rate_hertz}

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "Recording | None":
        """Return what to_json made this of, or None."""
        match document:
            case {"recording": str(name), "sampleRateHertz": int(rate)}:
                return cls(name, rate)
        return None
