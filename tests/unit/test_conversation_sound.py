"""What a script says of its sound: pauses, rests, recordings, levels, chapters, words and files."""

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.scripts.chapters import MOST_CHAPTERS
from dropcast.scripts.conversation import (
    AS_USUAL,
    Chapter,
    Conversation,
    Extra,
    Format,
    Output,
    Pacing,
    Pauses,
    Sounding,
)
from dropcast.scripts.keys.conversation import ConversationKeys
from dropcast.scripts.keys.line import ChapterKeys, LineKeys
from dropcast.scripts.keys.output import OutputKeys
from dropcast.scripts.keys.pronunciation import PronunciationKeys
from dropcast.scripts.keys.sound import AudioKeys, DefaultsKeys, ExtraKeys, LoudnessKeys, MusicKeys
from dropcast.scripts.keys.speaker import SpeakerKeys
from dropcast.scripts.lines import can_be_spoken
from dropcast.scripts.loudness import PODCAST, TARGETS, Target
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.reading import read_conversation
from dropcast.scripts.speakable import ALL, speakable

EVERY_KEY = Path(__file__).parents[2] / "examples" / "every-key.json"
LINE = {"speaker": "A", "line": "Right."}


def read(script: object) -> Conversation:
    return read_conversation(json.dumps(script).encode())


def said(**keys: object) -> Conversation:
    return read({"lines": [LINE]} | keys)


def problems(script: object) -> list[tuple[str, str]]:
    with pytest.raises(ScriptRejected) as rejection:
        read(script)
    return [(problem.pointer, problem.message) for problem in rejection.value.problems]


def warnings(script: object) -> dict[str, str]:
    return {warning.pointer: warning.message for warning in read(script).warnings}


# Pauses and edges


@pytest.mark.parametrize(
    ("key", "pauses"),
    [
        ("pauseTurnMs", Pauses(turn_ms=0)),
        ("pauseSameSpeakerMs", Pauses(same_speaker_ms=0)),
        ("pauseQuestionMs", Pauses(question_ms=0)),
        ("pauseChapterMs", Pauses(chapter_ms=0)),
        ("pause_turn_ms", Pauses(turn_ms=0)),
        ("pause_same_speaker_ms", Pauses(same_speaker_ms=0)),
        ("pause_question_ms", Pauses(question_ms=0)),
        ("pause_chapter_ms", Pauses(chapter_ms=0)),
    ],
)
def test_each_pause_by_rule_can_be_set_for_the_script(key: str, pauses: Pauses) -> None:
    assert said(defaults={key: 0}).sounding == Sounding(pauses=pauses)
    assert said(defaults={key: None}).sounding == Sounding()


def test_trimming_and_fades_can_be_set_for_the_script() -> None:
    assert said(defaults={"trimSilence": False, "fadeMs": 50}).sounding == Sounding(trim=False, fade_ms=50)
    assert said(defaults={"trimSilence": True, "fade_ms": 1}).sounding == Sounding(fade_ms=1)


@pytest.mark.parametrize(
    ("keys", "pacing"),
    [
        ({"pauseBeforeMs": 0}, Pacing(before_ms=0)),
        ({"pauseBefore": 60_000}, Pacing(before_ms=60_000)),
        ({"pause_before_ms": 1}, Pacing(before_ms=1)),
        ({"pause_before": 1}, Pacing(before_ms=1)),
        ({"pauseAfterMs": 0}, Pacing(after_ms=0)),
        ({"pauseAfter": 60_000}, Pacing(after_ms=60_000)),
        ({"pause_after": 1}, Pacing(after_ms=1)),
        ({"overlapMs": 10_000}, Pacing(overlap_ms=10_000)),
        ({"overlap": 250, "pauseAfterMs": 9}, Pacing(after_ms=9, overlap_ms=250)),
        ({"overlap_ms": 250, "pauseBeforeMs": None}, Pacing(overlap_ms=250)),
        ({"overlapMs": 0, "pauseBeforeMs": 5}, Pacing(before_ms=5)),
        ({}, AS_USUAL),
    ],
)
def test_a_line_says_how_it_follows_the_last_one(keys: dict[str, object], pacing: Pacing) -> None:
    assert read([LINE, LINE | keys]).lines[1].pacing == pacing
    assert warnings([LINE, LINE | keys]) == {}


@pytest.mark.parametrize("overlap", ["overlapMs", "overlap"])
def test_a_line_cannot_overlap_the_last_one_and_pause_before_it(overlap: str) -> None:
    [(pointer, message)] = problems([LINE, LINE | {overlap: 250, "pauseBefore": 0}])
    assert pointer == f"/1/{overlap}"
    assert 'keep "overlapMs" or "pauseBeforeMs"' in message


def test_a_line_cannot_overlap_the_last_one_across_a_rest() -> None:
    [(pointer, message)] = problems([LINE, {"pauseMs": 5}, LINE | {"overlapMs": 250}])
    assert pointer == "/2/overlapMs"
    assert "remove the pause" in message


# Rests


def test_rests_add_up_before_the_next_line_and_behind_the_last() -> None:
    conversation = read(
        [
            {"pauseMs": 10},
            LINE,
            LINE,
            {"pause_ms": 1500},
            {},
            {"pauseMs": 500},
            LINE,
            {"pauseMs": 7},
            {"pauseMs": 8},
        ]
    )
    assert [(line.index, line.pacing.rest_ms) for line in conversation.lines] == [(1, 10), (2, 0), (6, 2000)]
    assert conversation.rest_ms == 15
    assert conversation.skipped == (4,)
    assert conversation.warnings == ()


def test_a_rest_that_is_skipped_is_no_rest() -> None:
    conversation = read([LINE, {"pauseMs": 10, "skip": True}])
    assert (conversation.rest_ms, conversation.skipped) == (0, (1,))


def test_a_rest_of_nothing_is_a_rest_by_itself_and_nothing_beside_a_line() -> None:
    conversation = read([LINE | {"pauseMs": 0}, {"pauseMs": 0}])
    assert (len(conversation.lines), conversation.skipped, conversation.warnings) == (1, (), ())


def test_pauses_before_and_after_lines_of_a_day_are_the_most() -> None:
    paused = LINE | {"pauseBeforeMs": 60_000, "pauseAfterMs": 60_000}
    assert len(read([paused] * 720).lines) == 720
    [(pointer, message)] = problems([paused] * 720 + [LINE | {"pauseAfterMs": 1}])
    assert pointer == ""
    assert "86,400,001 ms" in message


def test_rests_of_an_hour_are_the_most() -> None:
    hour = [{"pauseMs": 600_000}] * 6
    assert read([*hour, LINE]).lines[0].pacing.rest_ms == 3_600_000
    [(pointer, message)] = problems({"turns": [*hour, LINE, {"pauseMs": 1}]})
    assert pointer == "/turns"
    assert "3,600,001 ms; 3,600,000" in message


def test_a_rest_needs_no_speaker_and_starts_no_chapter() -> None:
    assert warnings([LINE, {"speaker": "A", "id": "rest", "pauseMs": 5}]) == {}
    [(pointer, message)] = problems([LINE, {"pauseMs": 5, "chapter": "Two"}])
    assert pointer == "/1/chapter"
    assert "next line" in message


def test_what_a_rest_cannot_do_is_warned_of() -> None:
    rest = {"pauseMs": 5, "voice": "Kore", "caption": "…", "overlap": 5, "pitch": 0}
    assert warnings([LINE, rest]) == {
        "/1/voice": 'Beside "pauseMs", "voice", "caption", "overlapMs" can change nothing.'
    }


def test_rests_alone_are_no_script() -> None:
    [(_, message)] = problems([{"pauseMs": 5}])
    assert message.startswith("No entry has text to speak")


# Recordings


@pytest.mark.parametrize("name", ["stings/one.wav", "gs://my-bucket/a b/é.flac", "/x", " x", "é" * 512])
def test_a_recording_is_a_line(name: str) -> None:
    conversation = read([LINE, {"audio": name}])
    line = conversation.lines[1]
    assert (line.kind, line.content, line.speaker, line.delivery) == ("audio", name, "", None)
    assert conversation.skipped == ()
    assert conversation.warnings == ()


def test_a_recording_may_have_what_lines_have_but_no_voice() -> None:
    keys = {"id": "s", "speaker": "B", "caption": "[sting]", "chapter": "Two", "pauseAfter": 5}
    line = read([LINE, {"audio": "s.wav"} | keys]).lines[1]
    assert (line.id, line.speaker, line.caption) == ("s", "B", "[sting]")
    assert (line.chapter, line.pacing) == (Chapter("Two"), Pacing(after_ms=5))
    voiced = {"audio": "s.wav", "rate": 1.5, "voiceId": "Kore", "pronunciations": {"a": "b"}}
    recording = read([LINE, voiced]).lines[1]
    assert (recording.delivery, recording.pronunciations) == (None, ())
    assert warnings([LINE, voiced]) == {
        "/1/voiceId": 'Beside "audio", "voice", "speakingRate", "pronunciations" can change nothing.'
    }


def test_a_recording_that_names_nobody_is_no_stranger() -> None:
    assert warnings({"speakers": {"A": {}, "B": {}}, "lines": [LINE, {"audio": "s.wav"}]}) == {}
    named = {"speakers": {"A": {}, "B": {}}, "lines": [LINE, {"audio": "s.wav", "speaker": "b"}]}
    assert list(warnings(named)) == ["/speakers"]


def test_a_recording_that_is_not_named_is_nothing() -> None:
    assert read([LINE, {"audio": " "}]).skipped == (1,)
    assert read([LINE | {"audio": ""}]).lines[0].kind == "text"


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"line": "a", "audio": "s.wav"}, '"line" and "audio"'),
        ({"ssml": "<speak>a</speak>", "pauseMs": 5}, '"ssml" and "pauseMs"'),
        ({"audio": "s.wav", "pauseMs": 5}, '"audio" and "pauseMs"'),
        ({"markup": "a", "line": "b", "pauseMs": 5}, '"line" and "markup" and "pauseMs"'),
    ],
)
def test_an_entry_says_one_thing(entry: dict[str, object], named: str) -> None:
    assert problems([entry]) == [("/0", f"An entry says one thing: keep one of {named}.")]


# Chapters


@pytest.mark.parametrize(
    ("value", "chapter"),
    [
        (" One\ntwo ", Chapter("One two")),
        ({"title": "x" * 200}, Chapter("x" * 200)),
        (
            {"title": "One", "img": "https://x.org/a.jpg", "url": "HTTP://x.org/?a=b", "toc": False},
            Chapter("One", "https://x.org/a.jpg", "HTTP://x.org/?a=b", listed=False),
        ),
        (
            {"title": "One", "image": "https://x.org/a.jpg", "toc": None},
            Chapter("One", "https://x.org/a.jpg"),
        ),
        ("", None),
        (None, None),
    ],
)
def test_a_chapter_starts_at_a_line(value: object, chapter: Chapter | None) -> None:
    assert read([LINE, LINE | {"chapter": value}]).lines[1].chapter == chapter


def test_a_chapter_is_not_lost_in_silence_with_its_entry() -> None:
    assert list(warnings([LINE, {"chapter": "Two"}])) == ["/1/chapter"]
    assert warnings([LINE, LINE | {"chapter": "Two", "skip": True}]) == {}


def test_as_many_chapters_as_a_table_of_contents_counts() -> None:
    assert len(read([LINE | {"chapter": "One"}] * MOST_CHAPTERS).lines) == 255
    assert problems([LINE | {"chapter": "One"}] * 256) == [
        ("/255/chapter", "This is chapter 256; 255 are the most.")
    ]


# Levels, and what is heard beside the lines


@pytest.mark.parametrize(
    ("value", "loudness"),
    [
        ("podcast", PODCAST),
        ("Apple", PODCAST),
        ("broadcast", TARGETS["broadcast"]),
        ("video", TARGETS["video"]),
        ("off", None),
        (None, PODCAST),
        ({}, PODCAST),
        ({"preset": "apple"}, PODCAST),
        ({"preset": "OFF"}, None),
        ({"preset": "video", "truePeakDb": -2}, Target(-14.0, -2.0)),
        ({"integratedLufs": -35, "truePeakDb": -0.1}, Target(-35.0, -0.1)),
        ({"integrated_lufs": -8, "true_peak_db": -9}, Target(-8.0, -9.0)),
    ],
)
def test_the_loudness_is_a_preset_or_figures(value: object, loudness: Target | None) -> None:
    assert said(audio={"loudness": value}).sounding == Sounding(loudness=loudness)


def test_every_preset_can_be_asked_for() -> None:
    for preset, target in TARGETS.items():
        assert said(audio={"loudness": preset}).sounding.loudness == target
        assert said(audio={"loudness": {"preset": preset}}).sounding.loudness == target


def test_levels_and_pauses_are_kept_beside_each_other() -> None:
    conversation = said(defaults={"fadeMs": 9}, audio={"matchSpeakers": False, "loudness": "off"})
    assert conversation.sounding == Sounding(fade_ms=9, loudness=None, match_speakers=False)


def test_recordings_beside_the_lines_are_named_or_described() -> None:
    assert said(audio={"music": "m.mp3", "intro": "gs://b/i.mp3", "outro": None}).extras == (
        Extra("intro", "gs://b/i.mp3"),
        Extra("music", "m.mp3", gain_db=-12, duck_db=-10, loop=True, fade_in_ms=1500, fade_out_ms=1500),
    )
    described = {
        "intro": {"audio": "i.mp3", "gainDb": 20, "fadeInMs": 30_000},
        "outro": {"audio": "o.mp3", "gain_db": -40, "fade_out_ms": 1},
        "music": {"audio": "m.mp3", "gainDb": 0, "duckDb": -60, "loop": False, "fadeInMs": 0, "fadeOutMs": 2},
    }
    assert said(audio=described).extras == (
        Extra("intro", "i.mp3", gain_db=20, fade_in_ms=30_000),
        Extra("outro", "o.mp3", gain_db=-40, fade_out_ms=1),
        Extra("music", "m.mp3", gain_db=0, duck_db=-60, loop=False, fade_in_ms=0, fade_out_ms=2),
    )


def test_recordings_beside_the_lines_that_are_not_named_are_none() -> None:
    assert said(audio={"intro": "", "music": None}).extras == ()


# Words


@pytest.mark.parametrize("key", ["pronunciations", "customPronunciations", "custom_pronunciations"])
def test_a_script_and_a_line_have_a_lexicon(key: str) -> None:
    lexicon = [
        {"phrase": "kubectl", "alias": " cube\ncontrol "},
        {"phrase": "GIF", "pronunciation": "dʒɪf"},
        {
            "phrase": "GIF",
            "pronunciation": "dZIf",
            "phoneticEncoding": "PHONETIC_ENCODING_X_SAMPA",
            "matchCase": False,
        },
        {"phrase": "a", "phonetic_encoding": "X-Sampa", "pronunciation": "a:", "match_case": True},
        {"phrase": "b", "phoneticEncoding": "PHONETIC_ENCODING_IPA", "pronunciation": "b"},
    ]
    expected = (
        Pronunciation("kubectl", "alias", "cube control"),
        Pronunciation("GIF", "ipa", "dʒɪf"),
        Pronunciation("GIF", "x-sampa", "dZIf", match_case=False),
        Pronunciation("a", "x-sampa", "a:"),
        Pronunciation("b", "ipa", "b"),
    )
    conversation = read({key: lexicon, "lines": [LINE | {key: lexicon}]})
    assert conversation.pronunciations == conversation.lines[0].pronunciations == expected
    assert conversation.warnings == ()


def test_aliases_can_be_said_in_short() -> None:
    assert said(pronunciations={"kubectl": "cube control", "nginx": None}).pronunciations == (
        Pronunciation("kubectl", "alias", "cube control"),
    )


def test_a_lexicon_is_read_as_google_writes_it_too() -> None:
    google = {"pronunciations": [{"phrase": "a", "pronunciation": "b"}]}
    assert said(customPronunciations=google).pronunciations == (Pronunciation("a", "ipa", "b"),)


def test_two_ways_to_say_a_phrase_are_warned_of_and_the_first_counts() -> None:
    twice = [{"phrase": "a", "alias": "b"}, {"phrase": "a", "alias": "c"}, {"phrase": "a", "alias": "b"}]
    assert said(pronunciations=twice).pronunciations == (Pronunciation("a", "alias", "b"),)
    assert warnings({"lines": [LINE], "pronunciations": twice}) == {
        "/pronunciations/1": '"a" is said in two ways; the first counts.'
    }


def test_lines_with_one_lexicon_share_it() -> None:
    first, second = read([LINE | {"pronunciations": {"a": "b"}, "pauseAfterMs": 5}] * 2).lines
    assert first.pronunciations is second.pronunciations
    assert first.pacing is second.pacing


def test_a_lexicon_has_a_thousand_entries_at_most_and_at_a_line_a_hundred() -> None:
    entries = {f"w{number}": "a" for number in range(1000)}
    assert len(said(pronunciations=entries).pronunciations) == 1000
    hundred = dict(list(entries.items())[:100])
    assert len(read([LINE | {"pronunciations": hundred}]).lines[0].pronunciations) == 100
    [(pointer, message)] = problems({"lines": [LINE], "pronunciations": entries | {"x": "a"}})
    assert (pointer, "1,000 are the most" in message) == ("/pronunciations", True)
    [(pointer, message)] = problems([LINE | {"pronunciations": hundred | {"x": "a"}}])
    assert (pointer, "100 are the most" in message) == ("/0/pronunciations", True)


# What is fit to be spoken


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        (None, ALL),
        (True, ALL),
        (False, frozenset()),
        ({}, ALL),
        ({"emoji": False, "urls": False, "tags": True, "links": None}, ALL - {"emoji", "urls"}),
    ],
)
@pytest.mark.parametrize("key", ["cleanUp", "clean_up", "cleanup"])
def test_the_clean_up_is_switched_as_a_whole_or_by_rule(
    key: str, value: object, rules: frozenset[str]
) -> None:
    assert said(**{key: value}).clean_up == rules


@pytest.mark.parametrize("text", ["…", "[laughs]", "**", "🙂", "<br>", "---", "?!"])
def test_entries_in_which_nothing_can_be_spoken_are_skipped_with_a_warning(text: str) -> None:
    conversation = read([LINE, {"speaker": "A", "line": text}])
    assert conversation.skipped == (1,)
    assert [warning.pointer for warning in conversation.warnings] == ["/1"]


def test_what_can_be_spoken_depends_on_the_rules() -> None:
    entries = [{"line": "[laughs]"}, {"line": "(sighs) Well."}]
    assert [line.index for line in read(entries).lines] == [1]
    assert [line.content for line in read({"cleanUp": False, "lines": entries}).lines] == [
        "[laughs]",
        "(sighs) Well.",
    ]
    assert len(read({"cleanUp": {"directions": False}, "lines": entries}).lines) == 2
    assert read({"cleanUp": False, "lines": [LINE, {"line": "…"}]}).skipped == (1,)


def test_lines_stay_as_they_were_written() -> None:
    assert read([{"line": "**Well**, [laughs] see https://x.org/a 🙂"}]).lines[0].content == (
        "**Well**, [laughs] see https://x.org/a 🙂"
    )


LETTERS = list("aé語กㅤℹⅧ①²1_-.,;:!?'\"“…，。/ \n\u200b\ufe0f[](*<>&`|#@~")
MARKS = ["www.", "http://", "mailto:", "[laughs]", "(sighs)", "<b>", "**", "[^1]", "![", "]("]
WRITTEN = st.lists(st.sampled_from(LETTERS + MARKS), max_size=12).map("".join)


@given(WRITTEN | st.text(max_size=12), st.sampled_from([ALL, frozenset(), ALL - {"directions"}]))
@example("www.×.×", ALL)
@example("mailto:_@_", ALL)
@example(".²", ALL)
@example("ℹ\ufe0f", ALL)
def test_what_can_be_spoken_is_what_the_clean_up_leaves(text: str, rules: frozenset[str]) -> None:
    assert can_be_spoken(text, rules) == bool(speakable(text, rules))


# Files


@pytest.mark.parametrize(
    ("value", "outputs"),
    [
        (None, ["mp3", "vtt"]),
        (["mp3"], ["mp3", "vtt"]),
        (["flac"], ["flac", "vtt"]),
        (["VTT", "M4B"], ["vtt", "m4b"]),
        (["wav", "srt", "m4a", "opus"], ["wav", "srt", "m4a", "opus", "vtt"]),
        (["mp3", "transcript", "chapters"], ["mp3", "transcript.json", "chapters.json", "vtt"]),
        (["mp3", "transcript.json", "chapters.json"], ["mp3", "transcript.json", "chapters.json", "vtt"]),
        (["mp3", "MP3", {"format": "mp3"}], ["mp3", "vtt"]),
    ],
)
def test_outputs_are_made_in_the_order_asked_for_with_captions(value: object, outputs: list[Format]) -> None:
    conversation = said(outputs=value)
    assert conversation.outputs == tuple(map(Output, outputs))
    assert conversation.warnings == ()


@pytest.mark.parametrize("value", [[], ["vtt"], ["srt", "chapters"]])
def test_an_mp3_is_added_where_nothing_can_be_heard(value: list[str]) -> None:
    assert said(outputs=value).outputs[0] == Output("mp3")
    assert list(warnings({"lines": [LINE], "outputs": value})) == ["/outputs"]


SETTINGS = {
    "mp3": [
        (bitrate, rate) for bitrate in (32, 40, 48, 56, 64, 80, 96, 112, 128, 160) for rate in (24000, 48000)
    ],
    "m4a": [(bitrate, rate) for bitrate in (32, 48, 64, 80, 96, 112, 128) for rate in (24000, 48000)],
    "opus": [(bitrate, None) for bitrate in (16, 24, 32, 40, 48, 64, 96)],
}
SETTINGS["m4b"] = SETTINGS["m4a"]


@pytest.mark.parametrize("name", get_args(Format))
def test_each_format_has_its_own_settings(name: Format) -> None:
    for bitrate, rate in SETTINGS.get(name, [(None, None)]):
        output = {"format": name, "bitrateKbps": bitrate, "sample_rate_hertz": rate}
        assert Output(name, bitrate, rate) in said(outputs=[output]).outputs


@pytest.mark.parametrize(
    ("outputs", "pointer", "right"),
    [
        (
            ["mp4"],
            "/0",
            '"mp3", "m4a", "m4b", "opus", "flac", "wav", "vtt", "srt", "transcript.json" and "chap',
        ),
        (["MPEG"], "/0", "this release makes"),
        ([{"format": "mp4"}], "/0/format", 'must be "mp3", "m4a"'),
        ([{"format": "mp3", "bitrateKbps": 192}], "/0/bitrateKbps", "one of 32, 40, 48"),
        ([{"format": "mp3", "bitrate_kbps": 1.5}], "/0/bitrate_kbps", "a whole number"),
        ([{"format": "mp3", "sampleRateHertz": 44100}], "/0/sampleRateHertz", "one of 24000 or 48000"),
        ([{"format": "m4a", "bitrateKbps": 160}], "/0/bitrateKbps", "96, 112 or 128"),
        ([{"format": "opus", "bitrateKbps": 128}], "/0/bitrateKbps", "one of 16, 24"),
        (
            [{"format": "opus", "sampleRateHertz": 48000}],
            "/0/sampleRateHertz",
            'must be left out for "opus"',
        ),
        ([{"format": "wav", "bitrateKbps": 96}], "/0/bitrateKbps", 'must be left out for "wav"'),
        ([{"format": "flac", "sampleRateHertz": 48000}], "/0/sampleRateHertz", "must be left out"),
        ([{"format": "vtt", "bitrateKbps": 96}], "/0/bitrateKbps", "must be left out"),
        ([{"format": "mp3", "bitrateKbps": 64}, "mp3"], "", "keep one"),
        ([{"format": "m4a", "bitrateKbps": 64}, "m4a"], "", 'format "m4a" differ'),
    ],
)
def test_an_output_that_cannot_be_made_is_refused_with_what_can(
    outputs: list[object], pointer: str, right: str
) -> None:
    [(place, message)] = problems({"outputs": outputs, "lines": [LINE]})
    assert place == f"/outputs{pointer}"
    assert right in message


# Everything refused has its place and a word of what would be right


@pytest.mark.parametrize(
    ("keys", "pointer", "right"),
    [
        ({"pauseBeforeMs": 60_001}, "/pauseBeforeMs", "from 0 to 60000"),
        ({"pauseAfter": -1}, "/pauseAfter", "from 0 to 60000"),
        ({"pauseAfterMs": "5"}, "/pauseAfterMs", "a whole number of milliseconds"),
        ({"overlap": 10_001}, "/overlap", "from 0 to 10000"),
        ({"overlapMs": True}, "/overlapMs", "from 0 to 10000"),
        ({"line": None, "pauseMs": 600_001}, "/pauseMs", "from 0 to 600000"),
        ({"line": None, "pauseMs": 1.5}, "/pauseMs", "a whole number"),
        ({"line": None, "audio": 5}, "/audio", "the name of an object in the uploads bucket"),
        ({"line": None, "audio": "gs://bucket"}, "/audio", '"gs://bucket/stings/one.wav"'),
        ({"line": None, "audio": "gs://bucket/"}, "/audio", "the name of an object"),
        ({"line": None, "audio": "gs://Bucket!/x"}, "/audio", "the name of an object"),
        ({"line": None, "audio": "a\nb"}, "/audio", "the name of an object"),
        ({"line": None, "audio": "\ud800"}, "/audio", "the name of an object"),
        ({"line": None, "audio": "é" * 513}, "/audio", "the name of an object"),
        ({"chapter": 5}, "/chapter", '{"title": "Introduction"}'),
        ({"chapter": ["One"]}, "/chapter", '{"title": "Introduction"}'),
        ({"chapter": "x" * 201}, "/chapter", "at most 200 characters"),
        ({"chapter": {}}, "/chapter", '"title" is missing'),
        ({"chapter": {"title": " "}}, "/chapter/title", "1 to 200 characters"),
        ({"chapter": {"title": "\x01"}}, "/chapter/title", "1 to 200 characters"),
        ({"chapter": {"title": "x" * 201}}, "/chapter/title", "1 to 200 characters"),
        ({"chapter": {"title": "a", "url": "ftp://x.org"}}, "/chapter/url", "https:// or http://"),
        ({"chapter": {"title": "a", "url": "javascript:alert(1)"}}, "/chapter/url", "https:// or http://"),
        ({"chapter": {"title": "a", "image": "https://a b"}}, "/chapter/image", "https:// or http://"),
        ({"chapter": {"title": "a", "img": "https://x/" + "x" * 2000}}, "/chapter/img", "2000"),
        ({"chapter": {"title": "a", "toc": "yes"}}, "/chapter/toc", "true or false"),
        ({"customPronunciations": 5}, "/customPronunciations", '{"kubectl": "cube control"}'),
        ({"pronunciations": [{"phrase": "a"}]}, "/pronunciations/0", "must say how the phrase is said"),
    ],
)
def test_what_a_line_cannot_mean_is_refused_at_its_place(
    keys: dict[str, object], pointer: str, right: str
) -> None:
    [(place, message)] = problems([LINE, LINE | keys])
    assert place == f"/1{pointer}"
    assert right in message


BOTH = {"phrase": "a", "alias": "b", "pronunciation": "c"}


@pytest.mark.parametrize(
    ("key", "value", "pointer", "right"),
    [
        ("defaults", 5, "", 'an object such as {"pauseTurnMs": 300}'),
        ("defaults", {"pauseSameSpeakerMs": 10_001}, "/pauseSameSpeakerMs", "from 0 to 10000"),
        ("defaults", {"pauseQuestionMs": -1}, "/pauseQuestionMs", "from 0 to 10000"),
        ("defaults", {"pauseChapterMs": "5"}, "/pauseChapterMs", "from 0 to 10000"),
        ("defaults", {"trimSilence": 1}, "/trimSilence", "true or false"),
        ("defaults", {"fadeMs": 0}, "/fadeMs", "from 1 to 50"),
        ("defaults", {"fade_ms": 51}, "/fade_ms", "from 1 to 50"),
        ("audio", "off", "", "an object such as"),
        ("audio", {"matchSpeakers": "no"}, "/matchSpeakers", "true or false"),
        ("audio", {"loudness": "loud"}, "/loudness", '"podcast", "broadcast", "video" or "off"'),
        ("audio", {"loudness": -16}, "/loudness", '{"integratedLufs": -16}'),
        ("audio", {"loudness": {"preset": "loud"}}, "/loudness/preset", '"podcast", "broadcast"'),
        ("audio", {"loudness": {"integratedLufs": -36}}, "/loudness/integratedLufs", "from -35 to -8"),
        ("audio", {"loudness": {"integratedLufs": -7.9}}, "/loudness/integratedLufs", "from -35 to -8"),
        ("audio", {"loudness": {"truePeakDb": 0}}, "/loudness/truePeakDb", "from -9 to -0.1"),
        ("audio", {"loudness": {"truePeakDb": -9.1}}, "/loudness/truePeakDb", "from -9 to -0.1"),
        ("audio", {"loudness": {"preset": "off", "truePeakDb": -2}}, "/loudness", "remove it"),
        ("audio", {"intro": 5}, "/intro", '{"audio": "stings/one.wav"}'),
        ("audio", {"intro": "gs://x"}, "/intro", "the name of an object"),
        ("audio", {"outro": {}}, "/outro", '"audio" is missing'),
        ("audio", {"outro": {"audio": ""}}, "/outro/audio", "the name of an object"),
        ("audio", {"outro": {"audio": "a", "gainDb": 20.1}}, "/outro/gainDb", "from -40 to 20"),
        ("audio", {"intro": {"audio": "a", "fadeInMs": 30_001}}, "/intro/fadeInMs", "from 0 to 30000"),
        ("audio", {"intro": {"audio": "a", "fadeOutMs": -1}}, "/intro/fadeOutMs", "from 0 to 30000"),
        ("audio", {"music": {"audio": "a", "gainDb": 1}}, "/music/gainDb", "from -60 to 0"),
        ("audio", {"music": {"audio": "a", "duckDb": -61}}, "/music/duckDb", "from -60 to 0"),
        ("audio", {"music": {"audio": "a", "loop": 1}}, "/music/loop", "true or false"),
        ("pronunciations", "GIF", "", '[{"phrase": "kubectl", "alias": "cube control"}]'),
        ("pronunciations", 0, "", '{"kubectl": "cube control"}'),
        ("pronunciations", {"phrase": "GIF", "alias": "jif"}, "", '[{"phrase": "kubectl"'),
        ("pronunciations", ["GIF"], "/0", '{"phrase": "kubectl", "alias": "cube control"}'),
        ("pronunciations", [{"alias": "b"}], "/0", '"phrase" is missing'),
        ("pronunciations", [{"phrase": "a"}], "/0", "must say how the phrase is said"),
        ("pronunciations", [BOTH], "/0", 'keep one of "alias" and "pronunciation"'),
        ("pronunciations", [{"phrase": " ", "alias": "b"}], "/0/phrase", "1 to 200 characters"),
        ("pronunciations", [{"phrase": "\x01", "alias": "b"}], "/0", "1 to 200 characters"),
        ("pronunciations", [{"phrase": "x" * 201, "alias": "b"}], "/0/phrase", "1 to 200 characters"),
        ("pronunciations", [{"phrase": "a", "pronunciation": "x" * 201}], "/0/pronunciation", "1 to 200"),
        (
            "pronunciations",
            [{"phrase": "a", "pronunciation": "b", "phoneticEncoding": "PHONETIC_ENCODING_PINYIN"}],
            "/0/phoneticEncoding",
            '"PHONETIC_ENCODING_IPA" or "PHONETIC_ENCODING_X_SAMPA"',
        ),
        ("pronunciations", {"a": 5}, "/a", "1 to 200 characters"),
        ("pronunciations", {"a": ""}, "/a", "1 to 200 characters"),
        ("pronunciations", {"": "a"}, "/", "1 to 200 characters"),
        ("cleanUp", "no", "", "true, false"),
        ("cleanUp", {"emojis": False}, "/emojis", 'Did you mean "emoji"?'),
        ("cleanUp", {"qqqq": False}, "/qqqq", "Its rules are entities, spaces, tags"),
        ("cleanUp", {"emoji": 0}, "/emoji", "true or false"),
    ],
)
def test_what_the_script_cannot_mean_is_refused_at_its_place(
    key: str, value: object, pointer: str, right: str
) -> None:
    found = problems({"lines": [LINE], key: value})
    assert {place for place, _ in found} == {f"/{key}{pointer}"}
    assert right in found[0][1]


def test_places_are_told_by_the_names_that_the_file_has() -> None:
    found = problems(
        {"customPronunciations": [1], "clean_up": 1, "turns": [LINE | {"custom_pronunciations": [1]}]}
    )
    assert [place for place, _ in found] == [
        "/customPronunciations/0",
        "/clean_up",
        "/turns/0/custom_pronunciations/0",
    ]


def keys_in(value: object) -> set[str]:
    match value:
        case dict():
            return set(value) | {key for inner in value.values() for key in keys_in(inner)}
        case list():
            return {key for inner in value for key in keys_in(inner)}
        case _:
            return set()


def test_the_example_of_every_key_has_every_key_every_rule_and_every_format() -> None:
    tables = (
        ConversationKeys, LineKeys, ChapterKeys, SpeakerKeys, DefaultsKeys, AudioKeys, LoudnessKeys,
        ExtraKeys, MusicKeys, PronunciationKeys, OutputKeys,
    )  # fmt: skip
    own = {field.alias or name for keys in tables for name, field in keys.model_fields.items()}
    elsewhere = {"speakers", "defaults", "audio", "pronunciations", "cleanUp", "outputs", "lines", "chapter"}
    extras = {"loudness", "intro", "outro", "music"}
    script = json.loads(EVERY_KEY.read_bytes())
    assert own | elsewhere | extras | ALL <= keys_in(script)
    assert {output["format"] for output in script["outputs"]} == set(get_args(Format))
