"""What a clip was measured to be, where it was made; it travels on so that nobody measures it again.

From these few values the timeline, the levels and the loudness of the episode follow without its audio.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Measures:
    """A clip of `samples` samples, of which those from `speech_start` up to `speech_end` are to be heard.

    Peaks are magnitudes of full scale. `energy_bytes` holds the K-weighted mean square of each 10 ms of the
    whole clip, as little-endian float32: bytes, so that measures can be compared.
    """

    samples: int
    speech_start: int
    speech_end: int
    sample_peak: float
    true_peak: float
    energy_bytes: bytes

    @property
    def energies(self) -> NDArray[np.float32]:
        return np.frombuffer(self.energy_bytes, "<f4")

    @property
    def heard(self) -> int:
        """How many samples are to be heard."""
        return self.speech_end - self.speech_start


def encode_measures(measures: Measures) -> dict[str, object]:
    """Return the measures as values for JSON: 3 kB for a clip of five and a half seconds."""
    return {
        "samples": measures.samples,
        "speech": [measures.speech_start, measures.speech_end],
        "peaks": [measures.sample_peak, measures.true_peak],
        "energies": binascii.b2a_base64(measures.energy_bytes, newline=False).decode(),
    }


def decode_measures(fields: Mapping[str, object]) -> Measures:
    """Read what encode_measures returned. Raises ValueError."""
    match fields:
        case {
            "samples": int(samples),
            "speech": [int(start), int(end)],
            "peaks": [float(sample_peak), float(true_peak)],
            "energies": str(energies),
        }:
            return Measures(samples, start, end, sample_peak, true_peak, _bytes(energies))
        case _:
            raise ValueError(f"not measures: {fields}")


def _bytes(energies: str) -> bytes:
    found = binascii.a2b_base64(energies, strict_mode=True)
    if len(found) % 4:
        raise ValueError("energies that are cut short")
    return found
