"""Captions are WebVTT that any player reads, whatever people write, and agree with the sound."""

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import CastSpeaker, Head, Mp3Output, Plan, PlannedLine
from dropcast.publishing.captions import webvtt
from dropcast.sound.timeline import PlacedClip, PlacedLine, Timeline
from dropcast.voices.request import speech_request

REQUEST = speech_request(kind="text", content="Hi.", voice="en-US-Chirp3-HD-Kore", language_code="en-US")
HOSTILE = [
    "00:00:00.000 --> 99:00:00.000",
    "a\n\nWEBVTT\n\n1\n00:00.000 --> 00:01.000\nb",
    "<script>alert(1)</script> & <v Somebody else>",
    "&lt;b&gt; &amp;",
    "NOTE\n\nSTYLE\n::cue { }",
    "tab\tand\r\nline\u2028ends\x0b\x85\u2029",
    "{ \\ } “…” 日本 👩🏽‍🚀",
]
texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
# WebVTT 2019-04-04, section 4: a cue without identifier and settings, whose text is one voice span.
CUE = re.compile(rf"{TIME} --> {TIME}\n<v ([^\n\r&>]*(?:&(?:amp|lt|gt);[^\n\r&>]*)*)>([^\n\r<>]*)")


def plan(*captions, speaker="A", name="Claire"):
    lines = tuple(PlannedLine(at, speaker, text, at, (REQUEST,)) for at, text in enumerate(captions))
    head = Head(
        upload=Upload("uploads", "story.json", 7),
        script_sha256="",
        title="story",
        language_code="en-US",
        on_error="fail",
        pause_ms=0,
        sample_rate_hertz=24_000,
        mp3=Mp3Output(24_000, 96),
        speakers=(CastSpeaker(speaker, name, REQUEST.voice),),
        lines_pointer="",
        skipped=(),
        warnings=(),
        utterances=len(captions),
    )
    return Plan(head, lines)


def timeline(*spans, rate=24_000):
    lines = (PlacedLine(at, (PlacedClip(at, start, end - start),)) for at, (start, end) in enumerate(spans))
    return Timeline(rate, tuple(lines), spans[-1][1] if spans else 0)


def cues(captions):
    """Read captions as a player does, into (start ms, end ms, voice, text)."""
    head, *blocks = captions.removesuffix("\n").split("\n\n")
    assert head.split("\n")[0] == "WEBVTT"
    assert "-->" not in head
    for block in blocks:
        *times, voice, text = CUE.fullmatch(block).groups()
        assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", text), "no bare ampersand"
        yield milliseconds(*times[:4]), milliseconds(*times[4:]), html.unescape(voice), html.unescape(text)


def milliseconds(hours, minutes, seconds, rest):
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest)


def written(plan, timeline):
    return b"".join(webvtt(plan, timeline)).decode()


def test_a_line_is_a_cue_with_its_time_and_its_speaker():
    captions = written(plan("Welcome back.", "So & so?"), timeline((0, 36_000), (42_000, 66_012)))
    assert captions == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 00:00:01.500\n<v Claire>Welcome back.\n"
        "\n00:00:01.750 --> 00:00:02.751\n<v Claire>So &amp; so?\n"
    )


@given(texts, texts)
@example(HOSTILE[0], HOSTILE[1])
def test_whatever_people_write_is_shown_as_they_wrote_it_and_is_one_cue(caption, name):
    found = list(cues(written(plan(caption, "next", name=name), timeline((0, 2400), (2400, 4800)))))
    spaced = " ".join(caption.split()), " ".join(name.split())
    assert found == [
        (0, 100, spaced[1] or "Narrator", spaced[0]),
        (100, 200, spaced[1] or "Narrator", "next"),
    ]


@given(
    st.integers(0, 24_000 * 3600 * 120),
    st.integers(1, 24_000 * 60),
    st.sampled_from([16_000, 24_000, 44_100]),
)
def test_times_are_those_of_the_samples_to_half_a_millisecond(start, samples, rate):
    ((begin, end, _, _),) = cues(written(plan("Hi."), timeline((start, start + samples), rate=rate)))
    assert abs(begin - start * 1000 / rate) <= 0.5
    assert abs(end - (start + samples) * 1000 / rate) <= 0.5


def test_lines_that_touch_have_cues_that_touch():
    found = list(cues(written(plan("a", "b"), timeline((0, 1237), (1237, 9999)))))
    assert found[0][1] == found[1][0]


@pytest.mark.parametrize(
    ("hours", "time"), [(9, "09:00:00.000"), (99, "99:00:00.000"), (100, "100:00:00.000")]
)
def test_an_episode_may_last_for_days(hours, time):
    end = hours * 3600 * 24_000
    assert f"{time} --> " in written(plan("Hi."), timeline((end, end + 24_000)))


def test_a_line_that_is_not_heard_has_no_cue():
    heard = Timeline(24_000, (PlacedLine(1, (PlacedClip(1, 0, 24_000),)),), 24_000)
    assert [cue[3] for cue in cues(written(plan("one", "two"), heard))] == ["two"]


def test_a_line_in_pieces_is_one_cue_from_the_first_to_the_last():
    line = PlacedLine(0, (PlacedClip(0, 2400, 100), PlacedClip(1, 2500, 2300)))
    assert [cue[:2] for cue in cues(written(plan("long"), Timeline(24_000, (line,), 4800)))] == [(100, 200)]


def test_captions_are_written_cue_by_cue():
    assert len(list(webvtt(plan(*"abc"), timeline((0, 24), (24, 48), (48, 72))))) == 4
