"""Sample arithmetic: resampling, stretching, gain, the silence around speech, and headers.

Sound inside the stand-in is one channel of 32-bit float or 16-bit integer samples.
"""

import struct
from functools import lru_cache
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Samples = NDArray[np.int16]

LEAD_SECONDS = 0.015
TAIL_SECONDS = 0.5
# Above this the ear, and a gate at -60 dB, begins to take something for sound.
QUIET = 20
FULL_SCALE = 32767


def resample(samples: Samples, from_rate: int, to_rate: int) -> Floats:
    """The same sound at another rate, band-limited: one Fourier transform there, one of another length back.

    The clip begins and ends near silence, so that the transform's wrapping round is not heard.
    """
    if from_rate == to_rate or not len(samples):
        return samples.astype(np.float32)
    common = gcd(from_rate, to_rate)
    down, up = from_rate // common, to_rate // common
    turns = ceil(len(samples) / down)
    spectrum = np.fft.rfft(samples.astype(np.float32), turns * down).astype(np.complex64)
    band = min(turns * down, turns * up) // 2
    resampled: Floats = np.fft.irfft(_faded(spectrum[: band + 1]), turns * up).astype(np.float32)
    wanted = round(len(samples) * to_rate / from_rate)
    return resampled[:wanted] * np.float32(up / down)


def _faded(spectrum: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """A band whose last twentieth fades out: a hard edge would ring."""
    fade = len(spectrum) // 20
    if fade:
        spectrum = spectrum.copy()
        spectrum[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    return spectrum


FRAME = 1024
HOP = FRAME // 2
SEARCH = 220
COARSE = 4


def stretch(samples: Samples, factor: float) -> Samples:
    """The same pitch, `factor` times as long (WSOLA).

    Overlapping frames, each taken from where it best continues the one before.
    """
    if abs(factor - 1) < 1e-9 or not len(samples):
        return samples
    length = round(len(samples) * factor)
    sound = np.concatenate([samples, np.zeros(2 * FRAME + 2 * SEARCH, np.int16)]).astype(np.float32)
    out = np.zeros(length + FRAME, np.float32)
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    place = 0
    out[:HOP] = sound[:HOP] * window[HOP:]
    for start in range(0, length, HOP):
        place = _best_place(sound, round(start / factor), place + HOP) if start else 0
        out[start : start + FRAME] += window * sound[place : place + FRAME]
    return to_samples(out[:length])


def _best_place(sound: Floats, wanted: int, natural: int) -> int:
    """Where, near the wanted place, the sound is most like what would have come naturally."""
    last = len(sound) - FRAME
    model = sound[min(natural, last) :][:HOP]
    lowest, highest = max(0, wanted - SEARCH), min(wanted + SEARCH, last)
    around = sound[lowest : highest + HOP]
    near = lowest + COARSE * _likest(around[::COARSE], model[::COARSE])
    lowest, highest = max(lowest, near - COARSE), min(highest, near + COARSE)
    return lowest + _likest(sound[lowest : highest + HOP], model)


def _likest(around: Floats, model: Floats) -> int:
    return int(np.argmax(np.correlate(around, model, mode="valid")))


def gained(samples: Samples, decibels: float) -> Samples:
    """The samples at another level, clipped where they must be."""
    if not decibels:
        return samples
    louder = samples.astype(np.float32) * np.float32(10 ** (decibels / 20))
    return to_samples(louder)


def to_samples(sound: Floats) -> Samples:
    """Rounded and clipped to 16 bits."""
    return np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE).astype(np.int16)


def framed(samples: Samples, rate: int) -> Samples:
    """With silence around it as the real service leaves: so much before, at least so much after."""
    lead = np.zeros(lead_samples(rate), np.int16)
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    silent_already = len(samples) - 1 - int(loud[-1]) if len(loud) else 0
    tail = np.zeros(max(0, round(TAIL_SECONDS * rate) - silent_already), np.int16)
    return np.concatenate([lead, samples, tail])


def lead_samples(rate: int) -> int:
    """The length of the silence before speech."""
    return round(LEAD_SECONDS * rate)


PCM_FORMAT, ALAW_FORMAT, MULAW_FORMAT = 1, 6, 7


def wav(data: bytes, rate: int, audio_format: int = PCM_FORMAT) -> bytes:
    """A WAV file of one channel; companded formats carry the longer header that the format asks for."""
    width = 2 if audio_format == PCM_FORMAT else 1
    form = struct.pack("<HHIIHH", audio_format, 1, rate, rate * width, width, 8 * width)
    chunks = _chunk_head(b"fmt ", len(form)) + form
    if audio_format != PCM_FORMAT:
        chunks = _chunk_head(b"fmt ", len(form) + 2) + form + b"\0\0"
        chunks += _chunk_head(b"fact", 4) + struct.pack("<I", len(data))
    head = b"WAVE" + chunks + _chunk_head(b"data", len(data))
    padding = b"\0" * (len(data) % 2)
    riff = _chunk_head(b"RIFF", len(head) + len(data) + len(padding))
    # One copy of the data, which may be long.
    return b"".join((riff, head, data, padding))


def _chunk_head(name: bytes, length: int) -> bytes:
    return name + struct.pack("<I", length)


def mulaw(samples: Samples) -> bytes:
    """G.711 μ-law."""
    return _mulaw_table()[samples.view(np.uint16)].tobytes()


def alaw(samples: Samples) -> bytes:
    """G.711 A-law."""
    return _alaw_table()[samples.view(np.uint16)].tobytes()


@lru_cache(maxsize=1)
def _mulaw_table() -> NDArray[np.uint8]:
    values = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(values), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(values < 0, 0x80, 0)
    codes: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes


@lru_cache(maxsize=1)
def _alaw_table() -> NDArray[np.uint8]:
    values = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(values >= 0, 0x80, 0)
    magnitude = np.where(values >= 0, values, -values - 1)
    magnitude = np.minimum(magnitude, 32635)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 7, 0)
    mantissa = np.where(exponent > 0, magnitude >> (exponent + 3), magnitude >> 4) & 0x0F
    codes: NDArray[np.uint8] = ((sign | (exponent << 4) | mantissa) ^ 0x55).astype(np.uint8)
    return codes
