"""Cues start and end where their lines are heard, and hold no more than can be read at once."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioned import RATE, in_turn, placed, plan_of, planned, request
from dropcast.jobs.plan import PlannedLine
from dropcast.jobs.recording import Recording
from dropcast.publishing.captions import Cue, clock, cues, names_of
from dropcast.publishing.line_breaking import break_lines
from dropcast.sound.timeline import PlacedClip, PlacedLine, Timeline

LONG = (
    "What nobody in the room had expected that day, and least of all the chairman, was a straight answer. "
    "They got one! It came from the youngest of them, who had not said a word in all the years before. "
) * 5


def shown(plan, timeline, columns=65, **options):
    return list(cues(plan, timeline, columns, **options))


def in_pieces(caption, *contents):
    """A line that was too long for one call, and its clips of a second each, half a second apart."""
    line = PlannedLine(0, "A", caption, 0, tuple(request(content) for content in contents))
    clips = tuple(PlacedClip(at, at * RATE * 3 // 2, RATE) for at in range(len(contents)))
    return plan_of(line), Timeline(RATE, clips[-1].end, (PlacedLine(0, clips),))


def test_a_line_is_a_cue_with_its_time_and_its_speaker():
    plan = planned(("A", "Welcome back."), ("B", "So?"), A="Claire")
    assert shown(plan, placed((0, 36_000), (42_000, 66_012))) == [
        Cue(0, 36_000, "Claire", "Welcome back."),
        Cue(42_000, 66_012, "B", "So?"),
    ]


@given(st.text("ab ,.日、。", min_size=1, max_size=400), st.integers(0, 10**10), st.integers(1, 10**7))
def test_the_cues_of_a_line_fill_its_time(text, start, samples):
    found = shown(planned(("A", text + "!")), placed((start, start + samples)), 32)
    assert found[0].start == start
    assert found[-1].end == start + samples
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(cue.start <= cue.end for cue in found)


def test_a_long_line_is_cut_into_cues_of_two_lines():
    found = shown(planned(("A", LONG)), placed((0, 60 * RATE)))
    assert all(len(break_lines(cue.text, 65)) <= 2 for cue in found)
    assert " ".join(cue.text for cue in found) == LONG.strip()
    assert len(found) == 10


def test_time_is_shared_out_by_the_length_of_the_text():
    first, second = shown(planned(("A", f"{'a' * 29}. {'b' * 59}.")), placed((100, 100 + 9000)), 32)
    assert (first.start, first.end, second.end) == (100, 100 + 3000, 100 + 9000)


def test_wide_characters_take_the_time_of_two():
    first, _ = shown(planned(("A", "漢" * 29 + "。" + "a" * 59 + ".")), placed((0, 2000)), 32)
    assert first.end == 1000


def test_a_line_in_pieces_is_timed_piece_by_piece():
    plan, timeline = in_pieces("One thing.  Another\nthing.", "One thing. ", "Another thing.")
    assert shown(plan, timeline) == [
        Cue(0, RATE, "A", "One thing."),
        Cue(RATE * 3 // 2, RATE * 5 // 2, "A", "Another thing."),
    ]


@pytest.mark.parametrize(
    ("caption", "last"),
    [("One (1) thing. Another.", "Another."), ("Something.", "Another."), ("One thing.", "")],
)
def test_a_line_whose_pieces_do_not_say_its_caption_is_timed_as_a_whole(caption, last):
    plan, timeline = in_pieces(caption, "One thing.", last)
    assert shown(plan, timeline) == [Cue(0, RATE * 5 // 2, "A", caption)]


def test_a_recording_is_shown_as_its_caption():
    plan = plan_of(PlannedLine(0, "A", "(a door slams)", 0, (Recording("door.wav", RATE),)))
    assert shown(plan, placed((0, RATE))) == [Cue(0, RATE, "A", "(a door slams)")]


@pytest.mark.parametrize("caption", ["", " \n "])
def test_a_line_without_a_caption_has_no_cue(caption):
    plan = planned(("A", "one"), ("A", caption), ("A", "three"))
    assert [cue.text for cue in shown(plan, in_turn(plan))] == ["one", "three"]


def test_a_line_that_is_not_heard_has_no_cue():
    heard = Timeline(RATE, RATE, (PlacedLine(1, (PlacedClip(1, 0, RATE),)),))
    assert [cue.text for cue in shown(planned(("A", "one"), ("A", "two")), heard)] == ["two"]


def test_cues_of_lines_that_overlap_come_by_their_starts():
    plan = planned(("A", LONG), ("B", "Mm-hm."), ("A", "Indeed."))
    found = shown(plan, placed((0, 60 * RATE), (31 * RATE, 32 * RATE), (32 * RATE, 33 * RATE)))
    starts = [cue.start for cue in found]
    assert starts == sorted(starts)
    assert found[0].text in LONG
    assert 0 < [cue.speaker for cue in found].index("B") < len(found) - 2
    assert len(found) == 12


def test_lines_that_start_together_keep_their_order():
    plan = planned(("A", "one"), ("B", "two"), ("C", "three"))
    together = placed((0, RATE), (0, RATE // 2), (0, RATE // 4))
    assert [cue.speaker for cue in shown(plan, together)] == ["A", "B", "C"]


def test_a_cue_that_begins_a_turn_leaves_room_for_the_name():
    said = "one two three four five six seven eight nine ten eleven"
    plan = planned(("A", said), ("A", said), ("B", said), A="Claire Fontaine", B="Thomas Fontaine")
    assert len(shown(plan, in_turn(plan), 32)) == 3
    texts = [cue.text for cue in shown(plan, in_turn(plan), 32, named=True)]
    assert texts[2] == said
    assert len(texts) == 5


def test_only_the_first_piece_of_a_line_leaves_room_for_the_name():
    said = "one two three four five six seven eight nine ten eleven"
    plan, timeline = in_pieces(f"{said} {said}", said, said)
    named = plan_of(*plan.lines, A="Claire Fontaine")
    assert [cue.text == said for cue in shown(named, timeline, 32, named=True)] == [False, False, True]


def test_whoever_has_no_name_is_the_narrator():
    assert names_of(planned(("A", "a"), ("", "b"), ("C", "c"), A=" Claire\nFontaine ", C="\t")) == {
        "A": "Claire Fontaine",
        "": "Narrator",
        "C": "Narrator",
    }


@given(st.integers(0, RATE * 3600 * 120), st.integers(1, RATE * 60), st.sampled_from([16_000, RATE, 44_100]))
def test_times_are_those_of_the_samples_to_a_millisecond(start, samples, rate):
    begin, end = map(milliseconds, clock(Cue(start, start + samples, "", ""), rate, "."))
    assert abs(begin - start * 1000 / rate) <= 0.5
    assert abs(end - (start + samples) * 1000 / rate) <= (0.5 if samples * 1000 >= rate else 1.5)
    assert begin < end


def test_cues_that_touch_have_times_that_touch():
    assert clock(Cue(0, 1237, "", ""), RATE, ".")[1] == clock(Cue(1237, 9999, "", ""), RATE, ".")[0]


@pytest.mark.parametrize(
    ("hours", "time"), [(9, "09:00:00,000"), (99, "99:00:00,000"), (100, "100:00:00,000")]
)
def test_an_episode_may_last_for_days(hours, time):
    assert clock(Cue(hours * 3600 * RATE, hours * 3600 * RATE + 1, "", ""), RATE, ",")[0] == time


def test_times_have_minutes_and_seconds():
    assert clock(Cue(3_723_045 * 24, 0, "", ""), RATE, ".")[0] == "01:02:03.045"


def test_cues_come_before_all_lines_are_looked_at():
    plan = planned(*[("A", "Hi.")] * 3)
    found = cues(plan, in_turn(plan), 65)
    next(found)
    assert len(list(found)) == 2


def milliseconds(time):
    hours, minutes, seconds = time.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)
