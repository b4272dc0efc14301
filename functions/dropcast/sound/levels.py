"""Levels: one static gain for each speaker, so that all are equally loud and the episode is as loud as asked.

Nothing is moved while somebody speaks: a gain that follows the sound pumps, and one gain for each clip makes
every "Hm." as loud as a sentence. Only what would exceed the ceiling is turned down, for some milliseconds;
what that takes from the loudness is foreseen, and made up for. Figures: sound.md, section 4.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.scripts.loudness import Target
from dropcast.sound.loudness import Loudness, clip_lufs, integrated_loudness
from dropcast.sound.programme import (
    BESIDE,
    PlacedMusic,
    PlacedSpeech,
    Speech,
    decibels,
    music_energies,
    music_peak_db,
)

SURE_SECONDS = 1.0  # of speech that counts, from which on a speaker's own loudness is trusted
# Decibels. Coarse, so that a line that is spoken anew seldom moves a gain and with it every part of the
# episode; and so fine that speakers are at most 0.1 LU apart, and the episode 0.05 LU off its target.
GAIN_DIGITS = 1
MOST_MADE_UP_DB = 12.0  # of a sound as steady as a tone, limiting takes all that is given
ROUNDS, SETTLED_DB = 20, 0.001


@dataclass(frozen=True, slots=True)
class SpeakerLevel:
    """How loud a speaker was spoken, and the gain that all clips of that speaker get."""

    speaker: str
    spoken: Loudness
    gain_db: float


@dataclass(frozen=True, slots=True)
class Levels:
    """The gains, speakers in order of appearance, and what comes of them.

    To a speaker's gain each clip adds its own offset, and to the gain of music its levels. `lufs` and
    `true_peak` (dBTP) are foretold for the episode after it was limited. The peak is that of whatever is
    highest on its own: where sounds overlap, their sum can be higher, up to the ceiling.
    """

    speakers: tuple[SpeakerLevel, ...]
    music: tuple[float, ...]
    lufs: float
    true_peak: float


def level_episode(
    clips: Iterable[PlacedSpeech],
    music: Sequence[PlacedMusic],
    samples: int,
    sample_rate_hertz: int,
    target: Target | None,
    *,
    match_speakers: bool = True,
) -> Levels:
    """Bring all speakers to one loudness, and the episode of so many samples to its target.

    Of a speaker with less than a second of speech that counts, the gain lies between what its own loudness
    asks for and what the others get on average, in proportion to that second. Where nobody can be measured,
    or there is no target, nothing is changed. Clips are read once, and little is kept of each.
    """
    speech = Speech(clips, samples, sample_rate_hertz)
    spoken = speech.spoken()
    music_db = tuple(_as_loud_as(target, each, sample_rate_hertz) for each in music)
    beds = music_energies(music, music_db, samples, sample_rate_hertz)
    gains_db, ceiling_db = np.zeros(len(spoken)), math.inf
    if target is not None:
        ceiling_db = decibels(target.ceiling)
        gains_db = _gains(speech, spoken, beds, target, match_speakers=match_speakers)
    peaks = [speech.peak_db(gains_db), *map(music_peak_db, music, music_db)]
    return Levels(
        tuple(map(SpeakerLevel, speech.speakers, spoken, gains_db.tolist())),
        music_db,
        integrated_loudness(speech.energies(gains_db, ceiling_db) + beds),
        min(max(peaks), ceiling_db),
    )


def _as_loud_as(target: Target | None, music: PlacedMusic, sample_rate_hertz: int) -> float:
    lufs = clip_lufs(music.measures, 0, music.measures.samples, sample_rate_hertz)
    return round(_missing(lufs, target), GAIN_DIGITS) if target else 0.0


def _gains(
    speech: Speech,
    spoken: Sequence[Loudness],
    beds: NDArray[np.float64],
    target: Target,
    *,
    match_speakers: bool,
) -> NDArray[np.float64]:
    """Return the gain of each speaker, in decibels: what makes it as loud as the target, and a common rest.

    The louder a sound, the more of its loudness limiting takes, so both are found by trying. Only then they
    are rounded, first what differs: what is common to all moves nothing across the relative gate.
    """
    ceiling_db = decibels(target.ceiling)
    sure = np.minimum(1, np.array([each.seconds for each in spoken]) / SURE_SECONDS)
    if not sure.any():
        return np.zeros(len(spoken))

    beside = np.array([speaker.startswith(BESIDE) for speaker in speech.speakers])
    own = sure if match_speakers else np.where(beside, sure, 0.0)

    def matched(asked_db: NDArray[np.float64]) -> NDArray[np.float64]:
        # With the gain that all get, one may become too soft to be measured: then it says nothing.
        known = (sure > 0) & np.isfinite(asked_db)
        asked = np.where(known, asked_db, 0.0)
        heard = np.where(known, sure, 0.0)
        if (cast := np.where(beside, 0.0, heard)).any():
            heard = cast
        usual = float(np.average(asked, weights=heard)) if heard.any() else 0.0
        return np.where(known, usual + own * (asked - usual), usual)

    def missing(gains_db: NDArray[np.float64]) -> float:
        return _missing(integrated_loudness(speech.energies(gains_db, ceiling_db) + beds), target)

    each_db = gains_db = matched(target.lufs - _lufs(spoken))
    rest_db, most_db = 0.0, each_db + MOST_MADE_UP_DB
    for _ in range(ROUNDS):
        tried = gains_db
        rest_db += missing(tried)
        each_db = matched(target.lufs + tried - _lufs(speech.leveled(tried, ceiling_db)))
        gains_db = each_db + rest_db
        if np.abs(gains_db - tried).max() < SETTLED_DB:
            break
    each_db = np.round(each_db, GAIN_DIGITS)
    for _ in range(ROUNDS):
        more = missing(each_db + rest_db)
        rest_db += more
        if abs(more) < SETTLED_DB:
            break
    return np.minimum(each_db + rest_db, most_db).round(GAIN_DIGITS)


def _lufs(loudnesses: Iterable[Loudness]) -> NDArray[np.float64]:
    return np.array([each.lufs for each in loudnesses])


def _missing(lufs: float, target: Target) -> float:
    """Return the gain, in decibels, that is missing to the target; none for what cannot be measured."""
    return target.lufs - lufs if math.isfinite(lufs) else 0.0
