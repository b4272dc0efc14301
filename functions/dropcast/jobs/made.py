"""What was measured of a part when it was rendered and encoded."""

import binascii
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """A part's true peak (a magnitude of full scale), its loudness over time, and its frames.

    `hops` are the K-weighted mean squares of each 100 ms, as little-endian float32; `sizes` are the bytes of
    each frame, none where all have the same.
    """

    true_peak: float
    hops: bytes
    sizes: tuple[int, ...]


def encode_made(made: Made) -> bytes:
    hops = binascii.b2a_base64(made.hops, newline=False).decode()
    return json.dumps({"truePeak": made.true_peak, "hops": hops, "sizes": made.sizes}).encode()


def decode_made(data: bytes) -> Made:
    """Read what encode_made wrote. Raises ValueError."""
    match json.loads(data):
        case {"truePeak": int(peak) | float(peak), "hops": str(hops), "sizes": list(sizes)}:
            return Made(float(peak), binascii.a2b_base64(hops, strict_mode=True), tuple(sizes))
        case _:
            raise ValueError("nothing that was measured of a part")
