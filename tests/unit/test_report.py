"""The report says how a job ended: every line's state, what it cost, and what must be published."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.measures import Measures
from dropcast.jobs.outcome import Rejection, Spoken
from dropcast.jobs.planning import Defaults, plan_conversation
from dropcast.jobs.report import (
    Ending,
    Length,
    LineState,
    OutputFile,
    complete_report,
    decode_ending,
    job_report,
    refused_report,
)
from dropcast.scripts.problems import Problem
from dropcast.scripts.reading import read_conversation
from dropcast.voices.prices import cost_usd

UPLOAD = Upload("uploads", "shows/story.json", 7)
OUTPUTS = (OutputFile("mp3", "results/j/episode.mp3", "shows/story.mp3"),)
ENTRIES = [
    {"speaker": "A", "line": "Hello there."},
    {"speaker": "A", "line": ""},
    {"speaker": "B", "line": "Hi. 👋", "voice": "en-US-Neural2-C"},
    {"speaker": "A", "line": "Good."},
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["a\nb", '"]}\n', "\u2028"]
)


def planned(entries=ENTRIES, **settings):
    script = json.dumps({"lines": entries, **settings}).encode()
    return plan_conversation(UPLOAD, read_conversation(script), "ab12", Defaults())


MEASURES = Measures(24_000, 0, 24_000, 0.5, 0.5, b"")


def spoken(*cached, of=3):
    return [Spoken(at, "x", MEASURES, cached=at in cached) for at in range(of)]


def state(entry=0, **changes):
    about = {"speaker": "A", "voice": "v", "state": "spoken", "start_time": 0.0, "end_time": 1.0}
    return LineState(entry, **about | {"characters": 3, "cached": False, "reason": None} | changes)


def report(outcomes=None, lines=(), length=Length(72_500, 24_000), outputs=OUTPUTS, levels=None, **settings):
    return b"".join(job_report(planned(**settings), outcomes or spoken(), lines, length, outputs, levels))


def test_a_report_of_a_job_that_succeeded_says_what_it_was_and_how_long_it_is():
    told = json.loads(report(title="Stories", onError="skip"))
    assert (told["status"], told["job"], told["errors"]) == ("succeeded", UPLOAD.job, [])
    assert told["script"] == {
        "bucket": "uploads",
        "name": "shows/story.json",
        "generation": 7,
        "sha256": "ab12",
    }
    assert (told["title"], told["languageCode"], told["onError"]) == ("Stories", "en-US", "skip")
    assert (told["samples"], told["sampleRateHertz"], told["durationSeconds"]) == (72_500, 24_000, 3.020833)
    assert told["skipped"] == [1]
    assert [speaker["key"] for speaker in told["speakers"]] == ["A", "B"]


def test_a_report_says_when_its_script_was_uploaded_where_that_is_known():
    dated = Upload("uploads", "shows/story.json", 7, created="2026-11-20")
    told = b"".join(refused_report(dated, None, []))
    assert json.loads(told)["script"]["created"] == "2026-11-20"
    assert decode_ending(told).upload.created == "2026-11-20"


def test_a_report_without_an_episode_says_failed_and_has_no_length():
    told = json.loads(report(length=None, outputs=()))
    assert (told["status"], told["outputs"]) == ("failed", [])
    assert not {"samples", "sampleRateHertz", "durationSeconds"} & set(told)


def test_a_rejection_is_an_error_with_its_place_in_the_script_and_its_text():
    outcomes = spoken()
    outcomes[1] = Rejection(1, "too loud")
    (error,) = json.loads(report(outcomes))["errors"]
    assert (error["pointer"], error["message"]) == ("/lines/2", "too loud")
    assert json.loads(error["value"]) == "Hi. 👋"


def test_every_line_is_told_and_what_is_not_known_is_left_out():
    rejected = state(2, state="rejected", start_time=None, end_time=None, reason="no")
    first, second = json.loads(report(lines=[state(0), rejected]))["lines"]
    assert (first["line"], first["startTime"], first["endTime"]) == (0, 0.0, 1.0)
    assert "reason" not in first
    assert (second["state"], second["reason"]) == ("rejected", "no")
    assert not {"startTime", "endTime"} & set(second)


def test_what_was_spoken_is_billed_by_family_and_what_was_refused_or_cached_is_not():
    outcomes = [Spoken(0, "x", MEASURES, cached=True), *spoken()[1:]]
    outcomes[2] = Rejection(2, "no")
    billing = json.loads(report(outcomes))["billing"]
    assert billing["characters"] == {"Neural2": len("Hi.")}
    assert billing["cachedCharacters"] == len("Hello there.")
    assert billing["estimatedUsd"] == pytest.approx(cost_usd({"Neural2": 3}), abs=1e-6)


def test_everything_spoken_is_billed():
    billing = json.loads(report())["billing"]
    assert billing["characters"] == {"Chirp3-HD": len("Hello there.Good."), "Neural2": 3}
    assert json.loads(report(spoken(0, 1, 2)))["billing"]["estimatedUsd"] == 0


def test_a_refused_script_has_a_report_with_everything_that_is_wrong_with_it():
    problems = [Problem("/0/line", "empty", '""'), Problem("", "odd")]
    told = json.loads(b"".join(refused_report(UPLOAD, "ab12", problems)))
    assert (told["status"], told["job"], told["script"]["sha256"]) == ("failed", UPLOAD.job, "ab12")
    assert told["errors"][0] == {"pointer": "/0/line", "message": "empty", "value": '""'}
    assert (len(told["errors"]), told["lines"], told["outputs"]) == (2, [], [])


@settings(deadline=None)
@given(texts, st.lists(texts, max_size=3))
def test_the_ending_is_read_from_the_first_line_whatever_people_write(text, captions):
    upload = Upload("uploads", f"{text}.json", 7)
    refused = b"".join(refused_report(upload, None, [Problem(text, caption, text) for caption in captions]))
    assert decode_ending(refused) == Ending(upload, ())
    assert decode_ending(refused.partition(b"\n")[0] + b"\n") == Ending(upload, ())
    assert [error["message"] for error in json.loads(refused)["errors"]] == captions


def test_the_ending_of_a_job_names_its_outputs():
    assert decode_ending(report(lines=[state(0), state(1)])) == Ending(UPLOAD, OUTPUTS)


def test_what_was_made_of_a_line_is_told_where_it_is_known():
    known, unknown = json.loads(report(lines=[state(clips=("a", "b"), gain_db=0.0, lufs=-19.0), state()]))[
        "lines"
    ]
    assert (known["clips"], known["gainDb"], known["lufs"]) == (["a", "b"], 0.0, -19.0)
    assert not {"clips", "gainDb", "lufs"} & set(unknown)


def test_a_recording_has_no_voice():
    insert, line = json.loads(report(lines=[state(voice="", characters=0), state()]))["lines"]
    assert ("voice" in insert, insert["characters"], line["voice"]) == (False, 0, "v")


WITH_RECORDINGS = {
    "entries": [ENTRIES[0], {"speaker": "B", "audio": "door.wav"}],
    "audio": {"intro": {"audio": "theme.wav"}},
}


def test_recordings_are_not_billed():
    for outcomes in (spoken(of=3), spoken(1, 2, of=3)):
        billing = json.loads(report(outcomes, **WITH_RECORDINGS))["billing"]
        assert (billing["characters"], billing["cachedCharacters"]) == ({"Chirp3-HD": 12}, 0)


def test_a_recording_that_is_none_is_an_error_where_the_script_names_it():
    outcomes = [*spoken(of=1), Rejection(1, "no sound"), Rejection(2, "too long")]
    errors = json.loads(report(outcomes, **WITH_RECORDINGS))["errors"]
    assert [(error["pointer"], error["message"], json.loads(error["value"])) for error in errors] == [
        ("/lines/1", "no sound", "door.wav"),
        ("/audio/intro", "too long", "theme.wav"),
    ]


def test_levels_are_told_and_silence_has_none():
    levels = {"lufs": -19.0, "truePeak": -math.inf, "speakers": ({"gainDb": math.nan},)}
    told = json.loads(report(levels=levels), parse_constant=pytest.fail)["loudness"]
    assert told == {"lufs": -19.0, "truePeak": None, "speakers": [{"gainDb": None}]}
    assert "loudness" not in json.loads(report())


def parts_of(data, size):
    return (data[at : at + size] for at in range(0, len(data), size))


@settings(deadline=None)
@given(st.lists(st.builds(state, speaker=texts), max_size=3), texts, st.integers(1, 400))
def test_a_draft_is_completed_to_what_would_have_been_written_at_once(lines, title, size):
    draft = report(lines=lines, outputs=(), title=title)
    whole = report(lines=lines, levels={"lufs": -19.0}, title=title)
    completed = b"".join(complete_report(parts_of(draft, size), OUTPUTS, {"loudness": {"lufs": -19.0}}))
    assert json.loads(completed) == json.loads(whole)
    assert completed.split(b"\n")[1:] == draft.split(b"\n")[1:]
    assert decode_ending(completed) == decode_ending(whole)
    assert completed == b"".join(complete_report(draft, OUTPUTS, {"loudness": {"lufs": -19.0}}))


def test_the_lines_of_a_draft_are_not_read_before_they_are_wanted():
    def endless():
        yield report(outputs=(), lines=[state()])
        while True:
            yield b"more"

    completed = complete_report(endless(), OUTPUTS, {})
    assert json.loads(next(completed) + b"]}")["outputs"][0]["name"] == "shows/story.mp3"
    assert [next(completed) for _ in range(3)][1:] == [b"more"] * 2


@pytest.mark.parametrize(
    "draft", [b"", b"\n", b"{}\n", b"[", b'{"lines":[\n', report().partition(b"\n")[0]], ids=range(6)
)
def test_what_is_no_report_cannot_be_completed(draft):
    with pytest.raises(ValueError, match=r"not a report|Expecting|Extra data"):
        b"".join(complete_report(draft, OUTPUTS, {}))


@settings(deadline=None)
@given(st.lists(st.builds(state, st.integers(0, 9999), speaker=texts, reason=st.none() | texts), max_size=4))
def test_a_report_is_json_with_one_line_of_text_for_each_line_of_the_script(lines):
    written = report(lines=lines)
    assert [line["speaker"] for line in json.loads(written)["lines"]] == [line.speaker for line in lines]
    assert len(written.split(b"\n")) == len(lines) + 3


def test_a_report_is_written_line_by_line():
    plan, endless = planned(), iter(state(at) for at in range(10**9))
    chunks = job_report(plan, spoken(), endless, None, ())
    assert [next(chunks) for _ in range(5)]


@pytest.mark.parametrize("place", ["head", "script", "outputs"])
def test_what_a_newer_release_adds_to_a_report_does_not_keep_it_from_being_published(place):
    told = {"newer": 1} if place == "head" else {}
    told |= json.loads(report().partition(b"\n")[0] + b"]}")
    told["script"] |= {"newer": 1} if place == "script" else {}
    told["outputs"][0] |= {"newer": 1} if place == "outputs" else {}
    newer = json.dumps(told).encode().removesuffix(b"]}") + b"\n]}\n"
    assert decode_ending(newer) == Ending(UPLOAD, OUTPUTS)
