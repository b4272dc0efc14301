"""Cut a laid and mix episode into parts, each of which says all that is needed to render it."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dropcast.jobs import names
from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.outcome import Outcome, Spoken
from dropcast.jobs.part import LEAD, TAIL, Bed, Coding, Part, Piece
from dropcast.sound.mixing import Mix
from dropcast.sound.timeline import PlacedClip, Timeline
from dropcast.sound.wav import HEADER_BYTES, SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the samples of a clip lie: s16le, from byte `offset` of an object on; `digest` is the clip's."""

    source: str
    offset: int
    samples: int
    digest: str


def stored_clips(job: str, outcomes: Sequence[Outcome]) -> dict[int, Stored]:
    """Return where each clip of a job lies."""
    found: dict[int, Stored] = {}
    for index in range(block_count(len(outcomes))):
        block = Block(job, index, len(outcomes))
        found |= clips_of_block(block, outcomes[block.members.start : block.members.stop])
    return found


def clips_of_block(block: Block, outcomes: Sequence[Outcome]) -> dict[int, Stored]:
    """Return where each clip lies in the joined sound of its block: one after the other, headers and all."""
    found: dict[int, Stored] = {}
    offset = 0
    for utterance, outcome in zip(block.members, outcomes, strict=True):
        if isinstance(outcome, Spoken):
            offset += HEADER_BYTES
            measures = outcome.measures
            found[utterance] = Stored(names.sound(block), offset, measures.samples, measures.digest)
            offset += measures.samples * SAMPLE_BYTES
    return found


def cut_episode(
    job: str,
    timeline: Timeline,
    stored: Mapping[int, Stored],
    mix: Mix,
    fade: int,
    codings: tuple[Coding, ...],
) -> Iterator[Part]:
    """Yield the parts of an episode, in order. `fade` counts the samples of the fade at every edge."""
    ends = [*timeline.cuts[1:], timeline.samples]
    pieces = _pieces_by_part(timeline, ends, stored, mix.gains_db, fade)
    for position, end, heard in zip(timeline.cuts, ends, pieces, strict=True):
        yield Part(
            job=job,
            position=position,
            samples=end - position,
            sample_rate_hertz=timeline.sample_rate_hertz,
            is_last=end == timeline.samples,
            ceiling=mix.ceiling,
            pieces=tuple(replace(piece, start=piece.start - position) for piece in heard),
            beds=tuple(_beds(mix, stored, fade, position, end)),
            codings=codings,
        )


def _pieces_by_part(
    timeline: Timeline,
    ends: Sequence[int],
    stored: Mapping[int, Stored],
    gains_db: Mapping[int, float],
    fade: int,
) -> list[list[Piece]]:
    """Return for each part all that is heard in it or near it, placed in the episode."""
    by_part: list[list[Piece]] = [[] for _ in ends]
    for clip, fade_in, fade_out in _heard(timeline, fade):
        piece = _piece(clip, stored[clip.utterance], gains_db.get(clip.utterance, 0.0), fade_in, fade_out)
        first = bisect_right(ends, clip.start - TAIL)
        last = bisect_right(timeline.cuts, clip.end + LEAD - 1)
        for part in range(first, last):
            by_part[part].append(piece)
    return by_part


def _heard(timeline: Timeline, fade: int) -> Iterator[tuple[PlacedClip, int, int]]:
    """Yield every clip but music, with the samples of its fades."""
    for line in timeline.lines:
        for clip in line.clips:
            yield clip, fade, fade
    for extra in timeline.extras:
        if extra.extra.role != "music":
            rate = timeline.sample_rate_hertz
            fades = extra.extra.fade_in_ms * rate // 1000, extra.extra.fade_out_ms * rate // 1000
            yield extra.clip, max(fade, fades[0]), max(fade, fades[1])


def _piece(clip: PlacedClip, stored: Stored, gain_db: float, fade_in: int, fade_out: int) -> Piece:
    shortest = clip.samples // 2
    return Piece(
        source=stored.source,
        offset=stored.offset + clip.first * SAMPLE_BYTES,
        clip=stored.digest,
        first=clip.first,
        samples=clip.samples,
        start=clip.start,
        gain_db=gain_db,
        fade_in=min(fade_in, shortest),
        fade_out=min(fade_out, shortest),
    )


def _beds(mix: Mix, stored: Mapping[int, Stored], fade: int, position: int, end: int) -> Iterator[Bed]:
    for bed in mix.music:
        clip, until, levels = bed.clip, bed.end, bed.levels
        if until > position - LEAD and clip.start < end + TAIL:
            there = stored[clip.utterance]
            yield Bed(
                source=there.source,
                offset=there.offset,
                clip=there.digest,
                samples=there.samples,
                start=clip.start - position,
                end=until - position,
                fade=min(fade, there.samples // 2),
                levels=_near(levels, position, end),
            )


def _near(levels: Sequence[tuple[int, float]], position: int, end: int) -> tuple[tuple[int, float], ...]:
    """Return the levels that say how loud music is around a part, in samples from the part's start."""
    places = [place for place, _ in levels]
    first = max(0, bisect_right(places, position - LEAD) - 1)
    last = bisect_right(places, end + TAIL) + 1
    return tuple((place - position, gain_db) for place, gain_db in levels[first:last])
