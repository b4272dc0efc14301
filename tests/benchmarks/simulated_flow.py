"""The same deployment as a liquid: lines run off at the pace of the narrowest limit, first come first served.

For what is too large for single events. Of pushes that are refused it knows the share of the pace they leave.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, inf

import simulated_limits as limits
from simulated_limits import Deployment, Drop


def walls(deployment: Deployment, drops: Iterable[Drop], kept: float = 1.0) -> list[float]:
    """Return the seconds from each drop to its episode. `kept` is the share of the pace that pauses leave."""
    taken, free = [], 0.0
    for drop in drops:
        begins = max(free, drop.at + limits.starting(drop.lines))
        free = _run_off(begins, drop.lines, deployment, kept)
        taken.append(free + _rendering(drop.lines) - drop.at)
    return taken


def longest_queue(deployment: Deployment, drops: Sequence[Drop], kept: float = 1.0) -> float:
    """Return the most lines that ever wait, those of the latest drop included."""
    waits = (
        wall - _rendering(drop.lines) - limits.starting(drop.lines)
        for drop, wall in zip(drops, walls(deployment, drops, kept), strict=True)
    )
    return max(waits) * kept * narrowest(deployment)[1]


def paces(deployment: Deployment) -> Mapping[str, float]:
    """Return how many lines a second each limit of a stack lets through; those of a bucket at first."""
    line_seconds = limits.SPEECH_SECONDS + limits.LINE_STORAGE
    part_lines = limits.PART_AUDIO / limits.LINE_AUDIO
    return {
        "speech quota": deployment.requests_per_minute / 60,
        "workers": deployment.workers / line_seconds,
        "bucket writes": limits.BUCKET_WRITES / limits.WRITES,
        "rendering": limits.FINALIZERS * part_lines / limits.part_seconds(),
        "push window": limits.PUSH_EXPONENTIAL / line_seconds,
        "bucket reads": limits.BUCKET_READS / limits.READS,
    }


def narrowest(deployment: Deployment) -> tuple[str, float]:
    """Return the limit that sets the pace for good, and that pace; a bucket grows with its work."""
    lasting = {name: pace for name, pace in paces(deployment).items() if not name.startswith("bucket")}
    return min(lasting.items(), key=lambda limit: limit[1])


def _run_off(start: float, lines: float, deployment: Deployment, kept: float) -> float:
    """Return when so many lines are spoken that begin to be at `start`, nothing else being there."""
    steady = kept * narrowest(deployment)[1]
    at = start
    while True:
        pace = min(steady, limits.bucket_writes(at) / limits.WRITES)
        changes = inf if pace == steady else (at // limits.BUCKET_DOUBLES + 1) * limits.BUCKET_DOUBLES
        if lines <= pace * (changes - at):
            return at + lines / pace
        lines -= pace * (changes - at)
        at = changes


def _rendering(lines: int) -> float:
    """Return the seconds from the last line to the episode: part after part, side by side."""
    rounds = ceil(limits.parts(lines) / limits.FINALIZERS)
    return limits.settling(lines) + rounds * limits.part_seconds() + limits.JOINING
