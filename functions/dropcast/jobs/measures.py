"""What a clip was measured to be, where it was made; it travels on so that nobody measures it again.

From these few values the timeline, the levels and the loudness of the episode follow without its audio.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass

ENERGY_BYTES = 2


@dataclass(frozen=True, slots=True)
class Measures:
    """A clip of `samples` samples, of which those from `speech_start` up to `speech_end` are to be heard.

    Peaks are magnitudes of full scale. `energy_bytes` holds the K-weighted mean square of each 10 ms of the
    whole clip in two bytes each, as `sound/loudness.py` writes and reads them. `limiting` says how much of
    its energy the clip keeps when it is limited to 1, 2, ... 12 dB below its true peak. `digest` is the
    SHA-256, in hex, of its samples: the same digest, the same sound.
    """

    samples: int
    speech_start: int
    speech_end: int
    sample_peak: float
    true_peak: float
    energy_bytes: bytes
    limiting: tuple[float, ...] = ()
    digest: str = ""

    @property
    def heard(self) -> int:
        """How many samples are to be heard."""
        return self.speech_end - self.speech_start


def encode_measures(measures: Measures) -> dict[str, object]:
    """Return the measures as values for JSON: 1.7 kB for a clip of five and a half seconds."""
    return {
        "samples": measures.samples,
        "speech": [measures.speech_start, measures.speech_end],
        "peaks": [measures.sample_peak, measures.true_peak],
        "energies": binascii.b2a_base64(measures.energy_bytes, newline=False).decode(),
        "limiting": list(measures.limiting),
        "digest": measures.digest,
    }


def decode_measures(fields: Mapping[str, object]) -> Measures:
    """Read what encode_measures returned. Raises ValueError."""
    match fields:
        case {
            "samples": int(samples),
            "speech": [int(start), int(end)],
            "peaks": [float(sample_peak), float(true_peak)],
            "energies": str(energies),
            "limiting": list(limiting),
            "digest": str(digest),
        }:
            shares = _shares(limiting)
            return Measures(samples, start, end, sample_peak, true_peak, _bytes(energies), shares, digest)
        case _:
            raise ValueError(f"not measures: {fields}")


def _bytes(energies: str) -> bytes:
    found = binascii.a2b_base64(energies, strict_mode=True)
    if len(found) % ENERGY_BYTES:
        raise ValueError("energies that are cut short")
    return found


def _shares(limiting: list[object]) -> tuple[float, ...]:
    shares = tuple(share for share in limiting if isinstance(share, float))
    if len(shares) != len(limiting):
        raise ValueError("shares that are no numbers")
    return shares
