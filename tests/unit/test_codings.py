"""A part has one name for each coding: of what is heard, and of nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.part import LEAD, PCM, TAIL, Coding
from dropcast.scripts.conversation import Output
from dropcast.sound.codings import coding_of, digest, expected_bytes, frame_count, kept, maker_of, window
from dropcast.sound.frames import BrokenEpisode, Frames, Window
from dropcast.sound.rendering import CONTEXT, render
from recipes import CLIP_BYTES, EPISODE, FRAME, PLACES, bed, cut, fetched, heard, music, piece, whole

QUICK, CAREFUL = Coding("mp3", 24_000, 96), Coding("mp3", 24_000, 64)
AAC, OPUS = Coding("aac", 48_000, 64), Coding("opus", 48_000, 32)
CODINGS = [PCM, QUICK, CAREFUL, AAC, OPUS]
EVERY_CODING = pytest.mark.parametrize("coding", CODINGS, ids=str)
MIDDLE = 200 * FRAME  # where nothing is near the start, and no coding's frame begins
PARTS = st.builds(
    lambda pieces, beds: moved(whole(pieces, beds)),
    st.lists(heard(), max_size=6),
    st.lists(music(), max_size=1),
)


def moved(part, position=MIDDLE, **other):
    return replace(part, position=position, is_last=False, **other)


def name(part, coding=QUICK, version="ffmpeg 1"):
    return digest(part, coding, version)


def sound(part, coding):
    """What an encoder would be fed for the part."""
    around = window(coding, part)
    return render(part, fetched(part, around.lead, around.tail), around.lead, around.tail).pcm


@pytest.mark.parametrize(
    ("output", "coding"),
    [
        (Output("mp3", 96, 24_000), QUICK),
        (Output("m4a", 64, 48_000), AAC),
        (Output("m4b", 64, 48_000), AAC),
        (Output("opus", 32, 48_000), OPUS),
        (Output("flac", None, 24_000), PCM),
        (Output("wav", None, 24_000), PCM),
        (Output("vtt"), None),
        (Output("chapters.json"), None),
    ],
)
def test_each_file_is_made_of_one_coding_or_has_no_sound(output, coding):
    assert coding_of(output) == coding


@EVERY_CODING
def test_a_part_says_all_that_is_heard_in_the_window_of_any_coding(coding):
    around = window(coding, moved(whole(), 12_345 * FRAME))
    assert around.lead <= LEAD
    assert around.tail <= TAIL


def test_an_episode_of_one_part_is_fed_alone():
    assert [window(coding, whole()) for coding in CODINGS] == [Window(0, 0)] * len(CODINGS)


def test_pcm_is_kept_as_it_is():
    part = whole()
    assert kept(PCM, bytes(2 * EPISODE), part) == Frames(bytes(2 * EPISODE))
    assert expected_bytes(PCM, EPISODE) == 2 * EPISODE
    assert frame_count(PCM, EPISODE) == EPISODE


@pytest.mark.parametrize("difference", [-2, -1, 1, 2])
def test_pcm_of_another_length_is_a_broken_episode(difference):
    with pytest.raises(BrokenEpisode, match=f"{2 * EPISODE + difference} bytes"):
        kept(PCM, bytes(2 * EPISODE + difference), whole())


def test_the_frames_of_an_mp3_are_of_one_size():
    assert expected_bytes(QUICK, EPISODE) == frame_count(QUICK, EPISODE) * 288


@EVERY_CODING
def test_the_same_words_at_the_same_distance_have_the_same_name_anywhere(coding):
    part = moved(whole([piece(0, 500), piece(1, 3000)], [bed(levels=((0, -6.0), (900, -20.0)))]))
    further = moved(
        part,
        MIDDLE + 40 * FRAME * 16,  # a whole number of frames of AAC, and of Opus
        job="another",
        pieces=tuple(replace(each, source="elsewhere", offset=44) for each in part.pieces),
        beds=tuple(replace(each, source="elsewhere", offset=44) for each in part.beds),
    )
    assert name(further, coding) == name(part, coding)


@given(
    coding=st.sampled_from(CODINGS),
    part=PARTS,
    before=st.integers(-5000, 0),
    behind=st.integers(0, 5000),
    clip=st.integers(0, 3),
)
def test_what_is_not_heard_in_the_window_does_not_matter(coding, part, before, behind, clip):
    around = window(coding, part)
    first, last = -max(around.lead, CONTEXT), EPISODE + max(around.tail, CONTEXT)
    others = [piece(clip, first - 700 + before, 700), piece(clip, last + behind, 700)]
    more = replace(part, pieces=(others[0], *part.pieces, others[1]))
    assert name(more, coding) == name(part, coding)
    assert sound(more, coding) == sound(part, coding)


CHANGES = {
    "a clip": lambda each: replace(each, clip="2", offset=each.offset % CLIP_BYTES + 2 * CLIP_BYTES),
    "another place in the clip": lambda each: replace(each, first=each.first + 1, offset=each.offset + 2),
    "the length": lambda each: replace(each, samples=each.samples + 1),
    "the start": lambda each: replace(each, start=each.start + 1),
    "the gain": lambda each: replace(each, gain_db=each.gain_db + 0.1),
    "the fade in": lambda each: replace(each, fade_in=each.fade_in + 40),
    "the fade out": lambda each: replace(each, fade_out=each.fade_out + 40),
}


@settings(max_examples=200)
@given(
    coding=st.sampled_from(CODINGS),
    change=st.sampled_from([*CHANGES.values()]),
    part=PARTS,
    start=PLACES.map(lambda place: place - 1500),
    reach=st.integers(50, 1200),
)
def test_what_is_heard_otherwise_has_another_name(coding, change, part, start, reach):
    one = piece(1, start, 2 * reach, fade_in=reach // 2, fade_out=reach // 2)
    before, after = (replace(part, pieces=(*part.pieces, each)) for each in (one, change(one)))
    if sound(before, coding) != sound(after, coding):
        assert name(before, coding) != name(after, coding)


BED_CHANGES = {
    "the start": lambda bed: replace(bed, start=bed.start + 1),
    "the end": lambda bed: replace(bed, end=bed.end - 1),
    "the length": lambda bed: replace(bed, samples=bed.samples - 1),
    "the fade": lambda bed: replace(bed, fade=bed.fade + 9),
    "the first level": lambda bed: replace(bed, levels=((bed.levels[0][0], -40.0), *bed.levels[1:])),
    "the last level": lambda bed: replace(bed, levels=(*bed.levels[:-1], (bed.levels[-1][0], -40.0))),
}


@settings(max_examples=200)
@given(st.sampled_from([PCM, QUICK]), st.sampled_from([*BED_CHANGES.values()]), music())
def test_music_that_is_heard_otherwise_has_another_name(coding, change, before):
    part, other = (moved(whole(beds=[each])) for each in (before, change(before)))
    if sound(part, coding) != sound(other, coding):
        assert name(part, coding) != name(other, coding)


@given(st.integers(2, 50), st.integers(0, 10**6), st.integers(0, 10**6))
def test_music_that_goes_on_as_it_is_may_have_begun_and_may_end_anywhere(repetitions, earlier, later):
    def part(repetitions, earlier, later):
        levels = ((-(10**6) - earlier, -6.0), (-(10**5) - earlier, -20.0), (EPISODE + 10**5 + later, -20.0))
        return moved(
            whole(beds=[bed(-repetitions * 4000 - 700, EPISODE + 8000 + later, 4000, levels=levels)])
        )

    least, more = part(10, 0, 0), part(9 + repetitions, earlier, later)
    assert name(more) == name(least)
    assert sound(more, QUICK) == sound(least, QUICK)


@pytest.mark.parametrize("coding", [PCM, QUICK], ids=str)
def test_how_long_music_has_gone_down_and_how_long_it_will_is_in_the_name(coding):
    slopes = [(-6000, 9000), (-6050, 9000), (2000, EPISODE + 9000), (2000, EPISODE + 9050)]
    parts = [
        moved(whole(beds=[bed(-8000, 3 * EPISODE, 4000, levels=((begin, -6.0), (end, -20.0)))]))
        for begin, end in slopes
    ]
    assert len({sound(part, coding) for part in parts}) == len(parts)
    assert len({name(part, coding) for part in parts}) == len(parts)


def test_a_part_that_ends_the_episode_or_begins_it_or_is_limited_otherwise_has_another_name():
    part = moved(whole([piece()]))
    others = [
        replace(part, is_last=True),
        replace(part, position=0),
        replace(part, samples=EPISODE + FRAME),
        replace(part, ceiling=0.5),
        replace(part, ceiling=0.4),
    ]
    assert len({name(each) for each in (part, *others)}) == 6


@pytest.mark.parametrize("coding", [AAC, OPUS], ids=str)
def test_a_part_that_begins_elsewhere_in_a_frame_has_another_name(coding):
    assert name(moved(whole(), MIDDLE), coding) != name(moved(whole(), MIDDLE + FRAME), coding)


def test_another_coding_or_another_encoder_has_another_name():
    part = moved(whole([piece()]))
    codings = [*CODINGS, Coding("mp3", 24_000, 128), Coding("mp3", 48_000, 96)]
    assert len({name(part, coding) for coding in codings}) == len(codings)
    assert name(part, QUICK, "ffmpeg 2") != name(part, QUICK, "ffmpeg 1")
    assert maker_of("ffmpeg 2") != maker_of("ffmpeg 1")


def test_pcm_is_the_same_whatever_would_encode_it():
    part = moved(whole([piece()]))
    assert name(part, PCM, "ffmpeg 2") == name(part, PCM, "ffmpeg 1")


def shortened(each, first, last):
    """The same piece, where its fades let it, without what it is before sample `first` and from `last` on."""
    start, end = each.start, each.start + each.samples
    if start + each.fade_in <= first < end:
        passed = first - start
        kept = {"first": each.first + passed, "offset": each.offset + 2 * passed, "fade_in": 0}
        each = replace(each, start=first, samples=each.samples - passed, **kept)
    if start < last <= end - each.fade_out:
        each = replace(each, samples=last - each.start, fade_out=0)
    return each


@given(PARTS, st.sampled_from(CODINGS))
def test_a_piece_may_be_shorter_where_nothing_of_it_is_heard(part, coding):
    small = cut(replace(part, position=0), 4 * FRAME, 12 * FRAME)
    around = window(coding, small)
    first, last = -max(around.lead, CONTEXT), small.samples + max(around.tail, CONTEXT)
    other = replace(small, pieces=tuple(shortened(each, first, last) for each in small.pieces))
    assert name(other, coding) == name(small, coding)
    assert sound(other, coding) == sound(small, coding)


def test_what_the_limiter_hears_beside_a_part_is_in_its_name():
    part = moved(whole([piece(0, EPISODE - 900, 900)], ceiling=0.25))
    louder = replace(part, pieces=(*part.pieces, piece(1, EPISODE + 5, 500, gain_db=12.0)))
    assert sound(louder, PCM) != sound(part, PCM)
    assert name(louder, PCM) != name(part, PCM)
