"""Recipes of small parts, and the clips that they name."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from dropcast.jobs.part import LEAD, TAIL, Bed, Part, Piece
from dropcast.sound.rendering import reads
from dropcast.sound.wav import HEADER_BYTES

FRAME = 576
EPISODE = 20 * FRAME
CLIPS = [np.random.default_rng(seed).integers(-9000, 9000, 4000, "<i2") for seed in range(4)]
CLIP_BYTES = HEADER_BYTES + 2 * len(CLIPS[0])
OBJECTS = {"block": b"".join(bytes(HEADER_BYTES) + clip.tobytes() for clip in CLIPS)}


def piece(clip=0, start=0, samples=1000, first=0, **shape):
    offset = clip * CLIP_BYTES + HEADER_BYTES + 2 * first
    shaped = {"gain_db": 0.0, "fade_in": 0, "fade_out": 0} | shape
    return Piece("block", offset, f"{clip}", first, samples, start, **shaped)


def bed(start=0, end=EPISODE, samples=700, fade=50, levels=((0, -6.0),), clip=3):
    return Bed("block", clip * CLIP_BYTES + HEADER_BYTES, f"{clip}", samples, start, end, fade, levels)


def whole(pieces=(), beds=(), samples=EPISODE, ceiling=None):
    return Part(
        "job",
        0,
        samples,
        24_000,
        is_last=True,
        ceiling=ceiling,
        pieces=tuple(pieces),
        beds=tuple(beds),
        codings=(),
    )


def cut(part, at, end):
    """The part of an episode that is one part, with all that is heard near it."""
    first, last = at - LEAD, end + TAIL
    pieces = [
        replace(piece, start=piece.start - at)
        for piece in part.pieces
        if piece.start < last and piece.start + piece.samples > first
    ]
    beds = [
        replace(
            bed,
            start=bed.start - at,
            end=bed.end - at,
            levels=tuple((place - at, level) for place, level in bed.levels),
        )
        for bed in part.beds
    ]
    return replace(
        part,
        position=at,
        samples=end - at,
        is_last=end == part.samples,
        pieces=tuple(pieces),
        beds=tuple(beds),
    )


def fetched(part, lead=0, tail=0, objects=OBJECTS):
    return {read: objects[read.source][read.start : read.end] for read in reads(part, lead, tail)}


# Drawn from one range, most of them would be near its start.
PLACES = st.builds(lambda frame, more: frame * FRAME + more, st.sampled_from(range(20)), st.integers(0, 575))


@st.composite
def heard(draw):
    samples = draw(st.integers(1, 3000))
    fades = st.integers(0, samples // 2)
    return piece(
        clip=draw(st.integers(0, 3)),
        start=draw(PLACES),
        samples=samples,
        first=draw(st.integers(0, 1000)),
        gain_db=draw(st.floats(-20, 12)),
        fade_in=draw(fades),
        fade_out=draw(fades),
    )


@st.composite
def music(draw):
    samples = draw(st.integers(200, 4000))
    start = min(draw(PLACES), EPISODE - 300)
    places = draw(st.lists(PLACES, min_size=1, max_size=5, unique=True))
    return bed(
        start=start,
        end=draw(st.integers(start + 201, EPISODE)),
        samples=samples,
        fade=draw(st.integers(0, 100)),
        levels=tuple((place, draw(st.floats(-30, 0))) for place in sorted(places)),
    )


EPISODES = st.builds(whole, st.lists(heard(), max_size=12), st.lists(music(), max_size=2))
CUTS = st.lists(st.sampled_from(range(1, EPISODE // FRAME)), max_size=3, unique=True)
