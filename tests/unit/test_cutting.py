"""An episode is cut into parts that say all that is heard in them and near them; nothing twice, or never."""

import json
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.outcome import Rejection
from dropcast.jobs.part import LEAD, PCM, TAIL, decode_part, encode_part
from dropcast.scripts.conversation import Extra
from dropcast.sound.cutting import cut_episode, stored_clips
from dropcast.sound.laying import lay_timeline
from dropcast.sound.levels import Levels
from dropcast.sound.mixing import Mix, Music
from dropcast.sound.timeline import PlacedClip
from plans import RATE, UPLOAD, line, plan, spoken

NOTHING_SAID_OF_LEVELS = Levels((), (), -19.0, -1.5)


def mix(gains_db=MappingProxyType({}), music=()):
    return Mix(gains_db, music, 0.8, NOTHING_SAID_OF_LEVELS, {})


def parts_of(timeline, outcomes, mix=mix(), fade=120):
    stored = stored_clips(UPLOAD.job, outcomes)
    return list(cut_episode(UPLOAD.job, timeline, stored, mix, fade, (PCM,)))


def long_episode(lines=150, seconds=6):
    outcomes = spoken(*[seconds * RATE + 7 * at for at in range(lines)], before=100, behind=50)
    return lay_timeline(plan([line("AB"[at % 2]) for at in range(lines)]), outcomes), outcomes


def test_parts_follow_each_other_from_the_first_sample_to_the_last():
    timeline, outcomes = long_episode()
    parts = parts_of(timeline, outcomes)
    assert len(parts) > 3
    now = 0
    for part in parts:
        assert part.position == now
        now += part.samples
    assert now == timeline.samples
    assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]


def test_every_part_holds_what_is_heard_in_it_and_near_it_and_nothing_else():
    timeline, outcomes = long_episode()
    clips = [clip for placed in timeline.lines for clip in placed.clips]
    for part in parts_of(timeline, outcomes):
        first, end = part.position - LEAD, part.position + part.samples + TAIL
        expected = [
            (clip.start - part.position, clip.samples)
            for clip in clips
            if clip.start < end and clip.end > first
        ]
        assert [(piece.start, piece.samples) for piece in part.pieces] == expected


def test_pieces_say_where_their_samples_lie_in_the_joined_sound_of_their_block():
    timeline, outcomes = long_episode(lines=BLOCK_SIZE + 2)
    [*_, last] = parts_of(timeline, outcomes)
    piece = last.pieces[-1]
    first_of_block = outcomes[BLOCK_SIZE].measures
    assert piece.source == names.sound(Block(UPLOAD.job, 1, BLOCK_SIZE + 2))
    assert piece.offset == 44 + 2 * first_of_block.samples + 44 + 2 * 100
    assert (piece.first, piece.clip) == (100, outcomes[-1].measures.digest)


def test_a_clip_that_was_rejected_takes_no_room_in_the_joined_sound():
    outcomes = spoken(1000, 1000, 1000)
    outcomes[1] = Rejection(1, "no")
    timeline = lay_timeline(plan([line(), line(), line()]), outcomes)
    [part] = parts_of(timeline, outcomes)
    assert [piece.offset for piece in part.pieces] == [44, 44 + 2000 + 44]


def test_pieces_have_the_gain_of_their_clip_and_fades_no_longer_than_half_of_it():
    outcomes = spoken(1000, 100)
    timeline = lay_timeline(plan([line("A"), line("B")]), outcomes)
    [part] = parts_of(timeline, outcomes, mix({0: -3.5, 1: 2.0}))
    assert [(piece.gain_db, piece.fade_in, piece.fade_out) for piece in part.pieces] == [
        (-3.5, 120, 120),
        (2.0, 50, 50),
    ]


def test_an_intro_fades_as_its_script_says():
    outcomes = spoken(1000, RATE * 10)
    extras = (Extra("intro", "intro.wav", fade_in_ms=0, fade_out_ms=1500),)
    timeline = lay_timeline(plan([line("A")], extras=extras), outcomes)
    [part] = parts_of(timeline, outcomes)
    assert [(piece.fade_in, piece.fade_out) for piece in part.pieces] == [(120, 120), (120, 36_000)]


def test_music_is_told_to_every_part_it_is_heard_in_with_the_levels_around_it():
    timeline, outcomes = long_episode()
    outcomes = [*outcomes, *spoken(RATE * 60)]
    levels = tuple((at, -12.0 - at % 7) for at in range(0, timeline.samples, 5 * RATE))
    bed = Music(PlacedClip(len(outcomes) - 1, 0, RATE * 60), timeline.samples, levels)
    parts = parts_of(timeline, outcomes, mix(music=(bed,)))
    for part in parts:
        [heard] = part.beds
        assert (heard.start, heard.end) == (-part.position, timeline.samples - part.position)
        places = [at for at, _ in heard.levels]
        assert places[0] <= max(-LEAD, -part.position)
        assert places[-1] >= min(part.samples + TAIL, levels[-1][0] - part.position)
        assert {(at + part.position, gain) for at, gain in heard.levels} <= set(levels)
        assert len(places) < len(levels)


def test_a_part_is_read_back_as_it_was_written():
    timeline, outcomes = long_episode(lines=40)
    for part in parts_of(timeline, outcomes, mix({0: 1.5})):
        assert decode_part(json.loads(json.dumps(encode_part(part)))) == part


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 60 * RATE), min_size=1, max_size=80))
def test_every_sample_of_every_clip_is_in_exactly_one_part(lengths):
    outcomes = spoken(*lengths)
    timeline = lay_timeline(plan([line("AB"[at % 2]) for at in range(len(lengths))]), outcomes)
    parts = parts_of(timeline, outcomes)
    for placed in timeline.lines:
        [clip] = placed.clips
        inside = 0
        for part in parts:
            for piece in part.pieces:
                if piece.start + part.position == clip.start:
                    inside += max(0, min(piece.start + piece.samples, part.samples) - max(piece.start, 0))
        assert inside == clip.samples
