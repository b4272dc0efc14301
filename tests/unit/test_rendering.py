"""A part sounds the same wherever the episode is cut, and is what a plain sum of its pieces would be."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.part import LEAD, TAIL
from dropcast.sound import rendering
from dropcast.sound.rendering import NEAR, Read, reads, render
from dropcast.sound.wav import HEADER_BYTES, BrokenClip
from recipes import CLIP_BYTES, CLIPS, CUTS, EPISODE, EPISODES, FRAME, bed, cut, fetched, piece, whole


def rendered(part, lead=0, tail=0):
    return np.frombuffer(render(part, fetched(part, lead, tail), lead, tail).pcm, "<i2")


def plainly(part):
    """All that is heard, summed over the whole episode in double precision."""
    mix = np.zeros(part.samples + 100_000)

    def add(clip, each, envelope=None):
        shape = np.full(each.samples, 10 ** (each.gain_db / 20))
        for faded in range(min(each.fade_in, each.samples)):
            shape[faded] *= (faded + 0.5) / each.fade_in
        for faded in range(min(each.fade_out, each.samples)):
            shape[-1 - faded] *= (faded + 0.5) / each.fade_out
        if envelope is not None:
            shape *= envelope[each.start : each.start + each.samples]
        mix[each.start : each.start + each.samples] += shape * clip[each.first : each.first + each.samples]

    for each in part.pieces:
        add(CLIPS[int(each.clip)], each)
    for each in part.beds:
        places, levels = zip(*each.levels, strict=True)
        envelope = np.interp(np.arange(len(mix)), places, 10 ** (np.array(levels) / 20))
        for start in range(each.start, each.end, each.samples):
            heard = min(each.samples, each.end - start)
            faded = piece(3, start, heard, fade_in=each.fade, fade_out=each.fade)
            add(CLIPS[int(each.clip)], faded, envelope)
    return np.clip(mix[: part.samples], -32_768, 32_767)


def parts(part, cuts):
    edges = [0, *sorted(cut * FRAME for cut in cuts), part.samples]
    return [cut(part, at, end) for at, end in zip(edges, edges[1:], strict=False)]


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "BLOCK", 5 * FRAME)
        yield


@given(EPISODES)
def test_an_episode_is_the_sum_of_its_pieces(episode):
    difference = rendered(episode) - np.rint(plainly(episode))
    assert np.abs(difference).max() <= 1  # where a sum ends on a half, nearly


@given(EPISODES, CUTS)
def test_the_parts_are_bit_for_bit_the_episode_wherever_it_is_cut(episode, cuts):
    joined = np.concatenate([rendered(part) for part in parts(episode, cuts)])
    assert np.array_equal(joined, rendered(episode))


@given(EPISODES, CUTS, st.integers(0, LEAD), st.integers(0, TAIL))
def test_what_is_rendered_around_a_part_is_what_its_neighbours_are(episode, cuts, lead, tail):
    expected = rendered(episode)
    for part in parts(episode, cuts):
        before, behind = min(lead, part.position), min(tail, EPISODE - part.position - part.samples)
        around = expected[part.position - before : part.position + part.samples + behind]
        assert np.array_equal(rendered(part, before, behind), around)


@settings(deadline=None)
@given(EPISODES, CUTS, st.integers(0, LEAD), st.integers(0, TAIL))
def test_what_is_rendered_around_a_part_does_not_change_it_even_where_it_is_limited(
    episode, cuts, lead, tail
):
    for part in parts(replace(episode, ceiling=0.2), cuts):
        with_more = rendered(part, lead, tail)[lead : lead + part.samples]
        assert np.array_equal(with_more, rendered(part))


@settings(deadline=None)
@given(EPISODES, CUTS)
def test_the_parts_of_a_limited_episode_differ_from_it_by_no_more_than_the_last_bit(episode, cuts):
    episode = replace(episode, ceiling=0.2)
    joined = np.concatenate([rendered(part) for part in parts(episode, cuts)]).astype(int)
    assert np.abs(joined - rendered(episode)).max() <= 1


def test_what_has_neither_gain_nor_fade_is_copied():
    assert np.array_equal(rendered(whole([piece(1, 5, 4000)]))[5:4005], CLIPS[1])


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_fade_is_a_straight_line_from_the_edge(length):
    faded = rendered(whole([piece(0, 0, 500, fade_in=length, fade_out=length)]))[:500]
    shape = np.ones(500)
    shape[:length] = (np.arange(length) + 0.5) / length
    shape *= shape[::-1]
    assert np.array_equal(faded, np.rint(shape * CLIPS[0][:500]))


def test_pieces_that_overlap_are_summed():
    summed = rendered(whole([piece(0, 0, 900), piece(1, 400, 900)]))
    assert np.array_equal(summed[400:900], CLIPS[0][400:900] + CLIPS[1][:500])


def test_a_sum_beyond_full_scale_stays_there():
    loud = rendered(whole([piece(0, gain_db=20.0)]))
    assert (loud.min(), loud.max()) == (-32_768, 32_767)


def test_a_ceiling_is_kept_and_the_true_peak_is_that_of_the_part():
    loud, quiet = piece(0, 0, FRAME - 50, gain_db=6.0), piece(1, 10_000, 1000, gain_db=-12.0)
    episode = whole([loud, quiet], ceiling=0.3)
    behind = cut(episode, 2 * FRAME, EPISODE)
    first, second = (render(part, fetched(part, 900), 900, 0) for part in (episode, behind))
    assert first.true_peak == pytest.approx(0.3, rel=0.01)
    assert 0.06 < second.true_peak < 0.15  # of noise, which goes far between its samples


def test_a_true_peak_between_two_blocks_is_seen():
    """A quarter of the sample rate, half way between its samples, is 3 dB higher than any of them."""
    wave = np.round(10_000 * np.cos(np.pi / 2 * np.arange(4000) + np.pi / 4)).astype("<i2")
    objects = {"block": bytes(HEADER_BYTES) + wave.tobytes()}
    short = np.abs(wave).max()
    for length in (100, 2880, 2881):
        part = whole([piece(0, 2880 - length // 2, length, fade_in=length // 2, fade_out=length // 2)])
        found = render(part, fetched(part, objects=objects), 0, 0).true_peak * 32_768
        assert short < found < 1.05 * np.sqrt(2) * short


def test_silence_has_no_peak():
    silent = render(whole(), {}, 0, 0)
    assert (silent.pcm, silent.true_peak) == (bytes(2 * EPISODE), 0.0)


def test_clips_that_lie_together_are_read_at_once():
    pieces = [piece(clip, 1000 * clip, 800, first=100) for clip in range(4)]
    assert reads(whole(pieces), 0, 0) == (Read("block", 244, 3 * CLIP_BYTES + 244 + 1600),)


def test_clips_far_apart_or_in_other_objects_are_read_by_themselves():
    near, far = (replace(piece(), offset=at) for at in (2044 + NEAR, 4045 + 2 * NEAR))
    elsewhere = replace(piece(), source="another")
    assert reads(whole([far, elsewhere, near, piece()]), 0, 0) == (
        Read("another", 44, 2044),
        Read("block", 44, 4044 + NEAR),
        Read("block", 4045 + 2 * NEAR, 6045 + 2 * NEAR),
    )


def test_only_what_is_heard_is_read():
    middle = cut(whole([piece(0, 0, 4000)]), 2 * FRAME, 4 * FRAME)
    start, end = 44 + 2 * FRAME, 44 + 2 * 4000
    assert reads(middle, 0, 0) == (Read("block", start, min(end, 44 + 2 * 5 * FRAME)),)
    assert reads(middle, 2 * FRAME, TAIL) == (Read("block", 44, end),)


def test_music_that_is_heard_again_and_again_is_read_once():
    assert reads(whole(beds=[bed(samples=700)]), 0, 0) == (
        Read("block", 3 * CLIP_BYTES + 44, 3 * CLIP_BYTES + 44 + 1400),
    )


@pytest.mark.parametrize("missing", [1, 2, 2000, 8000])
def test_a_source_that_ends_too_early_is_a_broken_clip(missing):
    part = whole([piece(0, 0, 4000)])
    ((read, sound),) = fetched(part).items()
    with pytest.raises(BrokenClip, match=f"block has {8000 - missing} of 8000 bytes from 44 on"):
        render(part, {read: sound[: 8000 - missing]}, 0, 0)


def test_the_same_recipe_sounds_as_it_did():
    """If this fails on purpose, raise RENDERER_VERSION in sound/codings.py: what is cached is out of date."""
    saw = (np.arange(4000, dtype="<i2") * 7 % 9001 - 4500).tobytes()
    objects = {"block": b"".join(bytes(HEADER_BYTES) + saw for _ in range(4))}
    levels = ((0, -30.0), (4000, -6.0), (8000, -24.0))
    pieces = [
        piece(0, 100, 4000, gain_db=2.5, fade_in=120, fade_out=120),
        piece(1, 3000, 2500, 500, gain_db=-3.25, fade_out=777),
    ]
    part = whole(pieces, [bed(levels=levels)])
    pcm = render(part, fetched(part, objects=objects), 0, 0).pcm
    assert hashlib.sha256(pcm).hexdigest()[:16] == "890fd6db209083da"
