"""RIFF around the samples of one voice in 16-bit PCM, A-law or µ-law, without tags, of any size.

Sources: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991), RIFF and
WAVE; "New Multimedia Data Types and Data Techniques 3.0" (Microsoft, 1994), the fact chunk, and A-law and
µ-law; "RF64: An extended file format for audio", EBU Tech 3306, for 4 GiB and more.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dropcast.publishing.formats.wav import IN_DS64
from dropcast.scripts.batch.formats import Codec


@dataclass(frozen=True, slots=True)
class _Coding:
    tag: int  # wFormatTag
    sample_bytes: int


CODINGS: Mapping[Codec, _Coding] = MappingProxyType(
    {"pcm": _Coding(1, 2), "alaw": _Coding(6, 1), "mulaw": _Coding(7, 1)}
)


def sample_bytes(codec: Codec) -> int | None:
    """Return the size of a sample; None for a codec whose samples have none of their own."""
    coding = CODINGS.get(codec)
    return coding.sample_bytes if coding else None


def riff_header(codec: Codec, samples: int, sample_rate_hertz: int) -> bytes:
    """Return what stands before so many samples: 44 bytes for PCM, as most programs expect them."""
    coding = CODINGS[codec]
    data = samples * coding.sample_bytes
    described = _format(coding, sample_rate_hertz)
    if codec != "pcm":
        described += _chunk(b"fact", struct.pack("<I", min(samples, IN_DS64)))
    size = len(b"WAVE" + described) + 8 + data + data % 2
    if size < IN_DS64:
        return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + described + struct.pack("<4sI", b"data", data)
    table = struct.pack("<QQQI", size + 8 + 28, data, samples, 0)
    riff = struct.pack("<4sI4s", b"RF64", IN_DS64, b"WAVE") + _chunk(b"ds64", table)
    return riff + described + struct.pack("<4sI", b"data", IN_DS64)


def riff_end(codec: Codec, samples: int) -> bytes:
    """Return what stands behind them: a byte where they are an odd number of bytes."""
    return b"\0" * (samples * CODINGS[codec].sample_bytes % 2)


def _format(coding: _Coding, rate: int) -> bytes:
    size = coding.sample_bytes
    body = struct.pack("<HHIIHH", coding.tag, 1, rate, rate * size, size, 8 * size)
    return _chunk(b"fmt ", body if coding.tag == 1 else body + struct.pack("<H", 0))  # and nothing further


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body
