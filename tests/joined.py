"""Episodes encoded in parts, as the pipeline does it, and heard with ffmpeg."""

import subprocess
from dataclasses import replace

import numpy as np

from dropcast.gateways.ffmpeg import FfmpegEncoder, ffmpeg_program
from dropcast.publishing.formats.m4a import m4a_header
from dropcast.publishing.formats.opus import opus_pages
from dropcast.publishing.tags import Tags
from dropcast.sound import aac, opus
from sounds import speech_like

RATE = 24_000
CODECS = {"aac": aac, "opus": opus}
TAGS = Tags("An episode", ("Ann", "Bo"), "2026-11-20", "de-DE", "Synthetic voices", (), 0, RATE)


def speech(samples, seed=1):
    return np.round(speech_like(samples // RATE + 1, RATE, seed=seed)[:samples] * 32_767).astype("<i2")


def fed(sound, position, samples, window):
    """The PCM for a part: the sound around it, and silence where there is none."""
    whole = np.pad(sound, (0, window.tail))
    assert 0 <= window.lead <= position
    return whole[position - window.lead : position + samples + window.tail].tobytes()


def in_parts(coding, sound, cuts=()):
    """The frames of each part; `cuts` are where parts begin, the first aside."""
    codec = CODECS[coding.name]
    found = []
    for position, end in zip((0, *cuts), (*cuts, len(sound)), strict=True):
        is_last = end == len(sound)
        window = codec.window(coding, position, is_last=is_last)
        encoded = FfmpegEncoder().encode(fed(sound, position, end - position, window), RATE, coding)
        found.append(codec.kept(encoded, coding, position, end - position, is_last=is_last))
    return found


def written(coding, parts, samples, tags=TAGS):
    """The whole file."""
    tags = replace(tags, samples=samples)
    if coding.name == "opus":
        return b"".join(opus_pages(tags, coding, parts))
    sizes = [size for part in parts for size in part.sizes]
    return m4a_header(tags, coding, sizes, "M4A ") + b"".join(part.body for part in parts)


def run_ffmpeg(*arguments):
    command = [ffmpeg_program(), "-hide_banner", "-v", "error", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return done.stdout


def decoded(path):
    """The sound of a file at its own rate, of full scale 1."""
    return np.frombuffer(run_ffmpeg("-i", path, "-map", "0:a", "-f", "f32le", "-"), "<f4")
