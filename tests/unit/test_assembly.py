"""An input's clips are heard one after the other, as long as planned and sample for sample."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from dropcast.jobs.batch.plan import Piece
from dropcast.jobs.measures import Measures
from dropcast.sound.assembly import BLOCK, Assembly, Laid, assemble, assembled_pcm
from dropcast.sound.wav import BrokenClip
from plans import RATE, speech

MS = RATE // 1000  # samples
FADE = 5 * MS


def piece(rest_ms=0, *, start=False, end=False):
    return Piece(speech(), rest_before_ms=rest_ms, trim_start=start, trim_end=end)


def measured(samples, start=0, end=None):
    return Measures(samples, start, samples if end is None else end, 0.1, 0.1, b"")


def reading(*clips, most=997):
    """A function that reads clips of samples, in pieces of a size that fits nothing."""

    def read(clip, first, samples):
        data = clips[clip][first : first + samples].astype("<i2").tobytes()
        yield from (data[at : at + most] for at in range(0, len(data), most))

    return read


def noise(samples, seed=1):
    return np.random.default_rng(seed).integers(-32_768, 32_768, samples)


def heard(assembly, read):
    return np.frombuffer(b"".join(assembled_pcm(assembly, read)), "<i2")


def test_clips_follow_one_another_whole_with_exactly_the_rests_that_are_planned():
    assembly = assemble(
        [piece(250), piece(), piece(1001)], [measured(700), measured(31), measured(9)], 33, RATE
    )
    places = [(laid.clip, laid.first, laid.samples, laid.start) for laid in assembly.laid]
    second = 250 * MS + 700
    assert places == [(0, 0, 700, 250 * MS), (1, 0, 31, second), (2, 0, 9, second + 31 + 1001 * MS)]
    assert assembly.samples == 250 * MS + 700 + 31 + 1001 * MS + 9 + 33 * MS
    assert not any(laid.fade_in or laid.fade_out for laid in assembly.laid)


@pytest.mark.parametrize(
    ("start", "end", "first", "samples", "fades"),
    [
        (False, False, 0, 9000, (0, 0)),
        (True, False, 1000, 8000, (FADE, 0)),
        (False, True, 0, 6000, (0, FADE)),
        (True, True, 1000, 5000, (FADE, FADE)),
    ],
)
def test_only_an_edge_that_is_to_be_trimmed_is_cut_to_the_speech_and_faded(start, end, first, samples, fades):
    (laid,) = assemble([piece(start=start, end=end)], [measured(9000, 1000, 6000)], 0, RATE).laid
    assert laid == Laid(0, first, samples, 0, *fades)


def test_the_fades_of_what_is_very_short_do_not_meet():
    (laid,) = assemble([piece(start=True, end=True)], [measured(900, 100, 151)], 0, RATE).laid
    assert (laid.samples, laid.fade_in, laid.fade_out) == (51, 25, 25)


def test_rests_are_whole_samples_at_any_rate():
    assembly = assemble([piece(1)], [measured(10)], 3, 22_050)
    assert (assembly.laid[0].start, assembly.samples) == (22, 22 + 10 + 66)


def test_a_clip_that_is_missing_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        assemble([piece(), piece()], [measured(10)], 0, RATE)


def test_what_has_no_clip_is_silence():
    assembly = assemble([], [], 6000, RATE)
    assert not heard(assembly, reading()).any()
    assert len(heard(assembly, reading())) == 6000 * MS


def test_nothing_at_all_is_no_sound():
    assert list(assembled_pcm(assemble([], [], 0, RATE), reading())) == []


def test_clips_are_heard_bit_for_bit_between_digital_silence():
    clips = noise(3 * BLOCK + 11), noise(5000, seed=2)
    assembly = assemble([piece(100), piece(50)], [measured(len(clip)) for clip in clips], 20, RATE)
    rest = [np.zeros(ms * MS, int) for ms in (100, 50, 20)]
    meant = np.concatenate([rest[0], clips[0], rest[1], clips[1], rest[2]])
    assert np.array_equal(heard(assembly, reading(*clips)), meant)


def test_a_cut_edge_rises_straight_from_silence_and_nothing_else_is_touched():
    clip = np.full(3 * BLOCK, 20_000)
    assembly = assemble([piece(start=True, end=True)], [measured(len(clip), 1000, len(clip) - 50)], 0, RATE)
    found = heard(assembly, reading(clip))
    rise = np.rint(20_000 * (np.arange(FADE) + 0.5) / FADE)
    assert np.array_equal(found[:FADE], rise)
    assert np.array_equal(found[-FADE:], rise[::-1])
    assert (found[FADE:-FADE] == 20_000).all()


def test_fades_do_not_depend_on_how_the_samples_are_read():
    clip = noise(2 * BLOCK + 40)
    assembly = assemble([piece(start=True, end=True)], [measured(len(clip), 7, len(clip) - 3)], 0, RATE)
    assert np.array_equal(heard(assembly, reading(clip, most=3)), heard(assembly, reading(clip, most=10**9)))


def test_only_the_samples_that_are_heard_are_asked_for():
    asked = []

    def read(*wanted):
        asked.append(wanted)
        yield bytes(2 * wanted[2])

    list(
        assembled_pcm(assemble([piece(start=True), piece()], [measured(90, 10), measured(5)], 0, RATE), read)
    )
    assert asked == [(0, 10, 80), (1, 0, 5)]


@pytest.mark.parametrize("samples", [0, 49, 51])
@pytest.mark.parametrize("trimmed", [False, True])
def test_a_clip_that_is_not_as_long_as_it_was_measured_is_an_error(samples, trimmed):
    assembly = assemble([piece(10, end=trimmed)], [measured(50)], 10, RATE)
    with pytest.raises(BrokenClip, match=r"of 100 bytes|more than 100 bytes"):
        list(assembled_pcm(assembly, lambda *_: [bytes(2 * samples)]))


@pytest.mark.parametrize("trimmed", [False, True])
def test_half_a_sample_is_an_error(trimmed):
    with pytest.raises(BrokenClip, match="99 of 100 bytes"):
        list(assembled_pcm(assemble([piece(end=trimmed)], [measured(50)], 0, RATE), lambda *_: [bytes(99)]))


def test_no_chunk_is_long_and_memory_does_not_grow_with_the_sound():
    minute = 60 * RATE

    def read(_clip, _first, samples):
        yield from (bytes(2 * RATE) for _ in range(samples // RATE))

    def peak(minutes):
        pieces, measures = [piece(60_000)] * minutes, [measured(minute)] * minutes
        assembly = assemble(pieces, measures, 0, RATE)
        tracemalloc.start()
        try:
            sizes = [len(chunk) for chunk in assembled_pcm(assembly, read)]
            assert sum(sizes) == 2 * 2 * minute * minutes
            assert max(sizes) <= 2 * BLOCK
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(30) < 1.5 * peak(3)


def test_no_clip_is_laid_over_another():
    pieces = [piece(rest, start=bool(rest % 2), end=bool(rest % 3)) for rest in range(20)]
    assembly = assemble(pieces, [measured(500, 20, 400)] * 20, 7, RATE)
    assert all(left.end <= right.start for left, right in pairwise(assembly.laid))
    assert isinstance(assembly, Assembly)
