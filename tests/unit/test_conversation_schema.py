"""The JSON Schema says what is read: it accepts every example and refuses what the reader refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

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
    ],
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
            )
        ),
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
                {"outputs": ["wav"]},
                {"outputs": [{"format": "wav"}]},
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
