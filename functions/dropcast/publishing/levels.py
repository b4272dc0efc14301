"""What the report says of the loudness of an episode."""

import math
from collections.abc import Mapping

from dropcast.scripts.loudness import MONO, Target
from dropcast.sound.levels import Levels
from dropcast.sound.programme import BESIDE


def loudness_facts(levels: Levels, target: Target | None) -> dict[str, object]:
    """Return target, levels of the programme and of each speaker: LUFS (ITU-R BS.1770-4), dBTP and dB.

    A mono file plays from two loudspeakers, 3 LU louder than a meter says of the file: `stereoLufs` is how
    loud that is, which is what podcast directories ask for.
    """
    return {
        "target": _target(target) if target else None,
        "foretold": programme_facts(levels.lufs, levels.true_peak),
        "speakers": [
            {"speaker": level.speaker, "spokenLufs": finite(level.spoken.lufs), "gainDb": level.gain_db}
            for level in levels.speakers
            if not level.speaker.startswith(BESIDE)
        ],
    }


def programme_facts(lufs: float, true_peak: float) -> dict[str, object]:
    """Return how loud a mono programme is, by a meter and as it is heard, and its true peak."""
    return {
        "monoLufs": finite(lufs),
        "stereoLufs": finite(lufs - MONO),
        "truePeakDbtp": finite(true_peak),
    }


def finite(level: float) -> float | None:
    """Round a level to hundredths; silence has none, which JSON could not write either."""
    return round(level, 2) if math.isfinite(level) else None


def _target(target: Target) -> Mapping[str, object]:
    return {
        "monoLufs": target.lufs,
        "stereoLufs": target.stereo_lufs,
        "truePeakDbtp": target.true_peak,
    }
