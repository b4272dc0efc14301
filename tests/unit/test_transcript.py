"""The transcript says who said what and when, in the words of the script."""

import json

from captioned import HOSTILE, RATE, in_turn, placed, planned, written
from dropcast.publishing.transcript import transcript_json


def read(plan, timeline):
    return json.loads(written(transcript_json(plan, timeline)))


def test_a_line_is_a_segment():
    plan = planned(("A", "Welcome back."), ("", "So?"), A="Claire")
    assert read(plan, placed((0, 36_000), (42_000, 66_001))) == {
        "version": "1.0.0",
        "segments": [
            {"speaker": "Claire", "startTime": 0.0, "endTime": 1.5, "body": "Welcome back."},
            {"speaker": "Narrator", "startTime": 1.75, "endTime": 2.750042, "body": "So?"},
        ],
    }


def test_a_long_line_is_one_segment():
    plan = planned(("A", "word " * 300))
    assert len(read(plan, in_turn(plan))["segments"]) == 1


def test_words_stand_as_they_were_written():
    plan = planned(*(("A", text) for text in HOSTILE))
    assert [segment["body"] for segment in read(plan, in_turn(plan))["segments"]] == [
        text.strip() for text in HOSTILE
    ]


def test_a_line_without_a_caption_is_no_segment():
    plan = planned(("A", ""), ("A", "two"))
    assert [segment["body"] for segment in read(plan, in_turn(plan))["segments"]] == ["two"]


def test_nothing_said_is_no_segment():
    assert read(planned(), placed()) == {"version": "1.0.0", "segments": []}


def test_lines_that_overlap_keep_their_times():
    plan = planned(("A", "one"), ("B", "two"))
    first, second = read(plan, placed((0, 2 * RATE), (RATE, 3 * RATE)))["segments"]
    assert (first["endTime"], second["startTime"]) == (2.0, 1.0)


def test_a_transcript_is_written_segment_by_segment():
    plan = planned(*[("A", "Hi.")] * 3)
    assert len(list(transcript_json(plan, in_turn(plan)))) == 5
