"""How far the decoded file goes beyond the peaks that an encoder was given."""

from collections.abc import Iterable
from dataclasses import replace

from dropcast.jobs.part import Coding
from dropcast.scripts.loudness import OVERSHOOT, Target

# Decibels, by the least bitrate for which they hold, in kbit/s. Measured with ffmpeg 9.0 over dense speech
# that was limited all along, which is the worst there is, and rounded up.
MOST_DB = {
    "mp3": ((96, 0.5), (64, 1.5), (0, 2.5)),
    "aac": ((64, 0.8), (0, 3.5)),
    "opus": ((32, 1.0), (0, 2.5)),
    "pcm": ((0, 0.0),),
}


def with_room(target: Target, codings: Iterable[Coding]) -> Target:
    """Return a target whose ceiling leaves room for what the worst of these encoders adds."""
    most = max((overshoot_db(coding) for coding in codings), default=0.0)
    return replace(target, true_peak=target.true_peak - max(0.0, most - OVERSHOOT))


def overshoot_db(coding: Coding) -> float:
    """Return by how many decibels true peaks may grow."""
    return next(most for least, most in MOST_DB[coding.name] if coding.bitrate_kbps >= least)
