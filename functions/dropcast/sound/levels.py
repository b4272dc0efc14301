"""Levels: one static gain for each speaker, so that all are equally loud and the episode is as loud as asked.

Nothing is moved while somebody speaks: a gain that follows the sound pumps, and one gain for each clip makes
every "Hm." as loud as a sentence. Figures: sound.md, section 4.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from dropcast.sound.loudness import (
    Heard,
    Loudness,
    episode_energies,
    integrated_loudness,
    speech_loudness,
)
from dropcast.sound.measures import Measures

# LU. A mono file plays from two loudspeakers: as loud as a stereo file that measures so much more.
MONO = -3.0
OVERSHOOT = 0.5  # dB by which lossy encoders exceed the peak they are given, at most (sound.md, section 4)
GAIN_DIGITS = 3  # of decibels: the same on every processor, whatever its last bits
SURE_SECONDS = 1.0  # of speech that counts, from which on a speaker's own loudness is trusted


@dataclass(frozen=True, slots=True)
class Target:
    """How loud an episode shall be, as is said of stereo files, and how high its true peak may be.

    `true_peak` is that of the finished file, in dBTP.
    """

    stereo_lufs: float
    true_peak: float

    @property
    def lufs(self) -> float:
        """What a meter shall say of the mono file."""
        return self.stereo_lufs + MONO

    @property
    def ceiling(self) -> float:
        """The highest magnitude, of full scale, that may go into a lossy encoder."""
        return float(10 ** ((self.true_peak - OVERSHOOT) / 20))


# What Apple asks of podcasts, EBU R 128, and what YouTube turns down to; None leaves all as it was spoken.
TARGETS: Mapping[str, Target | None] = MappingProxyType(
    {
        "podcast": Target(-16.0, -1.0),
        "broadcast": Target(-23.0, -1.0),
        "video": Target(-14.0, -1.0),
        "off": None,
    }
)


@dataclass(frozen=True, slots=True)
class PlacedSpeech:
    """A clip of a speaker: what is to be heard of it begins at sample `start` of the episode."""

    speaker: str
    start: int
    measures: Measures


@dataclass(frozen=True, slots=True)
class SpeakerLevel:
    """How loud a speaker was spoken, and the gain that all clips of that speaker get."""

    speaker: str
    spoken: Loudness
    gain_db: float

    @property
    def gain(self) -> float:
        return float(10 ** (self.gain_db / 20))


@dataclass(frozen=True, slots=True)
class Levels:
    """The gains, speakers in order of appearance, and what comes of them.

    `lufs` and `true_peak` (dBTP) are predicted for the episode before it is limited and encoded. The peak is
    that of the highest clip: where clips overlap, their sum can be higher.
    """

    speakers: tuple[SpeakerLevel, ...]
    lufs: float
    true_peak: float


def level_speakers(
    clips: Sequence[PlacedSpeech], samples: int, sample_rate_hertz: int, target: Target | None
) -> Levels:
    """Bring all speakers to one loudness, then the episode of so many samples to its target.

    Of a speaker with less than a second of speech that counts, the gain lies between what its own loudness
    asks for and what the others get on average, in proportion to that second. Where nobody can be measured,
    or there is no target, nothing is changed.
    """
    spoken = {
        speaker: speech_loudness(theirs, sample_rate_hertz) for speaker, theirs in _by_speaker(clips).items()
    }
    matched = dict.fromkeys(spoken, 0.0) if target is None else _matched(spoken, target.lufs)
    gains = {speaker: 10 ** (gain_db / 20) for speaker, gain_db in matched.items()}
    heard = (Heard(clip.measures, clip.start, gains[clip.speaker]) for clip in clips)
    energies = episode_energies(heard, samples, sample_rate_hertz)
    rest = 0.0 if target is None else _missing(integrated_loudness(energies), target.lufs)
    peak = max((clip.measures.true_peak * gains[clip.speaker] for clip in clips), default=0.0)
    return Levels(
        tuple(
            SpeakerLevel(speaker, spoken[speaker], round(matched[speaker] + rest, 3)) for speaker in spoken
        ),
        integrated_loudness(energies * 10 ** (rest / 10)),
        decibels(peak) + rest,
    )


def decibels(magnitude: float) -> float:
    """Return a magnitude in decibels of full scale."""
    return 20 * math.log10(magnitude) if magnitude else -math.inf


def _by_speaker(clips: Iterable[PlacedSpeech]) -> dict[str, list[Measures]]:
    found: dict[str, list[Measures]] = {}
    for clip in clips:
        found.setdefault(clip.speaker, []).append(clip.measures)
    return found


def _matched(spoken: Mapping[str, Loudness], lufs: float) -> dict[str, float]:
    """Return the gain, in decibels, that brings each speaker to the same loudness."""
    asked = {speaker: _missing(loudness.lufs, lufs) for speaker, loudness in spoken.items()}
    sure = {speaker: min(1.0, loudness.seconds / SURE_SECONDS) for speaker, loudness in spoken.items()}
    common = (
        float(np.average(list(asked.values()), weights=list(sure.values()))) if any(sure.values()) else 0.0
    )
    return {
        speaker: round(sure[speaker] * asked[speaker] + (1 - sure[speaker]) * common, GAIN_DIGITS)
        for speaker in spoken
    }


def _missing(lufs: float, target: float) -> float:
    """Return the gain, in decibels, that is missing to the target; none for what cannot be measured."""
    return round(target - lufs, GAIN_DIGITS) if math.isfinite(lufs) else 0.0
