"""Captions are SubRip as podcast players want it: short lines, and a name where the speaker changes."""

import re

from hypothesis import given
from hypothesis import strategies as st

from captioned import HOSTILE, RATE, in_turn, placed, planned, written
from dropcast.publishing.line_breaking import columns_of
from dropcast.publishing.srt import srt

texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
TIME = r"\d{2,}:[0-5]\d:[0-5]\d,\d{3}"
CUE = re.compile(rf"(\d+)\n({TIME} --> {TIME})\n((?:.+\n)+)")


def read(captions):
    """Read captions as a player does, into (number, times, lines)."""
    for block in captions.split("\n\n")[:-1]:
        number, times, text = CUE.fullmatch(block + "\n").groups()
        yield int(number), times, text.removesuffix("\n").split("\n")


def shown(plan, timeline):
    return [lines for _, _, lines in read(written(srt(plan, timeline)))]


def test_cues_are_numbered_and_say_who_speaks_where_that_changes():
    plan = planned(("A", "Welcome back."), ("A", "How are you?"), ("B", "Fine."), A="Claire", B="Thomas")
    assert written(srt(plan, placed((0, 36_000), (42_000, 66_012), (RATE * 3600, RATE * 3601)))) == (
        "1\n00:00:00,000 --> 00:00:01,500\nClaire: Welcome back.\n\n"
        "2\n00:00:01,750 --> 00:00:02,751\nHow are you?\n\n"
        "3\n01:00:00,000 --> 01:00:01,000\nThomas: Fine.\n\n"
    )


@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from(["A", "Claire", "Dr. Claire van der Berg"]))
def test_whatever_people_write_is_lines_that_fit(captions, name):
    plan = planned(*(("A", caption) for caption in captions), A=name)
    found = list(read(written(srt(plan, in_turn(plan)))))
    assert [number for number, *_ in found] == list(range(1, len(found) + 1))
    assert all(len(lines) <= 2 for *_, lines in found)
    assert all(columns_of(line) <= 32 for *_, lines in found for line in lines)
    assert sum(" ".join(lines).startswith(f"{name}:") for *_, lines in found[:1]) == (1 if found else 0)


def test_an_arrow_in_the_text_is_not_read_as_times():
    plan = planned(("A", "Then 00:00 --> 00:01."))
    assert shown(plan, in_turn(plan)) == [["A: Then 00:00 → 00:01."]]


def test_whoever_goes_on_after_somebody_fell_in_is_named_again():
    plan = planned(("A", "I say what I have to say, and it is much. " * 3), ("B", "Mm-hm."), ("B", "Indeed."))
    found = shown(plan, placed((0, 60 * RATE), (30 * RATE, 31 * RATE), (61 * RATE, 62 * RATE)))
    named = [lines[0].split(":")[0] if ":" in lines[0] else None for lines in found]
    assert [name for name in named if name] == ["A", "B", "A", "B"]


def test_a_name_longer_than_a_line_takes_no_words_away():
    name = "Her Royal Highness the Princess of Somewhere and Elsewhere in the Hills"
    plan = planned(("A", "Yes, of course. I said it twice."), A=name)
    found = shown(plan, in_turn(plan))
    assert all(columns_of(line) <= 32 for lines in found for line in lines)
    assert " ".join(" ".join(lines) for lines in found) == f"{name}: Yes, of course. I said it twice."


def test_captions_are_written_cue_by_cue():
    plan = planned(*[("A", "Hi.")] * 3)
    assert len(list(srt(plan, in_turn(plan)))) == 3
