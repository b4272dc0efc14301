"""A script becomes a conversation, whichever tool wrote it, or every problem with it is told at once."""

import json
from pathlib import Path

import pytest

from dropcast.scripts.conversation import UNNAMED, Conversation, Delivery, Output, Sounding, Speaker
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.reading import read_conversation

EXAMPLES = Path(__file__).parents[2] / "examples"
LINE = {"speaker": "A", "line": "Right."}


def read(script: object) -> Conversation:
    return read_conversation(json.dumps(script).encode())


def problems(script: object) -> tuple[Problem, ...]:
    with pytest.raises(ScriptRejected) as rejection:
        read(script)
    return rejection.value.problems


def messages(script: object) -> dict[str, str]:
    return {problem.pointer: problem.message for problem in problems(script)}


def warnings(script: object) -> dict[str, str]:
    return {warning.pointer: warning.message for warning in read(script).warnings}


def test_the_seeds_bare_array_is_read() -> None:
    conversation = read([LINE, {"speaker": "B", "line": "Left."}])
    assert [(line.index, line.speaker, line.kind, line.content) for line in conversation.lines] == [
        (0, "A", "text", "Right."),
        (1, "B", "text", "Left."),
    ]
    assert conversation.warnings == ()
    assert conversation.on_error == "fail"
    assert conversation.sounding == Sounding()
    assert conversation.outputs == (Output("mp3"), Output("vtt"))


@pytest.mark.parametrize("blank", [{}, {"line": None}, {"line": ""}, {"line": " \n"}, {"ssml": ""}])
def test_entries_without_text_are_skipped_and_counted(blank: dict[str, object]) -> None:
    conversation = read([LINE, {"speaker": "B"} | blank, LINE])
    assert [line.index for line in conversation.lines] == [0, 2]
    assert conversation.skipped == (1,)
    assert conversation.warnings == ()


def test_an_entry_can_be_left_out() -> None:
    assert read([LINE, LINE | {"skip": True}]).skipped == (1,)


@pytest.mark.parametrize("speaker", [{}, {"speaker": None}, {"speaker": " "}])
def test_a_line_that_names_nobody_is_still_spoken(speaker: dict[str, object]) -> None:
    assert read([{"line": "Right."} | speaker]).lines[0].speaker == UNNAMED


@pytest.mark.parametrize(("given", "name"), [(1, "1"), (2.0, "2"), (1.5, "1.5"), (" Ann \n Lee ", "Ann Lee")])
def test_speakers_are_named_by_text_on_one_line(given: object, name: str) -> None:
    assert read([LINE | {"speaker": given}]).lines[0].speaker == name


@pytest.mark.parametrize(
    "said", [{"text": None, "line": "Right."}, {"line": "Right.", "text": None, "pitch": None}]
)
def test_null_says_nothing(said: dict[str, object]) -> None:
    conversation = read({"title": None, "onError": None, "outputs": None, "speakers": None, "lines": [said]})
    assert conversation.lines[0].content == "Right."
    assert conversation.lines[0].delivery is None
    assert conversation.on_error == "fail"


def test_the_object_form_says_more() -> None:
    conversation = read(
        {
            "title": "On\nSpeech",
            "description": "What it is.",
            "language": "fr_fr",
            "speakers": {"A": {"name": "Claire", "gender": "FEMALE", "speakingRate": 1.1}, "B": None},
            "defaults": {"pauseTurnMs": 0},
            "onError": "skip",
            "outputs": ["vtt", {"format": "mp3", "bitrateKbps": 64, "sampleRateHertz": 24000}],
            "lines": [
                LINE | {"id": 7, "caption": "right", "pitch": -2},
                {"speaker": "B", "markup": "So [pause]"},
            ],
        }
    )
    assert conversation.title == "On Speech"
    assert conversation.description == "What it is."
    assert conversation.language_code == "fr-FR"
    assert conversation.speakers == (
        Speaker("A", "Claire", "female", Delivery(speaking_rate=1.1), "/speakers/A"),
        Speaker("B", "B", None, Delivery(), "/speakers/B"),
    )
    assert conversation.sounding.pauses.turn_ms == 0
    assert conversation.on_error == "skip"
    assert conversation.outputs == (Output("vtt"), Output("mp3", 64, 24000))
    first, second = conversation.lines
    assert (first.id, first.caption, first.delivery) == ("7", "right", Delivery(pitch=-2))
    assert (second.kind, second.content, second.delivery) == ("markup", "So [pause]", None)
    assert conversation.warnings == ()


@pytest.mark.parametrize(
    "lines",
    ["lines", "conversation", "inputs", "script", "beats", "turns", "segments", "dialogue", "transcript"],
)
@pytest.mark.parametrize("text", ["line", "text", "dialogue", "body", "content"])
def test_the_names_of_other_tools_are_read(lines: str, text: str) -> None:
    conversation = read({lines: [{"speaker": "A", text: "Right."}]})
    assert conversation.lines[0].content == "Right."
    assert conversation.pointer(conversation.lines[0]) == f"/{lines}/0"
    assert conversation.warnings == ()


@pytest.mark.parametrize(
    ("key", "value", "delivery"),
    [
        ("voice_id", "Kore", Delivery(voice="Kore")),
        ("voiceName", "Kore", Delivery(voice="Kore")),
        ("language", "cmn_hans_cn", Delivery(language_code="cmn-Hans-CN")),
        ("lang", "fr", Delivery(language_code="fr")),
        ("languageCode", "es-419", Delivery(language_code="es-419")),
        ("rate", 2, Delivery(speaking_rate=2.0)),
        ("speaking_rate", 0.25, Delivery(speaking_rate=0.25)),
        ("pitch", -20, Delivery(pitch=-20.0)),
        ("volume", -96, Delivery(volume_gain_db=-96.0)),
    ],
)
def test_delivery_has_googles_names_and_short_ones(key: str, value: object, delivery: Delivery) -> None:
    conversation = read({"speakers": {"A": {key: value}}, "lines": [LINE | {key: value}]})
    assert conversation.lines[0].delivery == conversation.speakers[0].delivery == delivery


@pytest.mark.parametrize("key", ["key", "id", "speaker", "name"])
def test_speakers_can_be_a_list(key: str) -> None:
    assert [speaker.key for speaker in read({"speakers": [{key: "A"}], "lines": [LINE]}).speakers] == ["A"]


def test_two_names_for_one_key_may_agree_but_not_differ() -> None:
    assert read([LINE | {"text": "Right."}]).lines[0].content == "Right."
    assert messages([LINE | {"text": "Left."}]) == {
        "/0/text": '"text" and "line" mean the same but differ; keep one.'
    }
    assert "/turns" in messages({"lines": [LINE], "turns": [LINE]})


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("line", 42, "text in double quotes"),
        ("line", False, "text in double quotes"),
        ("speaker", True, "or a number"),
        ("speaker", ["A"], "or a number"),
        ("speakingRate", 2.01, "a number from 0.25 to 2"),
        ("speakingRate", "1.0", "a number from 0.25 to 2"),
        ("speakingRate", True, "a number from 0.25 to 2"),
        ("pitch", -21, "from -20 to 20"),
        ("pitch", 10**300, "from -20 to 20"),
        ("volumeGainDb", 16.5, "from -96 to 16"),
        ("languageCode", "french", 'such as "en-US" or "fr-FR"'),
        ("voice", {"name": "Kore"}, "the name of a voice"),
        ("caption", [], "text in double quotes"),
        ("skip", "no", "true or false"),
        ("id", "x" * 201, "at most 200 characters"),
    ],
)
def test_a_wrong_value_is_named_with_its_place_and_what_would_be_right(
    key: str, value: object, right: str
) -> None:
    [problem] = problems([LINE, LINE | {key: value}])
    assert problem.pointer == f"/1/{key}"
    assert right in problem.message
    assert problem.value is not None
    assert problem.value[:60] == json.dumps(value)[:60]


@pytest.mark.parametrize(
    ("key", "value", "pointer"),
    [
        ("version", 2, "/version"),
        ("title", 7, "/title"),
        ("languageCode", "français", "/languageCode"),
        ("onError", "silence", "/onError"),
        ("dryRun", True, "/dryRun"),
        ("maxCostUsd", 2.5, "/maxCostUsd"),
        ("defaults", [], "/defaults"),
        ("defaults", {"pauseTurnMs": 1.5}, "/defaults/pauseTurnMs"),
        ("defaults", {"pauseTurnMs": 10_001}, "/defaults/pauseTurnMs"),
        ("speakers", "A", "/speakers"),
        ("speakers", {"A": "Kore"}, "/speakers/A"),
        ("speakers", {"A/~": {"pitch": 21}}, "/speakers/A~1~0/pitch"),
        ("speakers", {"A": {"gender": "neutral"}}, "/speakers/A/gender"),
        ("speakers", [{"gender": "male"}], "/speakers/0"),
        ("speakers", [{"id": "A"}, {"id": "A "}], "/speakers/1"),
        ("outputs", "mp3", "/outputs"),
        ("outputs", ["mp4"], "/outputs/0"),
        ("outputs", [{"format": "mp4"}], "/outputs/0/format"),
        ("outputs", [{"bitrateKbps": 96}], "/outputs/0"),
        ("lines", {"0": LINE}, "/lines"),
        ("lines", ["Right."], "/lines/0"),
        ("lines", [LINE | {"ssml": "<speak>a</speak>"}], "/lines/0"),
        ("lines", [{"ssml": "<p>a</p>"}], "/lines/0/ssml"),
    ],
)
def test_what_the_object_form_cannot_mean_is_refused_at_its_place(
    key: str, value: object, pointer: str
) -> None:
    assert [problem.pointer for problem in problems({"lines": [LINE]} | {key: value})] == [pointer]


def test_all_errors_come_at_once() -> None:
    script = {"onError": 1, "speakers": {"A": {"pitch": 99}}, "lines": [LINE | {"rate": 9, "pitch": "x"}, 3]}
    assert list(messages(script)) == [
        "/onError",
        "/speakers/A/pitch",
        "/lines/0/rate",
        "/lines/0/pitch",
        "/lines/1",
    ]


def test_a_hundred_errors_are_told_and_the_rest_counted() -> None:
    told = problems([LINE | {"pitch": 99}] * 150)
    assert len(told) == 101
    assert told[-1] == Problem("", "There are 50 more problems.")


def test_an_unknown_key_is_warned_of_once_with_its_place_and_a_guess() -> None:
    lines = [LINE, *[LINE | {"speakngRate": 1.5}] * 3]
    assert warnings(lines) == {
        "/1/speakngRate": 'The key "speakngRate" is not known here and was left aside. '
        'Did you mean "speakingRate"? The same in 2 more places.'
    }


def test_keys_of_the_users_own_and_the_schemas_address_are_carried() -> None:
    assert warnings({"$schema": "schema.json", "x-mood": 1, "lines": [LINE | {"x-take": 3}]}) == {}


def test_keys_that_are_not_rendered_yet_are_warned_of_when_they_ask_for_something() -> None:
    asking = {"lines": [LINE | {"onError": "skip", "style": "warm"}], "audio": {"channels": 2}}
    resting = {"lines": [LINE | {"onError": None, "style": ""}], "audio": {"sampleRateHertz": 0}}
    assert list(warnings(asking)) == ["/audio/channels", "/lines/0/onError", "/lines/0/style"]
    assert warnings(resting) == {}


def test_names_that_seem_to_miss_their_declaration_are_warned_of() -> None:
    assert warnings({"speakers": {"A": {"name": "Claire"}}, "lines": [LINE | {"speaker": "Claire"}]}) == {
        "/speakers": '"Claire" speaks but is not declared; "A" is declared but never speaks.'
    }


def test_an_id_at_two_lines_is_warned_of() -> None:
    assert list(warnings([LINE | {"id": "x"}] * 2)) == ["/1/id"]


def test_ten_thousand_lines_are_read_and_one_more_is_refused() -> None:
    assert len(read([LINE] * 10_000).lines) == 10_000
    assert "10,001 lines" in messages([LINE] * 10_001)[""]
    assert len(read([LINE, {}] * 10_000).skipped) == 10_000


def test_lists_of_absurd_length_are_refused_at_once() -> None:
    assert "100,001 entries" in messages([{}] * 100_001)[""]
    assert (
        "1,001 speakers"
        in messages({"speakers": dict.fromkeys(map(str, range(1001))), "lines": [LINE]})["/speakers"]
    )
    assert "101 outputs" in messages({"outputs": ["mp3"] * 101, "lines": [LINE]})["/outputs"]


def test_what_lines_share_is_kept_once() -> None:
    first, second = read([LINE | {"speaker": "Ann Lee", "pitch": 1}] * 2).lines
    assert first.speaker is second.speaker
    assert first.delivery is second.delivery


def test_there_are_three_examples() -> None:
    assert {path.name for path in EXAMPLES.glob("*.json")} >= {
        "conversation.json",
        "deepseek.json",
        "every-key.json",
    }


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_example_is_read_without_a_warning(path: Path) -> None:
    data = path.read_bytes()
    assert read_conversation(data).warnings == ()
    assert data == (json.dumps(json.loads(data), ensure_ascii=False, indent=2) + "\n").encode()


def test_the_main_example_is_a_hundred_lines_between_two_and_quickly_rendered() -> None:
    conversation = read_conversation((EXAMPLES / "conversation.json").read_bytes())
    assert len(conversation.lines) >= 100
    assert {line.speaker for line in conversation.lines} == {"A", "B"}
    assert sum(len(line.content) for line in conversation.lines) <= 9_000
