"""The mix: how loud each clip of an episode is heard, and how loud the music under the speech."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dropcast.jobs.measures import Measures
from dropcast.jobs.outcome import Outcome, Spoken
from dropcast.jobs.plan import Plan
from dropcast.sound.codings import coding_of
from dropcast.sound.ducking import bed_levels
from dropcast.sound.levels import Levels, level_episode
from dropcast.sound.loudness import clip_lufs
from dropcast.sound.overshoot import with_room
from dropcast.sound.programme import BESIDE, PlacedMusic, PlacedSpeech
from dropcast.sound.timeline import PlacedClip, PlacedExtra, Timeline


@dataclass(frozen=True, slots=True)
class Music:
    """Music under the speech from its clip's start until `end`, with its gains in dB at some samples."""

    clip: PlacedClip
    end: int
    levels: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """The gain in dB of each clip, by utterance; the music; the highest magnitude that may come out."""

    gains_db: Mapping[int, float]
    music: tuple[Music, ...]
    ceiling: float | None
    levels: Levels
    spoken_lufs: Mapping[int, float]  # how loud each clip was before its gain

    def loudness(self) -> dict[int, tuple[float, float]]:
        """Return by utterance the gain of each clip, in dB, and how loud it is with it, in LUFS."""
        return {at: (self.gains_db[at], lufs + self.gains_db[at]) for at, lufs in self.spoken_lufs.items()}


def mix_episode(
    plan: Plan, timeline: Timeline, outcomes: Iterable[Outcome], extras: Mapping[int, Measures]
) -> Mix:
    """Level an episode whose outcomes come one by one, in order: none of their measures is kept.

    `extras` are the measures of what stands beside the lines, by utterance.
    """
    sounding = plan.head.sounding
    codings = [coding for output in plan.head.outputs if (coding := coding_of(output))]
    target = with_room(sounding.loudness, codings) if sounding.loudness else None
    beds = [extra for extra in timeline.extras if extra.extra.role == "music"]
    ducked = [_ducked(bed, timeline) for bed in beds]
    placed = [
        PlacedMusic(extras[bed.clip.utterance], bed.clip.start, bed.end, levels)
        for bed, levels in zip(beds, ducked, strict=True)
    ]
    spoken_lufs: dict[int, float] = {}
    levels = level_episode(
        _noted(_speech(plan, timeline, outcomes, extras), timeline.sample_rate_hertz, spoken_lufs),
        placed,
        timeline.samples,
        timeline.sample_rate_hertz,
        target,
        match_speakers=sounding.match_speakers,
    )
    return Mix(
        gains_db=dict(_gains(plan, timeline, levels)),
        music=tuple(
            Music(bed.clip, bed.end, tuple((place, level + gain_db) for place, level in shape))
            for bed, shape, gain_db in zip(beds, ducked, levels.music, strict=True)
        ),
        ceiling=target.ceiling if target else None,
        levels=levels,
        spoken_lufs=spoken_lufs,
    )


def _ducked(bed: PlacedExtra, timeline: Timeline) -> tuple[tuple[int, float], ...]:
    rate, extra = timeline.sample_rate_hertz, bed.extra
    return bed_levels(
        [(line.start, line.end) for line in timeline.lines],
        bed.clip.start,
        bed.end,
        extra.gain_db,
        extra.duck_db,
        extra.fade_in_ms * rate // 1000,
        extra.fade_out_ms * rate // 1000,
        rate,
    )


def _speech(
    plan: Plan, timeline: Timeline, outcomes: Iterable[Outcome], extras: Mapping[int, Measures]
) -> Iterator[tuple[int, PlacedSpeech]]:
    """Yield all that is heard but music: the lines as their outcomes come, then what stands beside them."""
    speakers = {line.entry: line.speaker for line in plan.lines}
    placed = {clip.utterance: (speakers[line.entry], clip) for line in timeline.lines for clip in line.clips}
    for outcome in outcomes:
        if isinstance(outcome, Spoken) and (heard := placed.get(outcome.utterance)):
            speaker, clip = heard
            placed_speech = PlacedSpeech(speaker, clip.start, clip.first, clip.samples, outcome.measures)
            yield outcome.utterance, placed_speech
    for extra in timeline.extras:
        if extra.extra.role != "music":
            clip, measures = extra.clip, extras[extra.clip.utterance]
            offset_db = extra.extra.gain_db
            placed_speech = PlacedSpeech(
                _beside(extra), clip.start, clip.first, clip.samples, measures, offset_db
            )
            yield clip.utterance, placed_speech


def _noted(
    speech: Iterable[tuple[int, PlacedSpeech]], sample_rate_hertz: int, lufs: dict[int, float]
) -> Iterator[PlacedSpeech]:
    """Pass speech on, and note how loud each clip was spoken."""
    for utterance, placed in speech:
        lufs[utterance] = clip_lufs(placed.measures, placed.first, placed.samples, sample_rate_hertz)
        yield placed


def _gains(plan: Plan, timeline: Timeline, levels: Levels) -> Iterator[tuple[int, float]]:
    speakers = {line.entry: line.speaker for line in plan.lines}
    gains_db = {level.speaker: level.gain_db for level in levels.speakers}
    for line in timeline.lines:
        for clip in line.clips:
            yield clip.utterance, gains_db[speakers[line.entry]]
    for extra in timeline.extras:
        if extra.extra.role != "music":
            yield extra.clip.utterance, gains_db[_beside(extra)] + extra.extra.gain_db


def _beside(extra: PlacedExtra) -> str:
    return BESIDE + extra.extra.role
