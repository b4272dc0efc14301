"""A plan is read back as it was written, also by a release that is older or newer than the writer."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import CastSpeaker, Head, Mp3Output, Plan, PlannedLine, decode_plan, encode_plan
from dropcast.scripts.problems import Problem
from dropcast.voices.request import speech_request

# What scripts let through: anything but halves of characters. It may hold every kind of line end.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["one\ntwo\r\nthree\rfour", "\u2028\u2029\x85\x0b\x0c\x1c", '"quoted" \\ back', "👩🏽‍🚀"]
)
requests = st.builds(
    speech_request,
    kind=st.sampled_from(["text", "ssml", "markup"]),
    content=texts,
    voice=st.sampled_from(["en-US-Chirp3-HD-Kore", "fr-FR-Neural2-F"]),
    language_code=st.sampled_from(["en-US", "fr-FR"]),
    speaking_rate=st.none() | st.floats(0.25, 2),
    pitch=st.none() | st.floats(-20, 20),
    effects_profile=st.sampled_from([(), ("headphone-class-device",)]),
)
lines = st.builds(
    PlannedLine,
    entry=st.integers(0, 10_000),
    speaker=texts,
    caption=texts,
    first_utterance=st.integers(0, 10_000),
    requests=st.lists(requests, min_size=1, max_size=3).map(tuple),
)
heads = st.builds(
    Head,
    upload=st.builds(Upload, texts, texts, st.integers(0, 2**63)),
    script_sha256=texts,
    title=texts,
    language_code=texts,
    on_error=st.sampled_from(["fail", "skip"]),
    pause_ms=st.integers(0, 5000),
    sample_rate_hertz=st.just(24_000),
    mp3=st.builds(Mp3Output, st.sampled_from([24_000, 48_000]), st.sampled_from([32, 96])),
    speakers=st.lists(st.builds(CastSpeaker, texts, texts, texts), max_size=2).map(tuple),
    lines_pointer=st.sampled_from(["", "/lines"]),
    skipped=st.lists(st.integers(0, 99), max_size=3).map(tuple),
    warnings=st.lists(st.builds(Problem, texts, texts, st.none() | texts), max_size=2).map(tuple),
    utterances=st.integers(0, 10_000),
)
plans = st.builds(Plan, heads, st.lists(lines, max_size=3).map(tuple))

REQUEST = speech_request(kind="text", content="Hi.", voice="en-US-Chirp3-HD-Kore", language_code="en-US")
PLAN = Plan(
    Head(
        upload=Upload("uploads", "story.json", 7),
        script_sha256="ab",
        title="story",
        language_code="en-US",
        on_error="fail",
        pause_ms=250,
        sample_rate_hertz=24_000,
        mp3=Mp3Output(24_000, 96),
        speakers=(CastSpeaker("A", "Claire", REQUEST.voice),),
        lines_pointer="",
        skipped=(),
        warnings=(Problem("/0", "odd"),),
        utterances=3,
    ),
    (PlannedLine(0, "A", "Hi.", 0, (REQUEST,)), PlannedLine(2, "A", "Hi.", 1, (REQUEST, REQUEST))),
)


def rows(plan):
    return [json.loads(row) for row in encode_plan(plan)]


def decoded(rows):
    return decode_plan(b"\n".join(json.dumps(row).encode() for row in rows))


@settings(deadline=None)
@given(plans)
def test_a_plan_is_read_back_from_storage_as_it_was_written(plan):
    assert decode_plan(b"".join(encode_plan(plan))) == plan


def test_a_plan_is_written_line_by_line_so_that_it_need_not_stand_in_memory():
    assert len(list(encode_plan(PLAN))) == 1 + len(PLAN.lines)


def test_utterances_are_numbered_through_and_know_their_line_and_their_job():
    every = list(PLAN.utterances())
    assert [(u.index, u.line) for u in every] == [(0, 0), (1, 2), (2, 2)]
    assert {(u.job, u.total) for u in every} == {(PLAN.head.upload.job, 3)}
    assert [every[line.utterances] for line in PLAN.lines] == [every[:1], every[1:]]


def test_what_a_newer_release_adds_to_a_line_is_left_aside():
    head, *lines = rows(PLAN)
    for line in lines:
        line["newer"] = line["requests"][0]["newer"] = {"x": 1}
    assert decoded([head, *lines]) == PLAN


@pytest.mark.parametrize("part", ["head", "upload", "mp3", "speakers", "warnings"])
def test_what_a_newer_release_adds_to_a_head_is_left_aside(part):
    head, *lines = rows(PLAN)
    place = {"head": head, "upload": head["upload"], "mp3": head["mp3"]}
    place |= {"speakers": head["speakers"][0], "warnings": head["warnings"][0]}
    place[part]["newer"] = 1
    assert decoded([head, *lines]) == PLAN


def test_a_plan_without_lines_is_read_back():
    empty = replace(PLAN, lines=())
    assert decode_plan(b"".join(encode_plan(empty))) == empty


@pytest.mark.parametrize("row", [{}, {"version": "1"}, [], None])
def test_what_is_not_the_head_of_a_plan_is_refused(row):
    with pytest.raises(ValueError, match="not the head of a plan"):
        decoded([row])


def test_what_is_not_a_line_of_a_plan_is_refused():
    with pytest.raises(ValueError, match="not a line of a plan"):
        decoded([rows(PLAN)[0], {"entry": 1}])
