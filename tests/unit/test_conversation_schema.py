"""The JSON Schema says what is read: it accepts every example and refuses what the reader refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dropcast.scripts.conversation import Format
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast.scripts.schema import conversation_schema

EXAMPLES = Path(__file__).parents[2] / "examples"
LINE = {"speaker": "A", "line": "Right."}


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(conversation_schema())
    return Draft202012Validator(conversation_schema())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_example_is_valid(validator: Draft202012Validator, path: Path) -> None:
    validator.validate(json.loads(path.read_bytes()))


def properties(schema: object) -> Iterator[tuple[str, dict[str, object]]]:
    match schema:
        case {"type": "object", "properties": dict(said), **rest}:
            yield from said.items()
            yield from properties(rest)
        case dict():
            for value in schema.values():
                yield from properties(value)


def test_every_property_is_described_and_none_has_noise() -> None:
    found = dict(properties(conversation_schema()))
    assert {
        "title",
        "lines",
        "speaker",
        "speakingRate",
        "gender",
        "pauseTurnMs",
        "overlapMs",
        "chapter",
        "phrase",
        "loudness",
        "duckDb",
        "cleanUp",
        "bitrateKbps",
    } <= found.keys()
    for name, schema in found.items():
        assert schema.get("description"), name
        assert "title" not in schema, name


def test_the_schemas_own_examples_are_valid_and_read(validator: Draft202012Validator) -> None:
    examples = conversation_schema()["examples"]
    assert isinstance(examples, list)
    for script in examples:
        validator.validate(script)
        assert read_conversation(json.dumps(script).encode()).warnings == ()


@pytest.mark.parametrize(
    "script",
    [
        [LINE, {"speaker": "A"}, {"line": None}],
        [{"speaker": 1, "line": "Right.", "x-a": 1, "unknown": []}],
        {
            "lines": [LINE],
            "speakers": None,
            "outputs": None,
            "defaults": None,
            "onError": None,
            "title": None,
        },
        {"lines": [LINE], "speakers": {"A": None}, "outputs": ["mp3", {"format": "vtt"}]},
        {"lines": [LINE], "speakers": [{"key": "A"}, {"name": 2}]},
        {"lines": [LINE | {"speakingRate": 2, "pitch": -20, "volumeGainDb": 16, "languageCode": "fr_fr"}]},
        [LINE, {"pauseMs": 0}, {"pauseMs": 600_000}, {"audio": "gs://b-1/ö.wav"}, {"audio": "a b"}],
        [LINE | {"pauseMs": 0, "audio": "", "chapter": None, "pronunciations": None}],
        [{"audio": "a.wav", "caption": "a", "chapter": "One", "pauseAfterMs": 60_000}],
        [LINE | {"overlapMs": 10_000, "pauseBeforeMs": None}, LINE | {"overlapMs": 0, "pauseBeforeMs": 5}],
        [LINE | {"chapter": chapter} for chapter in ("", "One", {"title": "x" * 200, "toc": False})],
        [LINE | {"chapter": {"title": "a", "img": "HTTPS://x.org/a", "url": "http://x.org", "toc": None}}],
        [LINE | {"pronunciations": said} for said in ([], {}, {"a": "b", "c": None})],
        [LINE | {"pronunciations": [{"phrase": "a", "alias": "b", "pronunciation": None}]}],
        *(
            {"lines": [LINE], "pronunciations": [{"phrase": "a", "pronunciation": "b"} | said]}
            for said in (
                {},
                {"phoneticEncoding": None},
                {"phoneticEncoding": "PHONETIC_ENCODING_IPA"},
                {"phoneticEncoding": "PHONETIC_ENCODING_X_SAMPA", "matchCase": False},
                {"phoneticEncoding": "ipa"},
                {"phoneticEncoding": "x-sampa"},
            )
        ),
        *(
            {"lines": [LINE], "defaults": {key: value}}
            for key, value in (
                ("pauseTurnMs", 0),
                ("pauseSameSpeakerMs", 10_000),
                ("pauseQuestionMs", None),
                ("pauseChapterMs", 1),
                ("trimSilence", False),
                ("fadeMs", 50),
            )
        ),
        *(
            {"lines": [LINE], "cleanUp": said}
            for said in (None, True, False, {}, {"emoji": False, "urls": None})
        ),
        *(
            {"lines": [LINE], "audio": said}
            for said in (
                None,
                {},
                {"matchSpeakers": False, "loudness": None, "intro": None},
                *({"loudness": preset} for preset in ("podcast", "apple", "broadcast", "video", "off")),
                {"loudness": {"preset": "off"}},
                {"loudness": {"preset": "video", "integratedLufs": -8, "truePeakDb": -9}},
                {"intro": "a.wav", "outro": {"audio": "gs://b-1/a", "gainDb": 20, "fadeOutMs": 30_000}},
                {"music": {"audio": "a", "gainDb": -60, "duckDb": 0, "loop": False, "fadeInMs": 0}},
            )
        ),
        *({"lines": [LINE], "outputs": [name, {"format": name}]} for name in get_args(Format)),
        {"lines": [LINE], "outputs": [{"format": "mp3", "bitrateKbps": 160, "sampleRateHertz": 48_000}]},
        {"lines": [LINE], "outputs": [{"format": "m4b", "bitrateKbps": 128, "sampleRateHertz": 24_000}]},
        {"lines": [LINE], "outputs": [{"format": "opus", "bitrateKbps": 16, "sampleRateHertz": None}]},
    ],
    ids=json.dumps,
)
def test_what_is_read_is_valid(validator: Draft202012Validator, script: object) -> None:
    assert read_conversation(json.dumps(script).encode())
    validator.validate(script)


@pytest.mark.parametrize(
    "script",
    [
        3,
        "Right.",
        [],
        ["Right."],
        [{"speaker": "A", "line": " "}],
        {"title": "Right"},
        *(
            [LINE | said]
            for said in (
                {"line": 42},
                {"ssml": 42},
                {"markup": "Right."},
                {"speaker": True},
                {"speaker": "x" * 201},
                {"speakingRate": 0.2},
                {"speakingRate": "1"},
                {"pitch": 20.5},
                {"volumeGainDb": -97},
                {"languageCode": "french"},
                {"voice": 1},
                {"caption": 1},
                {"skip": 1},
                {"id": {}},
                {"audio": "a.wav"},
                {"pauseMs": 5},
                {"line": None, "pauseMs": 600_001},
                {"line": None, "pauseMs": -1},
                {"line": None, "audio": 5},
                {"line": None, "audio": "gs://b"},
                {"line": None, "audio": "a\nb"},
                {"line": None, "audio": " "},
                {"pauseBeforeMs": 60_001},
                {"pauseAfterMs": "5"},
                {"overlapMs": 10_001},
                {"overlapMs": 5, "pauseBeforeMs": 0},
                {"chapter": 5},
                {"chapter": "x" * 201},
                {"chapter": {}},
                {"chapter": {"title": " "}},
                {"chapter": {"title": "a", "url": "ftp://x.org"}},
                {"chapter": {"title": "a", "img": "x.jpg"}},
                {"chapter": {"title": "a", "toc": 1}},
                {"pronunciations": "a"},
                {"pronunciations": {f"w{number}": "a" for number in range(101)}},
            )
        ),
        [LINE, {"pauseMs": 5, "chapter": "Two"}],
        [{"pauseMs": 5}],
        *(
            {"lines": [LINE]} | said
            for said in (
                {"version": 2},
                {"title": 1},
                {"title": "x" * 501},
                {"description": []},
                {"languageCode": "en_US_POSIX"},
                {"onError": "silence"},
                {"dryRun": True},
                {"maxCostUsd": 1},
                {"lines": {}},
                {"lines": None},
                {"speakers": "A"},
                {"speakers": {"A": "Kore"}},
                {"speakers": {"A": {"gender": "neutral"}}},
                {"speakers": {"A": {"pitch": 21}}},
                {"speakers": [{"gender": "male"}]},
                {"defaults": 350},
                {"defaults": {"pauseTurnMs": -1}},
                {"defaults": {"pauseTurnMs": "350"}},
                {"outputs": "mp3"},
                {"defaults": {"pauseSameSpeakerMs": 10_001}},
                {"defaults": {"pauseQuestionMs": -1}},
                {"defaults": {"pauseChapterMs": True}},
                {"defaults": {"trimSilence": 1}},
                {"defaults": {"fadeMs": 0}},
                {"defaults": {"fadeMs": 51}},
                {"audio": "off"},
                {"audio": {"matchSpeakers": 1}},
                {"audio": {"loudness": "loud"}},
                {"audio": {"loudness": -16}},
                {"audio": {"loudness": {"preset": "loud"}}},
                {"audio": {"loudness": {"preset": "off", "integratedLufs": -16}}},
                {"audio": {"loudness": {"integratedLufs": -36}}},
                {"audio": {"loudness": {"truePeakDb": 0}}},
                {"audio": {"intro": {}}},
                {"audio": {"intro": "gs://b/"}},
                {"audio": {"intro": {"audio": " "}}},
                {"audio": {"outro": {"audio": "a", "gainDb": 21}}},
                {"audio": {"outro": {"audio": "a", "fadeInMs": 30_001}}},
                {"audio": {"music": {"audio": "a", "gainDb": 1}}},
                {"audio": {"music": {"audio": "a", "duckDb": -61}}},
                {"audio": {"music": {"audio": "a", "loop": "yes"}}},
                {"pronunciations": 5},
                {"pronunciations": ["a"]},
                {"pronunciations": {"a": 5}},
                {"pronunciations": {"": "a"}},
                {"pronunciations": {"a": " "}},
                {"pronunciations": {"phrase": "a", "alias": "b"}},
                {"pronunciations": [{"phrase": "a"}]},
                {"pronunciations": [{"alias": "a"}]},
                {"pronunciations": [{"phrase": "a", "alias": "b", "pronunciation": "c"}]},
                {"pronunciations": [{"phrase": "x" * 201, "alias": "b"}]},
                {"pronunciations": [{"phrase": "a", "pronunciation": "b", "phoneticEncoding": "PINYIN"}]},
                {"cleanUp": "no"},
                {"cleanUp": {"smileys": False}},
                {"cleanUp": {"emoji": 0}},
                {"outputs": ["mp4"]},
                {"outputs": [{"format": "mp4"}]},
                {"outputs": [{"format": "wav", "bitrateKbps": 96}]},
                {"outputs": [{"format": "m4a", "bitrateKbps": 160}]},
                {"outputs": [{"format": "opus", "sampleRateHertz": 48_000}]},
                {"outputs": [{"format": "vtt", "sampleRateHertz": 48_000}]},
                {"outputs": [{"bitrateKbps": 96}]},
                {"outputs": [{"format": "mp3", "bitrateKbps": 97}]},
                {"outputs": [{"format": "mp3", "sampleRateHertz": 44100}]},
            )
        ),
    ],
    ids=json.dumps,
)
def test_what_is_refused_is_not_valid(validator: Draft202012Validator, script: object) -> None:
    with pytest.raises(ScriptRejected):
        read_conversation(json.dumps(script).encode())
    assert not validator.is_valid(script)


NUMBERS = st.sampled_from([-61, -36, -17, -9, -1, -0.1, 0, 1, 1.5, 5, 24, 40, 96, 250, 24_000, 60_001])
WORDS = st.sampled_from(
    ["", " ", "a", "x" * 201, "gs://b/a", "https://x.org", "podcast", "off", "mp3", "opus"]
)
VALUES = NUMBERS | WORDS | st.none() | st.booleans()
DEFINITIONS = conversation_schema()["$defs"]


def names(definition: str) -> list[str]:
    assert isinstance(DEFINITIONS, dict)
    return sorted(DEFINITIONS[definition]["properties"])


def objects(definition: str, values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(names(definition)), values, max_size=2)


LEXICONS = (
    VALUES
    | st.dictionaries(WORDS, VALUES, max_size=2)
    | st.lists(objects("pronunciation", VALUES), max_size=2)
)
SPOKEN = objects("line", VALUES | objects("chapter", VALUES) | LEXICONS).map(lambda keys: keys | LINE)
RECORDED = objects("line", VALUES).map(lambda keys: {"audio": "a.wav"} | keys)
LINES = SPOKEN | RECORDED.filter(lambda keys: "pronunciations" not in keys) | objects("line", NUMBERS)
AUDIO = objects("audio", VALUES | objects("loudness", VALUES) | objects("music", VALUES))
SCRIPTS = st.fixed_dictionaries(
    {"lines": st.lists(LINES, max_size=2).map(lambda lines: [*lines, LINE])},
    optional={
        "defaults": VALUES | objects("defaults", VALUES),
        "audio": VALUES | AUDIO,
        "pronunciations": LEXICONS,
        "cleanUp": VALUES | st.dictionaries(st.sampled_from(["emoji", "urls", "x"]), VALUES, max_size=2),
        "outputs": st.lists(VALUES | objects("output", VALUES), max_size=2),
    },
)


@given(SCRIPTS)
def test_whatever_is_read_is_valid(validator: Draft202012Validator, script: object) -> None:
    try:
        read_conversation(json.dumps(script).encode())
    except ScriptRejected:
        return
    validator.validate(script)
