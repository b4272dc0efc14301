"""The episode is exactly what the timeline says, however storage cuts its answer; a mismatch is loud."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.outcome import Rejection, Spoken
from dropcast.sound.assembly import STEP, episode_pcm
from dropcast.sound.timeline import PlacedClip, PlacedLine, Timeline
from dropcast.sound.wav import BrokenClip, Clip, encode_wav

SAMPLES = (3, 5, 1, 4)  # of four spoken utterances; a rejection stands between the second and the third
PAUSE = 2


def clip(index, samples):
    return Clip(bytes([index + 1, 0]) * samples, 24_000)


CLIPS = [clip(index, samples) for index, samples in enumerate(SAMPLES)]
SPOKEN = [
    Spoken(at + at // 2, f"clips/{at}.wav", samples, cached=False) for at, samples in enumerate(SAMPLES)
]
OUTCOMES = [*SPOKEN[:2], Rejection(2, "no"), *SPOKEN[2:]]
STORED = b"".join(map(encode_wav, CLIPS))


def timeline(*outcomes):
    """One line for each outcome, a pause apart."""
    lines, now = [], 0
    for outcome in outcomes:
        start = now + PAUSE * bool(lines)
        lines.append(PlacedLine(outcome.utterance, (PlacedClip(outcome.utterance, start, outcome.samples),)))
        now = start + outcome.samples
    return Timeline(24_000, tuple(lines), now)


WHOLE = timeline(*SPOKEN)
EXPECTED = bytes(2 * PAUSE).join(each.pcm for each in CLIPS)


def pcm(timeline=WHOLE, outcomes=OUTCOMES, sounds=(STORED,)):
    return b"".join(episode_pcm(timeline, outcomes, sounds))


@given(st.lists(st.integers(0, len(STORED))))
def test_storage_may_cut_its_answer_anywhere_or_answer_with_nothing_for_once(cuts):
    chunks = [STORED[start:end] for start, end in pairwise([0, *sorted(cuts), len(STORED)])]
    assert pcm(sounds=chunks) == EXPECTED


def test_the_episode_is_as_long_as_its_timeline():
    assert len(pcm()) == 2 * WHOLE.samples


def test_a_clip_that_the_timeline_leaves_out_is_passed_over():
    kept = [SPOKEN[0], *SPOKEN[2:]]
    heard = [CLIPS[0], *CLIPS[2:]]
    assert pcm(timeline(*kept)) == bytes(2 * PAUSE).join(each.pcm for each in heard)


def test_a_long_pause_is_written_in_small_pieces():
    far = Timeline(24_000, (PlacedLine(0, (PlacedClip(0, 10 * STEP, 3),)),), 10 * STEP + 3)
    pieces = list(episode_pcm(far, SPOKEN[:1], [encode_wav(CLIPS[0])]))
    assert max(map(len, pieces)) <= STEP
    assert b"".join(pieces) == bytes(20 * STEP) + CLIPS[0].pcm


@pytest.mark.parametrize("missing", [1, 2, 10, len(STORED)])
def test_too_little_sound_is_loud(missing):
    with pytest.raises(BrokenClip, match="too early"):
        pcm(sounds=[STORED[: len(STORED) - missing]])


@pytest.mark.parametrize("more", [[STORED, b"x"], [STORED + b"x"], [STORED, b"", b"x"]])
def test_too_much_sound_is_loud(more):
    with pytest.raises(BrokenClip, match="more sound"):
        pcm(sounds=more)


@pytest.mark.parametrize("at", range(len(CLIPS)))
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_clip_of_another_length_than_was_measured_is_loud(at, difference):
    others = list(CLIPS)
    others[at] = clip(at, SAMPLES[at] + difference)
    with pytest.raises(BrokenClip, match=rf"clips/{at}\.wav is not the clip of {SAMPLES[at]} samples"):
        pcm(sounds=map(encode_wav, others))


def test_a_clip_that_is_missing_among_the_others_is_loud():
    with pytest.raises(BrokenClip):
        pcm(sounds=map(encode_wav, [CLIPS[0], *CLIPS[2:]]))


def test_what_is_no_clip_at_all_is_loud():
    with pytest.raises(BrokenClip, match="clips/0"):
        pcm(sounds=[b"x" * len(STORED)])
