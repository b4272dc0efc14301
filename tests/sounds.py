"""Sounds to measure, and an independent meter: ffmpeg's."""

import re
import subprocess
from dataclasses import dataclass

import numpy as np

from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast.sound.wav import Clip


def decibels(value):
    return 10 ** (value / 20)


def sine(hertz, level, seconds, rate):
    """A sine whose peak is `level` dBFS."""
    return decibels(level) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def noise(rms, seconds, rate, seed=1):
    """Noise like a soft fricative's: nothing low; its RMS is `rms` dBFS."""
    hiss = np.diff(np.random.default_rng(seed).normal(size=round(seconds * rate) + 1))
    return decibels(rms) * hiss / np.sqrt(np.mean(hiss**2))


def speech_like(seconds, rate, *, level=-12.0, seed=1):
    """Vowels and fricatives in syllables of a fifth of a second, with pauses; its peak is `level` dBFS."""
    random = np.random.default_rng(seed)
    at = np.arange(rate // 5) / rate
    rise = np.exp(-(((at - 0.1) / 0.04) ** 2))
    harmonics = random.uniform(90, 220) * np.arange(1, 25)
    vowels = np.sin(2 * np.pi * harmonics[:, None] * at)
    said = []

    def fricative(syllable):
        return 0.4 * np.convolve(noise(0, 0.2, rate, syllable), [0.25, 0.5, 0.25], "same")[: len(at)]

    for syllable in range(int(seconds * 5)):
        strengths = 1 / (1 + ((harmonics - random.uniform(300, 2500)) / 400) ** 2)
        voiced = strengths @ vowels if syllable % 3 else fricative(syllable)
        said.append(rise * voiced * random.uniform(0.4, 1) * (syllable % 7 != 6))
    sound = np.concatenate(said)
    return decibels(level) * sound / np.abs(sound).max()


def clip(*parts, rate=24_000):
    """The parts, of full scale 1, one after the other as a clip of 16 bits."""
    samples = np.round(np.concatenate([np.asarray(part) for part in parts]) * 32_768)
    return Clip(np.clip(samples, -32_768, 32_767).astype("<i2").tobytes(), rate)


def silence(seconds, rate=24_000):
    return np.zeros(round(seconds * rate))


@dataclass(frozen=True, slots=True)
class Metered:
    lufs: float
    true_peak: float


def metered(samples, rate):
    """What ffmpeg's ebur128 says of samples of full scale 1: integrated loudness, and true peak in dBTP."""
    keys = "ebur128=metadata=1:peak=true,ametadata=mode=print:file=-"
    command = [
        ffmpeg_program(),
        "-hide_banner",
        "-loglevel",
        "error",
        "-f",
        "f32le",
        "-ar",
        str(rate),
        "-ac",
        "1",
    ]
    command += ["-i", "-", "-af", keys, "-f", "null", "-"]
    fed = np.asarray(samples, "<f4").tobytes()
    said = subprocess.run(command, input=fed, capture_output=True, check=True, timeout=60).stdout.decode()
    loudness = re.findall(r"r128\.I=(\S+)", said)[-1]
    peak = max(map(float, re.findall(r"r128\.true_peaks?_ch0=(\S+)", said)))
    return Metered(float(loudness), float(20 * np.log10(peak)))
