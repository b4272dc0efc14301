"""The timeline places every clip to the sample, by the pauses of conversation or as the script says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.outcome import Rejection
from dropcast.jobs.recording import Recording
from dropcast.scripts.conversation import Chapter, Extra, Pacing, Pauses, Sounding
from dropcast.sound.cuts import FRAME, LONGEST, SHORTEST
from dropcast.sound.laying import lay_timeline
from plans import RATE, line, music, plan, speech, spoken

PAUSES = Pauses(same_speaker_ms=400, turn_ms=250, question_ms=150, chapter_ms=1200)


def ms(milliseconds):
    return milliseconds * RATE // 1000


def starts(lines, *lengths, sounding=None, **settings):
    laid = lay_timeline(plan(lines, sounding=sounding or Sounding(), **settings), spoken(*lengths))
    return [placed.start for placed in laid.lines]


@pytest.mark.parametrize(
    ("first", "second", "pause"),
    [
        (line("A"), line("B"), "turn_ms"),
        (line("A"), line("A"), "same_speaker_ms"),
        (line("A", "Is it?"), line("B"), "question_ms"),
        (line("A", "“Is it?”"), line("B"), "question_ms"),
        (line("A", "本当ですか？"), line("B"), "question_ms"),
        (line("A", "هل أنت متأكد؟"), line("B"), "question_ms"),
        (line("A", "Is it?"), line("A"), "same_speaker_ms"),
        (line("A", "Is it?"), line("B", chapter=Chapter("Two")), "chapter_ms"),
        (line("A"), line("A", chapter=Chapter("Two")), "chapter_ms"),
        (line("A", "What? Yes."), line("B"), "turn_ms"),
    ],
)
def test_the_pause_between_two_lines_follows_from_who_speaks_and_what_was_said(first, second, pause):
    assert starts([first, second], 1000, 1000) == [0, 1000 + ms(getattr(Pauses(), pause))]


def test_a_script_sets_every_pause():
    sounding = Sounding(Pauses(10, 20, 30, 40))
    lines = [line("A"), line("A"), line("B", "So?"), line("A"), line("B", chapter=Chapter("Two"))]
    found = starts(lines, *[1000] * 5, sounding=sounding)
    assert found == [
        0,
        1000 + ms(10),
        2000 + ms(10 + 20),
        3000 + ms(10 + 20 + 30),
        4000 + ms(10 + 20 + 30 + 40),
    ]


def test_a_line_says_how_long_the_pause_before_or_behind_it_is():
    lines = [line("A", pacing=Pacing(after_ms=500)), line("B"), line("A", pacing=Pacing(before_ms=0))]
    assert starts(lines, 1000, 1000, 1000) == [0, 1000 + ms(500), 2000 + ms(500)]


def test_what_two_lines_say_of_the_pause_between_them_adds_up_with_explicit_pauses():
    lines = [line("A", pacing=Pacing(after_ms=100)), line("B", pacing=Pacing(before_ms=20, rest_ms=3000))]
    assert starts(lines, 1000, 1000) == [0, 1000 + ms(3120)]


def test_pauses_at_the_ends_of_a_script_are_silence_at_the_ends_of_the_episode():
    lines = [line("A", pacing=Pacing(rest_ms=1000)), line("B", pacing=Pacing(after_ms=10))]
    laid = lay_timeline(plan(lines, rest_ms=2000), spoken(1000, 1000))
    assert laid.lines[0].start == ms(1000)
    assert laid.samples == laid.lines[-1].end + ms(2010)


def test_an_overlapping_line_starts_before_the_last_one_ends():
    lines = [line("A"), line("B", pacing=Pacing(overlap_ms=100)), line("A")]
    found = starts(lines, 24_000, 1200, 1000)
    assert found == [0, 24_000 - ms(100), 24_000 + ms(250)], "the next line waits for whoever ends last"


def test_who_falls_in_does_not_wait_for_the_pause_behind_the_line_before():
    lines = [line("A", pacing=Pacing(after_ms=800)), line("B", pacing=Pacing(overlap_ms=100)), line("A")]
    assert starts(lines, 24_000, 24_000, 1000)[1] == 24_000 - ms(100)


def test_no_line_starts_before_the_one_it_overlaps():
    assert starts([line("A"), line("B", pacing=Pacing(overlap_ms=9000))], 1000, 500) == [0, 0]


def test_silence_at_the_ends_of_speech_is_left_out_unless_the_script_keeps_it():
    outcomes = spoken(1000, 1000, before=300, behind=700)
    trimmed = lay_timeline(plan([line("A"), line("B")]), outcomes)
    assert [(clip.start, clip.samples, clip.first) for placed in trimmed.lines for clip in placed.clips] == [
        (0, 1000, 300),
        (1000 + ms(250), 1000, 300),
    ]
    whole = lay_timeline(plan([line("A"), line("B")], sounding=Sounding(trim=False)), outcomes)
    assert [(placed.start, placed.end) for placed in whole.lines] == [
        (0, 2000),
        (2000 + ms(250), 4000 + ms(250)),
    ]


@pytest.mark.parametrize(
    "request_",
    [
        Recording("sting.wav", RATE),
        speech("<speak><break time='2s'/>Hi.</speak>", "ssml"),
        speech('<speak>Hi.<break time="2s"/></speak>', "ssml"),
        speech("[pause long] Hi.", "markup"),
        speech("Hi. [pause]", "markup"),
    ],
)
def test_silence_that_somebody_asked_for_is_kept(request_):
    laid = lay_timeline(plan([line(request=request_)]), spoken(10_000, before=3000, behind=7000))
    assert laid.samples == 20_000


def test_a_break_inside_a_line_does_not_keep_the_silence_at_its_ends():
    inside = speech("<speak>Hi <break time='2s'/> there.</speak>", "ssml")
    laid = lay_timeline(plan([line(request=inside)]), spoken(10_000, before=3000, behind=7000))
    assert laid.samples == 10_000


def test_the_pieces_of_a_line_are_a_breath_apart_or_touch_where_silence_is_kept():
    lines = [line("A", pieces=2)]
    [placed] = lay_timeline(plan(lines), spoken(1000, 1000)).lines
    assert [clip.start for clip in placed.clips] == [0, 1000 + ms(400)]
    [placed] = lay_timeline(plan(lines, sounding=Sounding(trim=False)), spoken(1000, 1000)).lines
    assert [clip.start for clip in placed.clips] == [0, 1000]


def test_a_line_that_was_not_wholly_spoken_is_left_out_whole_with_its_pause():
    outcomes = spoken(1000, 300, 400, 5000)
    outcomes[2] = Rejection(2, "no")
    laid = lay_timeline(plan([line("A"), line("B", pieces=2), line("C")]), outcomes)
    assert [(placed.entry, placed.start) for placed in laid.lines] == [(0, 0), (4, 1000 + ms(250))]


def test_a_line_left_out_leaves_its_chapter_and_explicit_pause_to_the_next():
    outcomes = spoken(1000, 1000, 1000)
    outcomes[1] = Rejection(1, "no")
    lines = [line("A"), line("B", chapter=Chapter("Two"), pacing=Pacing(rest_ms=5000)), line("A")]
    laid = lay_timeline(plan(lines), outcomes)
    assert laid.lines[1].start == 1000 + ms(5000)
    assert [(placed.chapter.title, placed.start) for placed in laid.chapters] == [
        ("Two", laid.lines[1].start)
    ]


def test_chapters_begin_with_their_lines_and_go_on_to_the_next():
    lines = [line("A", chapter=Chapter("One")), line("B"), line("A", chapter=Chapter("Two"))]
    laid = lay_timeline(plan(lines, rest_ms=1000), spoken(1000, 1000, 1000))
    second = laid.lines[2].start
    assert [(placed.start, placed.end) for placed in laid.chapters] == [(0, second), (second, laid.samples)]


def test_intro_and_outro_stand_before_and_behind_the_lines():
    extras = (Extra("outro", "outro.wav"), Extra("intro", "intro.wav"))
    laid = lay_timeline(plan([line("A")], extras=extras), spoken(1000, 300, 200))
    assert laid.lines[0].start == 200 + ms(1200)
    places = {extra.extra.role: (extra.clip.start, extra.end) for extra in laid.extras}
    outro = laid.lines[0].end + ms(1200)
    assert places == {"intro": (0, 200), "outro": (outro, outro + 300)}
    assert laid.samples == outro + 300


def test_music_lies_under_all_the_lines_and_ends_with_them_or_with_itself():
    lengths = 60_000, 20_000
    looped = lay_timeline(plan([line("A")], extras=(music(loop=True),), rest_ms=100), spoken(*lengths))
    assert [(extra.clip.start, extra.end) for extra in looped.extras] == [(0, 60_000 + ms(100))]
    once = lay_timeline(plan([line("A")], extras=(music(),)), spoken(*lengths))
    assert [extra.end for extra in once.extras] == [20_000]


def test_music_too_short_to_be_any_is_not_repeated():
    laid = lay_timeline(plan([line("A")], extras=(music(loop=True),)), spoken(60_000, 11_999))
    assert [extra.end for extra in laid.extras] == [11_999]


def test_no_more_lines_are_heard_at_once_than_an_ear_can_follow():
    lines = [line("A", pacing=Pacing(overlap_ms=10_000))] * 100
    laid = lay_timeline(plan(lines), spoken(*[RATE * 5] * 100))
    edges = [(placed.start, 1) for placed in laid.lines] + [(placed.end, -1) for placed in laid.lines]
    at_once = most = 0
    for _, change in sorted(edges):
        at_once += change
        most = max(most, at_once)
    assert 2 < most <= 8


def test_an_episode_is_long_enough_for_any_encoder():
    assert lay_timeline(plan([line("A")]), spoken(1)).samples == ms(100)


def test_parts_also_begin_inside_a_long_line_and_anywhere_in_a_long_rest():
    minute = 60 * RATE
    monologue = lay_timeline(plan([line("A", pieces=30)]), spoken(*[minute] * 30))
    rest = lay_timeline(plan([line("A", pacing=Pacing(rest_ms=3_600_000))]), spoken(minute))
    recording = lay_timeline(plan([line("A", pieces=1)]), spoken(minute * 11))
    for laid in (monologue, rest, recording):
        lengths = [end - cut for cut, end in zip(laid.cuts, (*laid.cuts[1:], laid.samples), strict=True)]
        assert max(lengths) <= LONGEST + FRAME
        assert min(lengths) > minute
        assert all(cut % FRAME == 0 for cut in laid.cuts)
    [placed] = monologue.lines
    assert {cut + 4 * FRAME for cut in monologue.cuts[1:]} <= {clip.start for clip in placed.clips}


def test_a_caption_of_nothing_but_question_marks_is_looked_at_in_no_time():
    asked = "?" * 300_000 + "x"
    assert starts([line("A", asked), line("B")], 1000, 1000) == [0, 1000 + ms(250)]


def test_extras_that_could_not_be_read_are_left_out():
    outcomes = [*spoken(1000), Rejection(1, "not a recording")]
    laid = lay_timeline(plan([line("A")], extras=(Extra("intro", "intro.wav"),)), outcomes)
    assert (laid.lines[0].start, laid.extras) == (0, ())


def test_a_missing_outcome_is_an_error_not_a_gap():
    with pytest.raises(ValueError, match="1 outcomes for 2 utterances"):
        lay_timeline(plan([line("A"), line("B")]), spoken(1000))


lines_of_any_sort = st.builds(
    line,
    speaker=st.sampled_from("AB"),
    caption=st.sampled_from(["Hi.", "Hi?"]),
    pieces=st.integers(1, 2),
    pacing=st.builds(
        Pacing,
        before_ms=st.none() | st.integers(0, 900),
        after_ms=st.none() | st.integers(0, 900),
        rest_ms=st.sampled_from([0, 0, 0, 700]),
        overlap_ms=st.sampled_from([0, 0, 0, 120, 90_000]),
    ),
    chapter=st.none() | st.just(Chapter("More")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(lines_of_any_sort, st.integers(1, 40 * RATE)), min_size=1, max_size=60))
def test_however_lines_follow_each_other_starts_rise_and_parts_begin_on_frames_in_silence(drawn):
    lines = [entry for entry, _ in drawn]
    pieces = [length for entry, length in drawn for _ in entry[2]]
    laid = lay_timeline(plan(lines), spoken(*pieces))
    assert [placed.start for placed in laid.lines] == sorted(placed.start for placed in laid.lines)
    assert laid.samples >= max(placed.end for placed in laid.lines)
    assert laid.cuts[0] == 0
    for before, cut in zip(laid.cuts, laid.cuts[1:], strict=False):
        assert cut % FRAME == 0
        assert cut - before >= SHORTEST - FRAME * 5
        assert cut - before <= LONGEST
        assert cut + 4 * FRAME in {clip.start for placed in laid.lines for clip in placed.clips}


def test_an_edit_moves_what_follows_but_parts_still_begin_before_the_same_words():
    lengths = [RATE * 5 + 13 * at for at in range(200)]
    lines = [line("AB"[at % 2]) for at in range(200)]
    outcomes = spoken(*lengths)
    before = lay_timeline(plan(lines), outcomes)
    edited = list(outcomes)
    edited[20] = replace(outcomes[20], measures=replace(outcomes[20].measures, samples=9999, speech_end=9999))
    after = lay_timeline(plan(lines), edited)

    def first_lines(laid):
        begun = {placed.start: placed.entry for placed in laid.lines}
        return [begun[cut + 4 * FRAME] for cut in laid.cuts[1:]]

    assert len(before.cuts) > 4
    same = set(first_lines(before)) & set(first_lines(after))
    assert len(same) >= len(before.cuts) - 3
    offsets = [
        [placed.start - cut for placed in laid.lines if cut <= placed.start < cut + 100 * RATE]
        for laid in (before, after)
        for cut in [laid.cuts[-2]]
    ]
    assert offsets[0] == offsets[1], "so the part is the same, and is not encoded again"
