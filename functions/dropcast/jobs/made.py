"""What was made of a part when it was rendered and encoded.

The same encoder may write other bytes on another processor, and two deliveries may make a part at once. So
frames are named by their content, and this, which names them, is what says that a part is there.
"""

import binascii
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """A part's true peak (a magnitude of full scale), its loudness over time, and its frames.

    `content` is the digest of the frames, one after the other, `bytes` their size together.
    `hops` are the K-weighted mean squares of each 100 ms, as little-endian float32; `sizes` are the bytes of
    each frame, none where all have the same.
    """

    true_peak: float
    hops: bytes
    sizes: tuple[int, ...]
    content: str
    bytes: int


def encode_made(made: Made) -> bytes:
    hops = binascii.b2a_base64(made.hops, newline=False).decode()
    frames = {"sizes": made.sizes, "content": made.content, "bytes": made.bytes}
    return json.dumps({"truePeak": made.true_peak, "hops": hops} | frames).encode()


def decode_made(data: bytes) -> Made:
    """Read what encode_made wrote. Raises ValueError."""
    match json.loads(data):
        case {
            "truePeak": int(peak) | float(peak),
            "hops": str(hops),
            "sizes": list(sizes),
            "content": str(content),
            "bytes": int(size),
        }:
            energies = binascii.a2b_base64(hops, strict_mode=True)
            return Made(float(peak), energies, tuple(sizes), content, size)
        case _:
            raise ValueError("nothing that was measured of a part")
