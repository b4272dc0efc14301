"""What a listener finds in an episode: its length, clicks where clips meet, speakers of unequal loudness."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropcast.gateways.ffmpeg import ffmpeg_program

RATE = 24_000
AT_EDGE, BESIDE = RATE * 2 // 1000, RATE * 20 // 1000  # 2 ms around an edge, 20 ms on either side of that
MORE = 1.5  # times as large as anything beside it: none of 3,000 places inside the clips has that much
AUDIBLE = 32_768 * 10 ** (-60 / 20)  # jumps below -60 dBFS are not looked at

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a clip is heard in a file, from sample `start` up to `end`."""

    speaker: str
    start: int
    end: int


def decoded(episode: Path) -> Samples:
    """Return all that a player would play, at 24 kHz."""
    command = [
        ffmpeg_program(),
        "-v",
        "error",
        "-i",
        episode,
        "-f",
        "s16le",
        "-ac",
        "1",
        "-ar",
        str(RATE),
        "-",
    ]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<i2")


def clicks(samples: Samples, stretches: Sequence[Stretch]) -> int:
    """Count the edges of clips at which there is a jump beyond what the neighbouring samples allow."""
    edges = {edge for each in stretches for edge in (each.start, each.end)}
    return sum(is_click(samples, edge) for edge in edges)


def is_click(samples: Samples, place: int) -> bool:
    """Say whether the second difference near a place is larger than it is anywhere beside it."""
    first = max(0, place - AT_EDGE - BESIDE)
    jumps = np.abs(np.diff(samples[first : place + AT_EDGE + BESIDE].astype(np.float64), 2))
    middle = place - first
    here = jumps[max(0, middle - AT_EDGE) : middle + AT_EDGE]
    beside = np.concatenate([jumps[: max(0, middle - AT_EDGE)], jumps[middle + AT_EDGE :]])
    return len(here) > 0 and here.max() > max(AUDIBLE, MORE * beside.max(initial=0))


def difference(samples: Samples, stretches: Sequence[Stretch]) -> float:
    """Return by how many LU the speakers differ, each taken over all that is heard of them."""
    speakers = sorted({each.speaker for each in stretches})
    loudness = [
        _lufs(np.concatenate([samples[at.start : at.end] for at in stretches if at.speaker == speaker]))
        for speaker in speakers
    ]
    return max(loudness) - min(loudness)


def _lufs(samples: Samples) -> float:
    """Measure with ffmpeg's ebur128, which shares no code with ours."""
    command = [ffmpeg_program(), "-v", "error", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    command += ["-af", "ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=-", "-f", "null", "-"]
    said = subprocess.run(command, input=samples.tobytes(), capture_output=True, check=True).stdout
    return float(re.findall(rb"r128\.I=(\S+)", said)[-1])
