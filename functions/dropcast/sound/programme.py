"""What is kept of the clips of an episode, so that its loudness can be told for any gains, without its audio.

Little of each: ten thousand clips, which are many hours, take some megabytes.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropcast.jobs.measures import Measures
from dropcast.sound.kweighting import ENERGIES_PER_SECOND
from dropcast.sound.loudness import HOPS_PER_SECOND, Hops, Loudness, energy_until, gated, heard_hops

BESIDE = "\0"  # begins the name of a speaker who is none, as an intro: no script can name one so
LIMITED_DB = 12  # how far below its peak a clip was limited when it was measured, at most
LEAST_SHARE = 1e-4  # of energy: shares are stored with four digits
BATCH_HOPS = 600  # of music, at a time
PIECES = ENERGIES_PER_SECOND // HOPS_PER_SECOND  # of a hop, over which a level counts as steady


@dataclass(frozen=True, slots=True)
class PlacedSpeech:
    """A clip of a speaker: `samples` of its samples, from `first` on, are heard from sample `start` on.

    `offset_db` is how much louder than the programme it shall be.
    """

    speaker: str
    start: int
    first: int
    samples: int
    measures: Measures
    offset_db: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedMusic:
    """A recording that is heard from sample `start` up to `end`, again and again if need be.

    `levels` are its levels in decibels, of which 0 is as loud as the programme, at some samples of the
    episode, rising; between two of them the level goes in a straight line (of magnitude, not of decibels).
    """

    measures: Measures
    start: int
    end: int
    levels: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A clip: its speaker's place, its peak and offset, and what limiting takes from it, all in decibels.

    Its energies stand in the hops of the episode, and in those of all that its speaker says, one clip
    straight after the other: without gaps, so that a speaker's loudness is the same wherever the clips will
    be, and somebody who says little at a time is not taken for a quiet speaker.
    """

    speaker: int
    peak_db: float
    offset_db: float
    taken_db: NDArray[np.float32]
    on_the_grid: Hops
    of_the_speaker: Hops


class Speech:
    """The clips of an episode of so many samples, read once."""

    def __init__(self, clips: Iterable[PlacedSpeech], samples: int, sample_rate_hertz: int) -> None:
        places: dict[str, int] = {}
        ends: dict[str, int] = {}
        self._hops = _whole_hops(samples, sample_rate_hertz)
        self._clips: list[_Kept] = []
        for clip in clips:
            end = ends.get(clip.speaker, 0)
            ends[clip.speaker] = end + clip.measures.heard
            place = places.setdefault(clip.speaker, len(places))
            self._clips.append(_kept(clip, place, end, sample_rate_hertz))
        self.speakers = tuple(places)
        self._speaker_hops = [math.ceil(end * HOPS_PER_SECOND / sample_rate_hertz) for end in ends.values()]
        self._speaker_of = np.array([clip.speaker for clip in self._clips], np.intp)
        self._peak_db = np.array([clip.peak_db for clip in self._clips])
        self._offset_db = np.array([clip.offset_db for clip in self._clips])
        self._taken_db = np.array([clip.taken_db for clip in self._clips]).reshape(-1, LIMITED_DB + 1)

    def spoken(self) -> tuple[Loudness, ...]:
        """Return the loudness of each speaker as spoken."""
        return self._of_speakers(np.zeros(len(self._clips)))

    def leveled(self, gains_db: NDArray[np.float64], ceiling_db: float) -> tuple[Loudness, ...]:
        """Return the loudness of each speaker with that gain, limited; offsets take no part in it."""
        return self._of_speakers(gains_db[self._speaker_of] - self._taken(gains_db, ceiling_db))

    def energies(self, gains_db: NDArray[np.float64], ceiling_db: float) -> NDArray[np.float64]:
        """Return the mean squares of the hops of the episode, with a gain for each speaker, limited."""
        gained = gains_db[self._speaker_of] + self._offset_db - self._taken(gains_db, ceiling_db)
        energies = np.zeros(self._hops)
        for clip, power in zip(self._clips, 10 ** (gained / 10), strict=True):
            _add(energies, clip.on_the_grid, power)
        return energies

    def peak_db(self, gains_db: NDArray[np.float64]) -> float:
        """Return the highest true peak of a clip, before it is limited."""
        return float((self._peak_db + gains_db[self._speaker_of] + self._offset_db).max(initial=-math.inf))

    def _of_speakers(self, gained_db: NDArray[np.float64]) -> tuple[Loudness, ...]:
        spoken = [np.zeros(hops) for hops in self._speaker_hops]
        for clip, power in zip(self._clips, 10 ** (gained_db / 10), strict=True):
            _add(spoken[clip.speaker], clip.of_the_speaker, power)
        return tuple(map(gated, spoken))

    def _taken(self, gains_db: NDArray[np.float64], ceiling_db: float) -> NDArray[np.float64]:
        """Return what limiting takes from each clip, in decibels of energy; beyond 12 dB as from 11 to 12."""
        over = np.maximum(self._peak_db + gains_db[self._speaker_of] + self._offset_db - ceiling_db, 0)
        below = np.minimum(over.astype(np.intp), LIMITED_DB - 1)
        clips = np.arange(len(over))
        low, high = self._taken_db[clips, below], self._taken_db[clips, below + 1]
        taken: NDArray[np.float64] = low + (high - low) * (over - below)
        return taken


def music_energies(
    music: Sequence[PlacedMusic], gains_db: Sequence[float], samples: int, sample_rate_hertz: int
) -> NDArray[np.float64]:
    """Return the mean squares of the hops of an episode of so many samples that are recordings'."""
    energies = np.zeros(_whole_hops(samples, sample_rate_hertz))
    for each, gain_db in zip(music, gains_db, strict=True):
        for hops in _music_hops(each, len(energies), sample_rate_hertz):
            _add(energies, hops, 10 ** (gain_db / 10))
    return energies


def music_peak_db(music: PlacedMusic, gain_db: float) -> float:
    """Return the highest true peak of a recording where it is loudest."""
    return decibels(music.measures.true_peak) + gain_db + max(level for _, level in music.levels)


def decibels(magnitude: float) -> float:
    """Return a magnitude in decibels of full scale."""
    return 20 * math.log10(magnitude) if magnitude else -math.inf


def _kept(clip: PlacedSpeech, speaker: int, spoken_before: int, sample_rate_hertz: int) -> _Kept:
    measures = clip.measures
    return _Kept(
        speaker,
        decibels(measures.true_peak),
        clip.offset_db,
        _taken_db(measures),
        heard_hops(measures, clip.first, clip.samples, clip.start, sample_rate_hertz),
        heard_hops(measures, measures.speech_start, measures.heard, spoken_before, sample_rate_hertz),
    )


def _taken_db(measures: Measures) -> NDArray[np.float32]:
    """Return what limiting takes from a clip, in decibels of energy, to 0, 1, ... 12 dB below its peak."""
    shares = np.ones(LIMITED_DB + 1, np.float32)  # of what was not measured so: nothing
    shares[1 : 1 + len(measures.limiting)] = measures.limiting
    return -10 * np.log10(np.maximum(shares, LEAST_SHARE))


def _music_hops(music: PlacedMusic, before: int, sample_rate_hertz: int) -> Iterator[Hops]:
    """Yield the hops of a recording at its levels, some at a time, up to a hop."""
    hop = sample_rate_hertz / HOPS_PER_SECOND
    last = min(before, math.ceil(music.end / hop)) if music.measures.samples else 0
    for first in range(int(music.start / hop), last, BATCH_HOPS):
        count = min(BATCH_HOPS, last - first)
        edges = (first + np.arange(count * PIECES + 1) / PIECES) * hop
        heard = np.diff(_looped_until(music, np.clip(edges, music.start, music.end), sample_rate_hertz))
        powers = _magnitudes(music, (edges[1:] + edges[:-1]) / 2) ** 2
        yield Hops(first, (heard * powers).reshape(count, PIECES).sum(axis=1).astype(np.float32))


def _whole_hops(samples: int, sample_rate_hertz: int) -> int:
    return samples * HOPS_PER_SECOND // sample_rate_hertz


def _add(energies: NDArray[np.float64], hops: Hops, power: float) -> None:
    """Add what a clip is heard of; what the episode has no whole hop for is left out."""
    here = energies[hops.first : hops.first + len(hops.energies)]
    here += power * hops.energies[: len(here)]


def _looped_until(
    music: PlacedMusic, edges: NDArray[np.float64], sample_rate_hertz: int
) -> NDArray[np.float64]:
    """Return the energy of a recording, again and again, up to some samples of the episode."""
    turns, rest = np.divmod(edges - music.start, music.measures.samples)
    ends = np.append(rest, music.measures.samples)
    until = energy_until(music.measures, ends, sample_rate_hertz)
    looped: NDArray[np.float64] = turns * until[-1] + until[:-1]
    return looped


def _magnitudes(music: PlacedMusic, places: NDArray[np.float64]) -> NDArray[np.float64]:
    samples, levels_db = zip(*music.levels, strict=True)
    magnitudes: NDArray[np.float64] = np.interp(places, samples, 10 ** (np.array(levels_db) / 20))
    return magnitudes
