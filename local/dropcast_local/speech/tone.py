"""The tone engine: no speech, no other process, hardly any work; for benchmarks of many lines.

A clip is 15 ms of silence, a tone, and 0.5 s of silence. The tone lasts max(0.2 s, characters / 15 s) divided
by the speaking rate; the characters are those of the spoken text (no tags, no pauses). Its frequency in
whole Hz is 200 + 7 × the voice's place in its locale's list, times 2^(pitch/12), rounded. It begins and ends
with ramps of 10 ms. All lengths are rounded to whole samples.
"""

from functools import lru_cache

import numpy as np

from dropcast_local.speech.catalogue import Voice, voices_of_locale
from dropcast_local.speech.content import Mark, Text, words_of
from dropcast_local.speech.engine import Order, Speech
from dropcast_local.speech.sound import TAIL_SECONDS, Samples, lead_samples

CHARACTERS_PER_SECOND = 15
SHORTEST_TONE_SECONDS = 0.2
RAMP_SECONDS = 0.01
AMPLITUDE = 8000
LOWEST_HERTZ = 200
HERTZ_BETWEEN_VOICES = 7


class ToneEngine:
    """Makes a tone for each utterance, at once."""

    async def speak(self, order: Order) -> Speech:
        """The tone of an order."""
        samples = tone_samples(len(words_of(order.pieces)), order.rate, order.sample_rate)
        return Speech(_clip(samples, tone_hertz(order.voice, order.pitch), order.sample_rate), _marks(order))

    async def close(self) -> None:
        """Nothing runs."""


def tone_samples(characters: int, rate: float, sample_rate: int) -> int:
    """The length of the tone itself."""
    return round(max(SHORTEST_TONE_SECONDS, characters / CHARACTERS_PER_SECOND) / rate * sample_rate)


def clip_samples(characters: int, rate: float, sample_rate: int) -> int:
    """The length of the whole clip."""
    tail = round(TAIL_SECONDS * sample_rate)
    return lead_samples(sample_rate) + tone_samples(characters, rate, sample_rate) + tail


def tone_hertz(voice: Voice, pitch: float) -> int:
    """The frequency of a voice."""
    names = [other.name for other in voices_of_locale(voice.locale)]
    place = names.index(voice.name) if voice.name in names else len(names)
    return round((LOWEST_HERTZ + HERTZ_BETWEEN_VOICES * place) * 2 ** (pitch / 12))


def _clip(length: int, hertz: int, sample_rate: int) -> Samples:
    lead, tail = lead_samples(sample_rate), round(TAIL_SECONDS * sample_rate)
    clip = np.zeros(lead + length + tail, np.int16)
    tone = clip[lead : lead + length]
    second = _one_second(hertz, sample_rate)
    for start in range(0, length, sample_rate):
        # A whole number of Hz repeats after one second.
        tone[start : start + sample_rate] = second[: length - start]
    ramp = np.linspace(0, 1, round(RAMP_SECONDS * sample_rate), dtype=np.float32)
    tone[: len(ramp)] = tone[: len(ramp)] * ramp
    tone[-len(ramp) :] = tone[-len(ramp) :] * ramp[::-1]
    return clip


@lru_cache(maxsize=256)
def _one_second(hertz: int, sample_rate: int) -> Samples:
    turns = np.arange(sample_rate, dtype=np.float64) * hertz / sample_rate
    tone: Samples = np.rint(AMPLITUDE * np.sin(2 * np.pi * turns)).astype(np.int16)
    return tone


def _marks(order: Order) -> tuple[tuple[str, float], ...]:
    lead = lead_samples(order.sample_rate) / order.sample_rate
    marks: list[tuple[str, float]] = []
    characters = 0
    for piece in order.pieces:
        if isinstance(piece, Text):
            characters += len(piece.text)
        elif isinstance(piece, Mark):
            marks.append((piece.name, lead + characters / CHARACTERS_PER_SECOND / order.rate))
    return tuple(marks)
