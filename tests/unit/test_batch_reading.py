"""A request is read as real clients write it, or all that is wrong with it is told at once (section 2)."""

import json
from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.scripts.batch.formats import FORMATS
from dropcast.scripts.batch.reading import examine_request, is_batch_request
from dropcast.scripts.batch.request import MAX_INPUTS, MAX_REQUEST_BYTES, Allowed, BatchRequest, Destination
from dropcast.scripts.problems import Problem

RAINBOW = "The rainbow has seven colors."
PLAIN: dict[str, object] = {
    "inputKind": "PlainText",
    "inputs": [{"content": RAINBOW}],
    "synthesisConfig": {"voice": "en-US-JennyNeural"},
}
SSML: dict[str, object] = {"inputKind": "SSML", "inputs": [{"content": "<speak/>"}]}
DEPLOYMENT = "7ab84171-9070-4d3b-88d4-1b8cc1cb928a"
ALLOWED = Allowed(
    destinations=("gs://results/batch/", "gs://whole-bucket", "gs://", ""),
    custom_voices={DEPLOYMENT: "en-US-Chirp3-HD-Kore"},
)


def read(request: object, allowed: Allowed = ALLOWED) -> BatchRequest:
    found, problems = examine_request(json.dumps(request).encode(), allowed)
    assert problems == ()
    assert found is not None
    return found


def problems(request: object, allowed: Allowed = ALLOWED) -> dict[str, str]:
    data = request if isinstance(request, bytes) else json.dumps(request).encode()
    _, found = examine_request(data, allowed)
    assert found
    return {problem.pointer: problem.message for problem in found}


def with_properties(**properties: object) -> dict[str, object]:
    return PLAIN | {"properties": properties}


def with_config(**config: object) -> dict[str, object]:
    return PLAIN | {"synthesisConfig": {"voice": "en-US-JennyNeural"} | config}


def test_the_shortest_request_has_the_contracts_defaults() -> None:
    request = read(PLAIN)
    assert (request.input_kind, request.inputs, request.description) == ("PlainText", (RAINBOW,), None)
    assert request.custom_voices == {}
    assert request.manner is not None
    assert request.manner.voice == "en-US-JennyNeural"
    assert request.manner.echo == {"voice": "en-US-JennyNeural"}
    wanted = request.wanted
    assert wanted.audio is FORMATS["riff-24khz-16bit-mono-pcm"]
    assert (wanted.concatenated, wanted.decompressed, wanted.words, wanted.sentences) == (False,) * 4
    assert (wanted.time_to_live_hours, wanted.destination) == (744, None)


def test_the_pages_own_example_is_read() -> None:
    properties = {
        "outputFormat": "riff-24khz-16bit-mono-pcm",
        "wordBoundaryEnabled": False,
        "sentenceBoundaryEnabled": False,
        "concatenateResult": False,
        "decompressOutputFiles": False,
    }
    request = read({"description": "my ssml test"} | SSML | {"properties": properties})
    assert (request.input_kind, request.manner, request.description) == ("SSML", None, "my ssml test")


def test_a_client_that_writes_pascal_case_and_the_year_one_is_understood() -> None:
    request = read(
        {
            "Id": None,
            "Status": None,
            "CreatedDateTime": "0001-01-01T00:00:00",
            "LastActionDateTime": "0001-01-01T00:00:00",
            "InputKind": "Ssml",
            "Inputs": [{"Content": "<speak/>", "Text": None}],
            "SynthesisConfig": None,
            "CustomVoices": None,
            "Properties": {"OutputFormat": "Audio-24kHz-48kBitrate-Mono-MP3", "TimeToLiveInHours": 24},
            "Outputs": {"Result": 5},
        }
    )
    assert (request.input_kind, request.inputs) == ("SSML", ("<speak/>",))
    assert request.wanted.audio is FORMATS["audio-24khz-48kbitrate-mono-mp3"]
    assert request.wanted.time_to_live_hours == 24


def test_unknown_members_nulls_and_read_only_members_are_let_be() -> None:
    told = {"displayName": "x", "id": 7, "status": [], "outputs": {}, "internalId": {}, "description": None}
    properties = {
        "destinationContainerUrl": None,
        "destinationPath": None,
        "outputFormat": None,
        "timeToLiveInHours": None,
        "concatenateResult": None,
        "sizeInBytes": "many",
        "billingDetails": 3,
        "timeToLive": "PT1H",
    }
    given_ = PLAIN | told | {"properties": properties, "inputs": [{"content": "a", "id": {}, "text": 5}]}
    assert read(given_) == read(PLAIN | {"inputs": [{"content": "a"}]})


@pytest.mark.parametrize("kind", ["PlainText", "plaintext", "PLAINTEXT", " plainText "])
def test_the_kind_is_read_in_any_case(kind: str) -> None:
    assert read(PLAIN | {"inputKind": kind}).input_kind == "PlainText"


def test_a_missing_kind_is_told() -> None:
    assert problems({"inputs": [{"content": "a"}]}) == {
        "": 'The inputKind is required: "PlainText" or "SSML".'
    }


@pytest.mark.parametrize("kind", ["Text", "", 5, ["SSML"]])
def test_an_unknown_kind_is_told(kind: object) -> None:
    message = f'inputKind is {json.dumps(kind)}, but must be "PlainText" or "SSML".'
    assert problems(SSML | {"inputKind": kind}) == {"/inputKind": message}


@pytest.mark.parametrize("inputs", [{}, {"inputs": None}, {"inputs": []}, {"Inputs": []}])
def test_inputs_are_required_in_azures_words(inputs: dict[str, object]) -> None:
    _, (problem,) = examine_request(json.dumps({"inputKind": "SSML"} | inputs).encode(), ALLOWED)
    assert problem.message == "The inputs is required."


def test_missing_inputs_are_told_first() -> None:
    assert examine_request(b"{}", ALLOWED)[1][0].message == "The inputs is required."


@pytest.mark.parametrize("inputs", [{"content": "a"}, "a", 5, False])
def test_inputs_that_are_no_list_are_told(inputs: object) -> None:
    assert problems(SSML | {"inputs": inputs})["/inputs"].endswith(
        'but must be a list such as [{"content": "…"}].'
    )


def test_ten_thousand_inputs_are_read_and_one_more_is_not() -> None:
    entry = {"content": "a"}
    assert len(read(SSML | {"inputs": [entry] * MAX_INPUTS}).inputs) == 10_000
    told = problems(SSML | {"inputs": [entry] * (MAX_INPUTS + 1)})
    assert told == {"/inputs": "There are 10,001 inputs; 10,000 are the most. Split the request."}


@pytest.mark.parametrize("entry", [{}, {"content": None}, {"x": "y"}])
def test_an_input_without_content_is_told(entry: object) -> None:
    told = problems(SSML | {"inputs": [{"content": "a"}, entry]})
    advice = "an input is at least one character of text or SSML"
    assert told == {"/inputs/1": f"The inputs[1].content is required: {advice}."}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The inputs[0].content is required: an input is at least one character of text or SSML."),
        (5, "inputs[0].content is 5, but must be text in double quotes."),
        (["a"], 'inputs[0].content is ["a"], but must be text in double quotes.'),
    ],
)
def test_content_that_is_none_is_told_where_it_stands(content: object, message: str) -> None:
    assert problems({"InputKind": "SSML", "INPUTS": [{"Content": content}]}) == {"/INPUTS/0/Content": message}


def test_half_of_a_character_is_told() -> None:
    told = problems(b'{"inputKind": "SSML", "inputs": [{"content": "a\\ud83d"}]}')
    assert told["/inputs/0/content"].endswith("text without halves of characters (lone surrogates).")
    assert read(SSML | {"inputs": [{"content": "🙂"}]}).inputs == ("🙂",)  # two halves, as JSON escapes them


def test_text_in_place_of_content_is_named() -> None:
    told = problems(SSML | {"inputs": [{"Text": "a"}]})
    assert told == {
        "/inputs/0/Text": 'The inputs[0].content is required; "text" stands in its place: '
        'rename it "content".'
    }


@pytest.mark.parametrize("entry", ["a", None, 5, ["a"]])
def test_an_input_that_is_no_object_is_told(entry: object) -> None:
    message = f'inputs[0] is {json.dumps(entry)}, but must be an object such as {{"content": "…"}}.'
    assert problems(SSML | {"inputs": [entry]}) == {"/inputs/0": message}


def test_inputs_keep_their_places_when_one_is_wrong() -> None:
    data = json.dumps(SSML | {"inputs": [{"content": "a"}, {}, {"content": "c"}]}).encode()
    request, _ = examine_request(data, ALLOWED)
    assert request is not None
    assert request.inputs == ("a", "", "c")


def test_content_is_kept_as_it_is() -> None:
    assert read(SSML | {"inputs": [{"content": " \r\n\x00é "}]}).inputs == (" \r\n\x00é ",)


def test_a_description_is_text_of_any_length() -> None:
    assert read(PLAIN | {"description": "é" * 100_000}).description == "é" * 100_000
    assert problems(PLAIN | {"description": 5}) == {
        "/description": "description is 5, but must be text in double quotes."
    }


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({}, ""),
        ({"synthesisConfig": None}, ""),
        ({"SynthesisConfig": {}}, "/SynthesisConfig"),
        ({"synthesisConfig": {"voice": None}}, "/synthesisConfig"),
        ({"synthesisConfig": {"Voice": ""}}, "/synthesisConfig/Voice"),
    ],
)
def test_plain_text_needs_a_voice(config: dict[str, object], place: str) -> None:
    request = {"inputKind": "PlainText", "inputs": [{"content": "a"}]} | config
    advice = 'plain text needs a voice, such as "en-US-JennyNeural"'
    assert problems(request) == {place: f"The synthesisConfig.voice is required: {advice}."}


@pytest.mark.parametrize("config", [5, [], "x", {"voice": 5}, {"rate": []}])
def test_ssml_has_no_use_for_a_config(config: object) -> None:
    assert read(SSML | {"synthesisConfig": config}).manner is None


@pytest.mark.parametrize("config", [5, [], "x"])
def test_a_config_that_is_no_object_is_told_once(config: object) -> None:
    assert problems(PLAIN | {"synthesisConfig": config}) == {
        "/synthesisConfig": f"synthesisConfig is {json.dumps(config)}, but must be an object such as "
        '{"voice": "en-US-JennyNeural"}.'
    }


def test_a_manner_is_read_and_echoed_in_canonical_spelling() -> None:
    request = read(
        {"inputKind": "PlainText", "inputs": [{"content": "a"}]}
        | {
            "SynthesisConfig": {
                "Voice": "my-voice",
                "SpeakerProfileId": "p1",
                "Style": "cheerful",
                "STYLEDEGREE": "1.5",
                "Role": "Girl",
                "rate": 1.25,
                "pitch": "+2st",
                "Volume": 60,
                "BackgroundAudio": {"Src": "https://a.example/b.mp3", "Fadein": 99_999, "volume": "0.7"},
                "somethingElse": 1,
            }
        }
    )
    manner = request.manner
    assert manner is not None
    assert (manner.voice, manner.speaker_profile_id, manner.role) == ("my-voice", "p1", "Girl")
    assert (manner.style, manner.style_degree) == ("cheerful", 1.5)
    assert (manner.rate, manner.pitch, manner.volume) == ("1.25", "+2st", "60")
    assert manner.background_audio == "https://a.example/b.mp3"
    assert manner.echo == {
        "voice": "my-voice",
        "speakerProfileId": "p1",
        "style": "cheerful",
        "styleDegree": "1.5",
        "role": "Girl",
        "rate": 1.25,
        "pitch": "+2st",
        "volume": 60,
        "backgroundAudio": {"src": "https://a.example/b.mp3", "fadein": 99_999, "volume": "0.7"},
    }


@pytest.mark.parametrize("degree", [0, 2.5, -1, "strong", "", "nan", "1e999", 10**299])
def test_a_degree_out_of_range_is_ignored(degree: object) -> None:
    manner = read(with_config(styleDegree=degree)).manner
    assert manner is not None
    assert manner.style_degree is None


@pytest.mark.parametrize("degree", [0.01, 1, 2, "2"])
def test_a_degree_is_a_number_or_a_string(degree: str | float) -> None:
    manner = read(with_config(styleDegree=degree)).manner
    assert manner is not None
    assert manner.style_degree == float(degree)


@pytest.mark.parametrize("name", ["rate", "pitch", "volume"])
@pytest.mark.parametrize("value", ["nonsense", "", "+10%", 1, 0.5, -3])
def test_rate_pitch_and_volume_may_be_anything_that_can_be_written(name: str, value: object) -> None:
    manner = read(with_config(**{name: value})).manner
    assert manner is not None
    assert getattr(manner, name) == (str(value) or None)
    assert manner.echo[name] == value


@pytest.mark.parametrize("name", ["rate", "pitch", "volume", "styleDegree"])
@pytest.mark.parametrize("value", [True, [], {"a": 1}])
def test_what_is_neither_text_nor_a_number_is_told(name: str, value: object) -> None:
    message = f"synthesisConfig.{name} is {json.dumps(value)}, but must be text in double quotes or a number."
    assert problems(with_config(**{name: value})) == {f"/synthesisConfig/{name}": message}


@pytest.mark.parametrize("name", ["voice", "style", "role", "speakerProfileId"])
@pytest.mark.parametrize("value", [True, 5, []])
def test_what_is_no_text_is_told(name: str, value: object) -> None:
    message = f"synthesisConfig.{name} is {json.dumps(value)}, but must be text in double quotes."
    assert problems(with_config(**{name: value})) == {f"/synthesisConfig/{name}": message}


@pytest.mark.parametrize(
    ("background", "place"),
    [({}, ""), ({"src": None}, ""), ({"src": ""}, "/src"), ({"volume": 1}, "")],
)
def test_background_audio_needs_a_source(background: object, place: str) -> None:
    (told,) = problems(with_config(backgroundAudio=background)).items()
    advice = "background audio is a link to a recording"
    message = f"The synthesisConfig.backgroundAudio.src is required: {advice}."
    assert told == (f"/synthesisConfig/backgroundAudio{place}", message)


@pytest.mark.parametrize(
    ("background", "place"),
    [("https://x", ""), ({"src": 5}, "/src"), ({"src": "x", "volume": []}, "/volume")],
)
def test_background_audio_of_the_wrong_type_is_told_once(background: object, place: str) -> None:
    assert list(problems(with_config(backgroundAudio=background))) == [
        f"/synthesisConfig/backgroundAudio{place}"
    ]


def test_custom_voices_are_kept_as_they_are_written() -> None:
    assert read(PLAIN | {"CustomVoices": {"My-Voice": DEPLOYMENT, "my-voice": DEPLOYMENT}}).custom_voices == {
        "My-Voice": DEPLOYMENT,
        "my-voice": DEPLOYMENT,
    }


@pytest.mark.parametrize("deployment", ["no-such-one", DEPLOYMENT.upper()])
def test_a_deployment_that_is_not_known_is_told(deployment: str) -> None:
    right = "the id of a deployment that the operator of this service has mapped to a voice"
    assert problems(PLAIN | {"customVoices": {"my/voice": deployment}}) == {
        "/customVoices/my~1voice": f'customVoices.my/voice is "{deployment}", but must be {right}.'
    }


@pytest.mark.parametrize("deployment", ["ab", "a" * 65, "-abc", "a b c", "äbc", "abc\n", "", None, 5, {}])
def test_what_is_no_deployment_id_is_told(deployment: object) -> None:
    message = problems(PLAIN | {"customVoices": {"mine": deployment}})["/customVoices/mine"]
    assert "but must be a deployment id: 3 to 64 letters" in message


def test_the_name_of_a_custom_voice_has_whole_characters() -> None:
    (message,) = problems(PLAIN | {"customVoices": {"a\ud83d": DEPLOYMENT}}).values()
    message.encode()
    assert "halves of characters" in message


@pytest.mark.parametrize("voices", [[], "x", 5])
def test_custom_voices_that_are_no_map_are_told(voices: object) -> None:
    assert list(problems(PLAIN | {"customVoices": voices})) == ["/customVoices"]


def test_properties_that_are_no_object_are_told() -> None:
    assert problems(PLAIN | {"properties": []})["/properties"].startswith("properties is [], but must be an ")


@pytest.mark.parametrize("name", ["", "RIFF-24KHZ-16bit-mono-PCM"])
def test_an_empty_format_is_the_default_one(name: str) -> None:
    assert read(with_properties(outputFormat=name)).wanted.audio is FORMATS["riff-24khz-16bit-mono-pcm"]


def test_an_unknown_format_is_told_in_azures_words() -> None:
    (message,) = problems(with_properties(outputFormat="X")).values()
    assert message.startswith("Unsupported output format X.")
    assert list(problems(with_properties(OutputFormat=24))) == ["/properties/OutputFormat"]


FLAGS: dict[str, Callable[[BatchRequest], bool]] = {
    "concatenateResult": lambda request: request.wanted.concatenated,
    "wordBoundaryEnabled": lambda request: request.wanted.words,
    "sentenceBoundaryEnabled": lambda request: request.wanted.sentences,
    "decompressOutputFiles": lambda request: request.wanted.decompressed,
}


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize(
    ("said", "meant"), [(True, True), (False, False), ("true", True), ("True", True), ("FALSE", False)]
)
def test_flags_are_booleans_or_their_names(name: str, *, said: object, meant: bool) -> None:
    request = read(with_properties(**{name: said}))
    assert {other: told(request) for other, told in FLAGS.items()} == dict.fromkeys(FLAGS, False) | {
        name: meant
    }


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("said", ["yes", "", 1, 0, [], {}])
def test_a_flag_that_is_neither_true_nor_false_is_told(name: str, said: object) -> None:
    message = f"properties.{name} is {json.dumps(said)}, but must be true or false."
    assert problems(with_properties(**{name: said})) == {f"/properties/{name}": message}


@pytest.mark.parametrize("hours", [1, 744, 24.0, "24", " 24 "])
def test_a_time_to_live_is_a_whole_number_of_hours(hours: str | float) -> None:
    assert read(with_properties(timeToLiveInHours=hours)).wanted.time_to_live_hours == int(hours)


@pytest.mark.parametrize("hours", [0, 745, -1, 1.5, "0", "24h", "", "٢٤", 10**299, True, [], "24:00:00"])
def test_a_time_to_live_out_of_range_is_told(hours: object) -> None:
    message = problems(with_properties(timeToLiveInHours=hours))["/properties/timeToLiveInHours"]
    assert message.endswith("but must be a whole number of hours from 1 to 744.")


@pytest.mark.parametrize("duration", ["PT1H", "P31D", "pt24h"])
def test_a_duration_is_named_as_the_mistake_that_it_is(duration: str) -> None:
    message = (
        f'properties.timeToLiveInHours is "{duration}", but must be a whole number of hours from 1 to 744'
    )
    assert problems(with_properties(timeToLiveInHours=duration)) == {
        "/properties/timeToLiveInHours": f"{message}, not a duration."
    }


def test_the_operators_time_to_live_holds_where_none_is_said() -> None:
    assert read(PLAIN, Allowed(time_to_live_hours=168)).wanted.time_to_live_hours == 168


@pytest.mark.parametrize(
    ("url", "path", "destination"),
    [
        ("gs://results/batch", None, Destination("gs://results/batch")),
        ("gs://results/batch/", "", Destination("gs://results/batch")),
        ("gs://results/batch/mine", "/a/b/", Destination("gs://results/batch/mine", "a/b")),
        ("gs://whole-bucket/any..where", "ä ö", Destination("gs://whole-bucket/any..where", "ä ö")),
        ("", "a", None),
        (None, "../a", None),
    ],
)
def test_a_destination_is_a_folder_that_is_allowed(
    url: str | None, path: str | None, destination: Destination | None
) -> None:
    request = read(with_properties(destinationContainerUrl=url, destinationPath=path))
    assert request.wanted.destination == destination


@pytest.mark.parametrize(
    "url",
    [
        "gs://results/batch2",
        "gs://results",
        "gs://results/",
        "gs://results/other",
        "gs://results/batch/../other",
        "gs://results/batch/..",
        "gs://results/batch/./a",
        "gs://results/batch//a",
        "gs://results/batch/a*",
        "gs://results/batch/a\nb",
        "gs://results/batch/a#b",
        "gs://other",
        "gs://whole-bucket2",
        "gs://",
        "gs:///batch",
        "GS://results/batch",
        "s3://results/batch",
        "results/batch",
        "file:///etc",
    ],
)
def test_any_other_destination_is_told(url: str) -> None:
    message = problems(with_properties(destinationContainerUrl=url))["/properties/destinationContainerUrl"]
    right = "a folder in Cloud Storage, gs://bucket/prefix, that the operator of this service has allowed"
    assert message == f"properties.destinationContainerUrl is {json.dumps(url.strip())}, but must be {right}."


def test_the_signature_of_a_container_of_azures_is_not_repeated() -> None:
    url = "https://x.blob.core.windows.net/c?sp=rw&sig=SECRET"
    data = json.dumps(with_properties(destinationContainerUrl=url)).encode()
    _, (problem,) = examine_request(data, ALLOWED)
    assert problem.value == '"https://x.blob.core.windows.net/c?…"'
    assert "SECRET" not in problem.message


def test_without_an_operators_word_no_destination_is_allowed() -> None:
    assert problems(with_properties(destinationContainerUrl="gs://results"), Allowed())


@pytest.mark.parametrize("path", ["..", "a/../../b", "a//b", "a\\b", "a\x00", "a?b", "x" * 1000])
def test_a_path_that_leads_out_of_the_destination_is_told(path: str) -> None:
    told = problems(with_properties(destinationContainerUrl="gs://results/batch", DestinationPath=path, x=1))
    assert list(told) == ["/properties/DestinationPath"]


def test_decompressing_without_a_destination_is_accepted() -> None:
    wanted = read(with_properties(decompressOutputFiles=True)).wanted
    assert (wanted.decompressed, wanted.destination) == (True, None)


def test_of_a_member_that_stands_twice_the_last_counts() -> None:
    data = (
        b'{"inputKind": "x", "inputKind": "SSML", "Inputs": 5, "inputs": [{"content": "a"}], "INPUTS": null}'
    )
    request, problems = examine_request(data, ALLOWED)
    assert problems == ()
    assert request is not None
    assert request.inputs == ("a",)


def test_everything_wrong_is_told_at_once() -> None:
    told = problems(
        {
            "inputKind": "PlainText",
            "inputs": [{}, {"content": "a"}, {"content": 3}],
            "synthesisConfig": {"rate": []},
            "customVoices": {"x": "y"},
            "description": 1,
            "properties": {"outputFormat": "mp3", "timeToLiveInHours": 0, "wordBoundaryEnabled": "si"},
        }
    )
    assert set(told) == {
        "/inputs/0",
        "/inputs/2/content",
        "/synthesisConfig",
        "/synthesisConfig/rate",
        "/customVoices/x",
        "/description",
        "/properties/outputFormat",
        "/properties/timeToLiveInHours",
        "/properties/wordBoundaryEnabled",
    }


def test_of_very_many_problems_a_hundred_are_told_and_the_rest_is_counted() -> None:
    began = process_time()
    _, found = examine_request(json.dumps(PLAIN | {"inputs": [{}] * 10_000}).encode(), ALLOWED)
    assert process_time() - began < 2
    assert len(found) == 101
    assert found[-1] == Problem("", "There are 9,900 more problems.")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The request has no body"),
        (b" \n", "The request has no body"),
        (b"\xef\xbb\xbf", "Line 1, column 1: the request ends here"),
        (b"[]", "The request is [], but must be a JSON object"),
        (b"[" * 900 + b"]" * 900, "The request is [[["),
        (b"null", "The request is null, but must be a JSON object"),
        (b'{"inputs": [', "Line 1, column 13: the request ends here, but a value was expected."),
        (b'{"inputs": "abc', "Line 1, column 12: the request ends within the string"),
        (b"{'inputs': []}", "Line 1, column 2: the request is not JSON; JSON strings stand in double quotes"),
        (b'{"a": NaN}', "The request is not JSON; NaN is no number"),
        (b'{"a": -Infinity}', "The request is not JSON; -Infinity is no number"),
        (b'{"a": 1e999}', "The request is not JSON; 1e999 is no number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "The request is not JSON; 99999999999999999999… is no number"),
        (b'{"a": 1.' + b"9" * 5000 + b"}", "The request is not JSON; 1.999999999999999999… is no number"),
        (b'{"a": "\xe9"}', "The request is not UTF-8; it breaks at byte 7."),
        (b'{"a": "\xed\xa0\xbd"}', "The request is not UTF-8"),
        (b"[" * 1_000_000, "Lists or objects stand in one another hundreds deep"),
        (b'{"inputs":' * 100_000, "Lists or objects stand in one another hundreds deep"),
    ],
)
def test_what_cannot_be_read_at_all_is_told_in_one_word(data: bytes, message: str) -> None:
    request, (problem,) = examine_request(data, ALLOWED)
    assert request is None
    assert (problem.pointer, problem.message[: len(message)]) == ("", message)


def test_a_request_of_more_than_two_mebibytes_is_told() -> None:
    data = json.dumps(SSML).encode().ljust(MAX_REQUEST_BYTES)
    assert examine_request(data, ALLOWED)[1] == ()
    assert problems(data + b" ")[""].startswith("The request has 2,097,153 bytes; 2,097,152 are the most.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings_are_read(encoding: str) -> None:
    data = json.dumps(PLAIN).encode(encoding)
    assert examine_request(data, ALLOWED)[1] == ()
    assert is_batch_request(data)


def test_two_megabytes_in_ten_thousand_inputs_are_read_at_once() -> None:
    data = json.dumps(PLAIN | {"inputs": [{"content": "é" * 31}] * 10_000}, ensure_ascii=True).encode()
    assert len(data) > 2_000_000
    began = process_time()
    request, _ = examine_request(data, ALLOWED)
    assert process_time() - began < 0.3
    assert request is not None


@pytest.mark.parametrize("script", [PLAIN, SSML, {"INPUTKIND": None}, {"inputs": [], "inputKind": 5}])
def test_a_request_is_told_from_a_conversation(script: object) -> None:
    assert is_batch_request(json.dumps(script).encode())


@pytest.mark.parametrize(
    "script",
    [
        [{"speaker": "A", "line": 'The "inputKind" is required.'}],
        {"lines": [{"inputKind": "SSML", "line": "a"}]},
        {"inputs": [{"speaker": "A", "content": "a"}]},
        "inputKind",
    ],
)
def test_a_conversation_is_no_request(script: object) -> None:
    assert not is_batch_request(json.dumps(script).encode())


@pytest.mark.parametrize("data", [b"", b'{"inputKind"', b'"inputKind"\xff', b'{"inputKind":' * 100_000])
def test_what_is_no_json_is_no_request(data: bytes) -> None:
    assert not is_batch_request(data)


NAMES = ["inputKind", "inputs", "description", "synthesisConfig", "customVoices", "properties"]
MEMBERS = [
    *("content", "text", "voice", "style", "styleDegree", "rate", "backgroundAudio", "src", "outputFormat"),
    *("concatenateResult", "destinationContainerUrl", "destinationPath", "timeToLiveInHours", "~a/b", "é"),
]
LIKELY = [
    "PlainText",
    "SSML",
    "",
    "gs://results/batch",
    "..",
    "PT1H",
    DEPLOYMENT,
    "true",
    "\ud800",
    24,
    1e300,
]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.sampled_from(LIKELY)
)


def any_case(names: list[str]) -> st.SearchStrategy[str]:
    changes = st.sampled_from([str, str.upper, str.lower, str.title])
    return st.builds(lambda name, change: change(name), st.sampled_from(names), changes)


ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_case(NAMES + MEMBERS), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(any_case(NAMES), ANYTHING, max_size=6))
def test_whatever_is_asked_problems_point_into_it_and_can_be_written(script: dict[str, object]) -> None:
    request, found = examine_request(json.dumps(script).encode(), ALLOWED)
    assert request is not None or found
    for problem in found:
        resolve(json.loads(json.dumps(script)), problem.pointer)
        f"{problem.message}{problem.value}".encode()
        assert problem.message.endswith((".", "?"))
    if request is not None:
        json.dumps([request.manner and dict(request.manner.echo), request.description], allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_bytes_at_all_are_too_much(data: st.DataObject) -> None:
    whole = bytearray(json.dumps(PLAIN | {"properties": {"timeToLiveInHours": 24}}).encode())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    request, found = examine_request(cut, ALLOWED)
    assert request is not None or found
    is_batch_request(cut)


def resolve(value: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]  # type: ignore[index]
    return value
