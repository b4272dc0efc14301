"""Clips as WAV files: 16-bit mono PCM behind a header of exactly 44 bytes.

Every clip that we store has that header, so that clips joined inside storage can be told apart by their
lengths alone: 44 bytes, then 2 for each sample.
"""

import struct
from dataclasses import dataclass

HEADER_BYTES = 44  # RIFF (12), fmt of PCM (24), data (8): Multimedia Programming Interface 1.0, 1991
SAMPLE_BYTES = 2
PCM = 1  # WAVE_FORMAT_PCM
EXTENSIBLE = 0xFFFE  # WAVE_FORMAT_EXTENSIBLE, which some writers use for plain PCM as well


class BrokenClip(Exception):
    """These bytes are not 16-bit mono PCM in a WAV file."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Speech as s16le mono PCM with its sample rate."""

    pcm: bytes
    sample_rate_hertz: int

    @property
    def samples(self) -> int:
        return len(self.pcm) // SAMPLE_BYTES


def parse_wav(data: bytes) -> Clip:
    """Read a WAV file chunk by chunk. Raises BrokenClip.

    A data chunk longer than the file is cut short by nobody but a broken transfer, so it is refused, save
    for the lengths 0 and 2^32-1, which writers to a pipe leave behind: then the data goes to the end.
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BrokenClip("it does not begin as a WAV file does")
    rate = None
    for kind, start, length in _chunks(data):
        if kind == b"fmt ":
            rate = _rate(data[start : start + length])
        elif kind == b"data" and rate is not None:
            return Clip(_samples(data, start, length), rate)
    raise BrokenClip("it has no data chunk behind a format chunk")


def encode_wav(clip: Clip) -> bytes:
    """Write a clip with the 44-byte header."""
    size = len(clip.pcm)
    rate = clip.sample_rate_hertz
    return (
        struct.pack("<4sI4s", b"RIFF", size + HEADER_BYTES - 8, b"WAVE")
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, 1, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 16)
        + struct.pack("<4sI", b"data", size)
        + clip.pcm
    )


def join_clips(clips: list[Clip]) -> Clip:
    """Join the pieces of one utterance, one straight after the other. Raises BrokenClip if rates differ."""
    rates = {clip.sample_rate_hertz for clip in clips}
    if len(rates) != 1:
        raise BrokenClip(f"its pieces differ in sample rate: {sorted(rates)}")
    return Clip(b"".join(clip.pcm for clip in clips), rates.pop())


def _chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    found, at = [], 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        found.append((kind, at + 8, length))
        at += 8 + length + length % 2
    return found


def _rate(fmt: bytes) -> int:
    if len(fmt) < 16:
        raise BrokenClip("its format chunk is cut short")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if coding not in (PCM, EXTENSIBLE) or channels != 1 or bits != 16 or not rate:
        raise BrokenClip(f"it is not 16-bit mono PCM (format {coding}, {channels} channels, {bits} bits)")
    return int(rate)


def _samples(data: bytes, start: int, length: int) -> bytes:
    there = len(data) - start
    if length in (0, 0xFFFFFFFF):
        length = there
    if length > there:
        raise BrokenClip(f"it is cut short: {there} of {length} bytes of sound")
    if length % SAMPLE_BYTES:
        raise BrokenClip("it ends in the middle of a sample")
    return data[start : start + length]
