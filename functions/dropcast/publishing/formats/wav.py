"""What stands before the samples of a WAV file of any size.

Sources: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991), RIFF, WAVE
and the INFO list; "RF64: An extended file format for audio", EBU Tech 3306, for 4 GiB and more.
"""

import struct

from dropcast.publishing.id3 import id3_tag
from dropcast.publishing.tags import Tags, one_line, speaker_names
from dropcast.sound.wav import PCM, SAMPLE_BYTES

IN_DS64 = 0xFFFFFFFF  # stands for a size that 32 bits cannot tell: Tech 3306, 3.3


def wav_header(tags: Tags, samples: int, sample_rate_hertz: int) -> bytes:
    """Return what `samples` samples of s16le mono PCM need before them, and nothing behind, to be a WAV file.

    The tags stand there twice: as INFO, which all programs know, and as ID3, for chapters and cover.
    """
    data = samples * SAMPLE_BYTES
    described = _format(sample_rate_hertz) + _info(tags) + _chunk(b"id3 ", id3_tag(tags))
    size = len(b"WAVE" + described) + 8 + data
    if size < IN_DS64:
        return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + described + struct.pack("<4sI", b"data", data)
    table = struct.pack("<QQQI", size + 8 + 28, data, samples, 0)
    riff = struct.pack("<4sI4s", b"RF64", IN_DS64, b"WAVE") + _chunk(b"ds64", table)
    return riff + described + struct.pack("<4sI", b"data", IN_DS64)


def _format(rate: int) -> bytes:
    return _chunk(b"fmt ", struct.pack("<HHIIHH", PCM, 1, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 16))


def _info(tags: Tags) -> bytes:
    # Several people in one field are set apart by a semicolon and a blank: so the specification on IENG.
    fields = {
        b"INAM": one_line(tags.title),
        b"IART": "; ".join(speaker_names(tags)),
        b"ICRD": tags.date or "",
        b"ICMT": one_line(tags.note),
    }
    chunks = [_chunk(name, value.encode() + b"\0") for name, value in fields.items() if value]
    return _chunk(b"LIST", b"INFO" + b"".join(chunks))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) % 2)
