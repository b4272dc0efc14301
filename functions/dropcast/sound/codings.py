"""Every coding of a part: what its encoder is fed, what of that is kept, and under which digest.

The one place that knows all codings; each has its own module.
"""

import hashlib
import json
from bisect import bisect_left, bisect_right
from typing import Protocol

from dropcast.jobs.part import PCM, Coding, CodingName, Part
from dropcast.scripts.conversation import Output
from dropcast.sound import aac, mp3, opus
from dropcast.sound.frames import BrokenEpisode, Frames, Window
from dropcast.sound.rendering import Heard, heard, span
from dropcast.sound.wav import SAMPLE_BYTES

RENDERER_VERSION = 1  # to be raised when the same recipe makes other bytes: of PCM, or by other flags

Levels = tuple[tuple[int, float], ...]


class _Framing(Protocol):
    """What a coding's module says of its frames."""

    def window(self, coding: Coding, position: int, /, *, is_last: bool) -> Window: ...

    def kept(
        self, encoded: bytes, coding: Coding, position: int, samples: int, /, *, is_last: bool
    ) -> Frames: ...

    def frame_count(self, coding: Coding, samples: int, /) -> int: ...


def coding_of(output: Output) -> Coding | None:
    """Return the coding of which a file is made; None if it has no sound."""
    match output.format:
        case "mp3":
            return _coding("mp3", output)
        case "m4a" | "m4b":
            return _coding("aac", output)
        case "opus":
            return _coding("opus", output)
        case "flac" | "wav":
            return PCM
        case _:
            return None


def window(coding: Coding, part: Part) -> Window:
    """Return the PCM that is to be encoded for a part."""
    if coding.name == "pcm":
        return Window(lead=0, tail=0)
    return _framing(coding).window(coding, part.position, is_last=part.is_last)


def kept(coding: Coding, encoded: bytes, part: Part) -> Frames:
    """Return what belongs to a part, of what the encoder made of its window. Raises BrokenEpisode."""
    if coding.name != "pcm":
        return _framing(coding).kept(encoded, coding, part.position, part.samples, is_last=part.is_last)
    if len(encoded) != expected_bytes(coding, part.samples):
        raise BrokenEpisode(f"there are {len(encoded)} bytes of PCM for {part.samples} samples")
    return Frames(encoded)


def frame_count(coding: Coding, samples: int) -> int:
    """Return how many frames all parts of an episode have together; a frame of PCM is a sample."""
    return samples if coding.name == "pcm" else _framing(coding).frame_count(coding, samples)


def expected_bytes(coding: Coding, samples: int) -> int:
    """Return how many bytes all parts of an episode have together, where every frame has the same size."""
    size = {"pcm": SAMPLE_BYTES, "mp3": mp3.frame_bytes(coding)}[coding.name]
    return frame_count(coding, samples) * size


def maker_of(encoder_version: str) -> str:
    """Name all that makes bytes of recipes: another maker may make others of the same."""
    return f"{RENDERER_VERSION}; {encoder_version}"


def digest(part: Part, coding: Coding, encoder_version: str) -> str:
    """Return the name of what a part sounds like in a coding, byte for byte.

    It says nothing of job, place and source, nor of what is not heard in the coding's window: the same words
    at the same distance have the same name, whatever stands before and after them.
    """
    around = window(coding, part)
    start, end = span(part, around.lead, around.tail)
    recipe = {
        "maker": maker_of("" if coding.name == "pcm" else encoder_version),
        "coding": [coding.name, coding.sample_rate_hertz, coding.bitrate_kbps],
        "sampleRateHertz": part.sample_rate_hertz,
        "samples": part.samples,
        # With the lead it is said where in a frame of the coding the part begins as well.
        "window": [around.lead, around.tail, part.is_last],
        "ceiling": part.ceiling,
        "heard": [_recipe(each) for each in heard(part, start, end)],
    }
    canonical = json.dumps(recipe, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _recipe(each: Heard) -> list[object]:
    """Return all that shapes what is heard of a piece, and nothing else."""
    piece = each.piece
    passed, left = each.start - piece.start, piece.start + piece.samples - each.end
    return [
        piece.clip,
        piece.first + passed,
        each.start,
        each.end,
        float(piece.gain_db),
        [passed, piece.fade_in] if passed < piece.fade_in else None,
        [left, piece.fade_out] if left < piece.fade_out else None,
        _levels(each.levels, each.start, each.end - 1),
    ]


def _levels(levels: Levels, first: int, last: int) -> Levels:
    """Return the levels that say how loud it is from the first sample to the last."""
    begin = max(0, bisect_right(levels, first, key=lambda level: level[0]) - 1)
    near = list(levels[begin : bisect_left(levels, last, key=lambda level: level[0]) + 1])
    # Where it stays as loud as it was, it does not matter since when, nor for how long.
    if near and (len(near) == 1 or near[0][1] == near[1][1]):
        near[0] = max(first, near[0][0]), near[0][1]
    if near and (len(near) == 1 or near[-1][1] == near[-2][1]):
        near[-1] = min(last, near[-1][0]), near[-1][1]
    return tuple((place, float(level_db)) for place, level_db in near)


def _coding(name: CodingName, output: Output) -> Coding:
    return Coding(name, output.sample_rate_hertz or 0, output.bitrate_kbps or 0)


def _framing(coding: Coding) -> _Framing:
    match coding.name:
        case "mp3":
            return mp3
        case "aac":
            return aac
        case "opus":
            return opus
        case "pcm":
            raise ValueError("PCM has no frames")
