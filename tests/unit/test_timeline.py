"""The timeline places every clip to the sample: pieces of one line touch, lines are a pause apart."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, Spoken
from dropcast.jobs.plan import Head, Mp3Output, Plan, PlannedLine
from dropcast.sound.timeline import lay_timeline
from dropcast.voices.request import speech_request

REQUEST = speech_request(kind="text", content="Hi.", voice="en-US-Chirp3-HD-Kore", language_code="en-US")


def plan(pieces, pause_ms=250, rate=24_000):
    """A plan whose lines are cut in so many pieces; every second entry of the script is skipped."""
    firsts = [sum(pieces[:at]) for at in range(len(pieces))]
    lines = (
        PlannedLine(2 * at, "A", "Hi.", firsts[at], (REQUEST,) * count) for at, count in enumerate(pieces)
    )
    head = Head(
        upload=Upload("uploads", "story.json", 7),
        script_sha256="",
        title="",
        language_code="en-US",
        on_error="skip",
        pause_ms=pause_ms,
        sample_rate_hertz=rate,
        mp3=Mp3Output(rate, 96),
        speakers=(),
        lines_pointer="",
        skipped=(),
        warnings=(),
        utterances=sum(pieces),
    )
    return Plan(head, tuple(lines))


def spoken(*lengths):
    return [Spoken(at, f"clips/{at}.wav", length, cached=False) for at, length in enumerate(lengths)]


def test_lines_are_a_pause_apart_and_the_pieces_of_a_line_touch():
    laid = lay_timeline(plan([1, 2, 1], pause_ms=100), spoken(1000, 300, 400, 5000))
    starts = [[clip.start for clip in line.clips] for line in laid.lines]
    assert starts == [[0], [3400, 3700], [6500]]
    assert laid.samples == 11_500
    assert [line.entry for line in laid.lines] == [0, 2, 4]


def test_a_line_that_was_not_wholly_spoken_is_left_out_whole_with_its_pause():
    outcomes = spoken(1000, 300, 400, 5000)
    outcomes[2] = Rejection(2, "no")
    laid = lay_timeline(plan([1, 2, 1], pause_ms=100), outcomes)
    assert [(line.entry, line.start, line.end) for line in laid.lines] == [(0, 0, 1000), (4, 3400, 8400)]


def test_an_episode_does_not_begin_with_the_pause_behind_a_line_left_out():
    laid = lay_timeline(plan([1, 1]), [Rejection(0, "no"), *spoken(0, 10)[1:]])
    assert (laid.lines[0].start, laid.samples) == (0, 10)


def test_nothing_spoken_is_an_empty_timeline():
    laid = lay_timeline(plan([1, 1]), [Rejection(0, "no"), Rejection(1, "no")])
    assert (laid.lines, laid.samples) == ((), 0)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_missing_outcome_or_one_too_many_is_loud(count):
    with pytest.raises(ValueError, match=f"{count} outcomes for 2 utterances"):
        lay_timeline(plan([1, 1]), spoken(*[10] * count))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=8), st.integers(0, 3000), st.data())
def test_whatever_was_spoken_is_heard_once_in_order_without_overlap_or_drift(pieces, pause_ms, data):
    total = sum(pieces)
    outcomes = spoken(*data.draw(st.lists(st.integers(1, 10**6), min_size=total, max_size=total)))
    for at in data.draw(st.sets(st.integers(0, total - 1))):
        outcomes[at] = Rejection(at, "no")
    whole = plan(pieces, pause_ms)
    laid = lay_timeline(whole, outcomes)
    heard = [
        line for line in whole.lines if not any(isinstance(o, Rejection) for o in outcomes[line.utterances])
    ]

    assert [line.entry for line in laid.lines] == [line.entry for line in heard]
    clips = [clip for line in laid.lines for clip in line.clips]
    assert [c.utterance for c in clips] == [u for line in heard for u in range(total)[line.utterances]]
    assert [c.samples for c in clips] == [outcomes[c.utterance].samples for c in clips]
    assert {after.start - before.end for before, after in pairwise(laid.lines)} <= {24 * pause_ms}
    for line in laid.lines:
        assert all(after.start == before.start + before.samples for before, after in pairwise(line.clips))
    assert laid.samples == (laid.lines[-1].end if laid.lines else 0)
