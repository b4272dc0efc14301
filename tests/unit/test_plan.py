"""A plan is read back as it was written, also by a release that is older or newer than the writer."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import (
    NO_LINE,
    CastSpeaker,
    Head,
    Plan,
    PlannedExtra,
    PlannedLine,
    decode_head,
    decode_plan,
    encode_plan,
)
from dropcast.jobs.recording import Recording
from dropcast.scripts.conversation import Chapter, Extra, Output, Pacing, Pauses, Sounding
from dropcast.scripts.loudness import Target
from dropcast.scripts.problems import Problem
from dropcast.scripts.pronunciations import Pronunciation
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
    pronunciations=st.sampled_from([(), (Pronunciation("GIF", "ipa", "dʒɪf"),)]),
)
recordings = st.builds(Recording, texts, st.sampled_from([24_000, 48_000]))
milliseconds = st.integers(0, 10_000)
pacings = st.builds(Pacing, st.none() | milliseconds, st.none() | milliseconds, milliseconds, milliseconds)
chapters = st.builds(Chapter, texts, st.none() | texts, st.none() | texts, st.booleans())
decibels = st.floats(-60, 20)
soundings = st.builds(
    Sounding,
    st.builds(Pauses, milliseconds, milliseconds, milliseconds, milliseconds),
    st.booleans(),
    st.integers(1, 50),
    st.none() | st.builds(Target, decibels, decibels),
    st.booleans(),
)
extras = st.builds(
    PlannedExtra,
    st.builds(
        Extra,
        st.sampled_from(["intro", "outro", "music"]),
        texts,
        decibels,
        decibels,
        st.booleans(),
        milliseconds,
        milliseconds,
    ),
    st.integers(0, 10_000),
    recordings,
)
outputs = st.builds(
    Output,
    st.sampled_from(["mp3", "m4b", "opus", "flac", "vtt", "chapters.json"]),
    st.none() | st.sampled_from([32, 96]),
    st.none() | st.sampled_from([24_000, 48_000]),
)
lines = st.builds(
    PlannedLine,
    entry=st.integers(0, 10_000),
    speaker=texts,
    caption=texts,
    first_utterance=st.integers(0, 10_000),
    requests=st.lists(requests | recordings, min_size=1, max_size=3).map(tuple),
    pacing=st.just(Pacing()) | pacings,
    chapter=st.none() | chapters,
)
heads = st.builds(
    Head,
    upload=st.builds(Upload, texts, texts, st.integers(0, 2**63)),
    script_sha256=texts,
    title=texts,
    language_code=texts,
    on_error=st.sampled_from(["fail", "skip"]),
    sounding=soundings,
    sample_rate_hertz=st.just(24_000),
    outputs=st.lists(outputs, max_size=3).map(tuple),
    speakers=st.lists(st.builds(CastSpeaker, texts, texts, texts), max_size=2).map(tuple),
    lines_pointer=st.sampled_from(["", "/lines"]),
    skipped=st.lists(st.integers(0, 99), max_size=3).map(tuple),
    warnings=st.lists(st.builds(Problem, texts, texts, st.none() | texts), max_size=2).map(tuple),
    utterances=st.integers(0, 10_000),
    extras=st.lists(extras, max_size=2).map(tuple),
    rest_ms=milliseconds,
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
        sounding=Sounding(),
        sample_rate_hertz=24_000,
        outputs=(Output("mp3", 96, 24_000), Output("vtt")),
        speakers=(CastSpeaker("A", "Claire", REQUEST.voice),),
        lines_pointer="",
        skipped=(),
        warnings=(Problem("/0", "odd"),),
        utterances=5,
        extras=(PlannedExtra(Extra("intro", "theme.wav"), 4, Recording("theme.wav", 24_000)),),
        rest_ms=300,
    ),
    (
        PlannedLine(0, "A", "Hi.", 0, (REQUEST,), Pacing(before_ms=0, overlap_ms=20), Chapter("One")),
        PlannedLine(2, "A", "Hi.", 1, (REQUEST, REQUEST)),
        PlannedLine(3, "A", "", 3, (Recording("door.wav", 24_000),)),
    ),
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
    assert [(u.index, u.line) for u in every] == [(0, 0), (1, 2), (2, 2), (3, 3), (4, NO_LINE)]
    assert {(u.job, u.total) for u in every} == {(PLAN.head.upload.job, 5)}
    assert [every[line.utterances] for line in PLAN.lines] == [every[:1], every[1:3], every[3:4]]


def test_an_extra_is_an_utterance_behind_those_of_the_lines():
    (extra,) = PLAN.head.extras
    assert list(PLAN.utterances())[extra.utterance].request == extra.recording


def test_an_episode_that_keeps_its_levels_is_read_back_so():
    quiet = replace(PLAN, head=replace(PLAN.head, sounding=Sounding(loudness=None)))
    assert decode_head(b"".join(encode_plan(quiet))).sounding.loudness is None
    assert decode_head(b"".join(encode_plan(PLAN))).sounding.loudness == Target(-16.0, -1.0)


@settings(deadline=None)
@given(plans)
def test_the_head_is_read_without_the_lines(plan):
    first = next(encode_plan(plan))
    assert decode_head(first + b"no line of a plan") == plan.head


def test_the_day_of_the_upload_is_read_back():
    dated = replace(PLAN.head, upload=replace(PLAN.head.upload, created="2026-11-20"))
    assert decode_head(next(encode_plan(replace(PLAN, head=dated)))).upload.created == "2026-11-20"


def test_a_line_as_usual_says_nothing_of_its_pacing_or_chapter():
    _, with_both, without, _ = rows(PLAN)
    assert {"pacing", "chapter"} <= set(with_both)
    assert not {"pacing", "chapter"} & set(without)


def test_what_a_newer_release_adds_to_a_line_is_left_aside():
    head, *lines = rows(PLAN)
    for line in lines:
        line["newer"] = line["requests"][0]["newer"] = {"x": 1}
    lines[0]["pacing"]["newer"] = lines[0]["chapter"]["newer"] = 1
    assert decoded([head, *lines]) == PLAN


PLACES = {
    "head": lambda head: head,
    "upload": lambda head: head["upload"],
    "sounding": lambda head: head["sounding"],
    "pauses": lambda head: head["sounding"]["pauses"],
    "loudness": lambda head: head["sounding"]["loudness"],
    "outputs": lambda head: head["outputs"][0],
    "speakers": lambda head: head["speakers"][0],
    "warnings": lambda head: head["warnings"][0],
    "extras": lambda head: head["extras"][0]["extra"],
    "recording": lambda head: head["extras"][0]["recording"],
}


@pytest.mark.parametrize("part", PLACES)
def test_what_a_newer_release_adds_to_a_head_is_left_aside(part):
    head, *lines = rows(PLAN)
    PLACES[part](head)["newer"] = 1
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
