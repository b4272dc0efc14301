"""Whatever bytes are dropped, there is a clear answer: never a crash, never a long wait."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic.alias_generators import to_camel

from dropcast.scripts.conversation import MAX_SCRIPT_BYTES, Conversation
from dropcast.scripts.keys.conversation import ConversationKeys
from dropcast.scripts.keys.line import ChapterKeys, LineKeys
from dropcast.scripts.keys.output import OutputKeys
from dropcast.scripts.keys.pronunciation import PronunciationKeys
from dropcast.scripts.keys.sound import AudioKeys, DefaultsKeys, LoudnessKeys, MusicKeys
from dropcast.scripts.keys.speaker import ListedSpeakerKeys
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.reading import read_conversation

DATA = Path(__file__).parents[1] / "data" / "scripts"
EXAMPLE = (Path(__file__).parents[2] / "examples" / "every-key.json").read_bytes()

BROKEN = {
    "a-number.json": ("", "A script is a list"),
    "batch-request.json": ("", "This is a batch synthesis request: dropcast batch submit takes it."),
    "comment.json": ("", "Line 1, column 1: the file is not JSON; JSON has no comments; remove it."),
    "curly-quotes.json": ("", "Line 1, column 3: the file is not JSON; a curly quote stands here;"),
    "duplicate-keys.json": ("/0/line", 'The key "line" stands 2 times in one object; only one can count.'),
    "empty.json": ("", "The file is empty."),
    "entries-are-text.json": ("/0", 'An entry must be an object such as {"speaker": "A"'),
    "half-a-file-between-values.json": (
        "",
        "Line 3, column 3: the file ends here, but a value was expected. Is it only half",
    ),
    "half-a-file.json": (
        "",
        "Line 3, column 28: the file ends here, but a value was expected. Is it only half of it?",
    ),
    "half-a-string.json": ("", "Line 3, column 20: the file ends within the string that begins here."),
    "half-a-utf16-file.json": ("", "The file looks like UTF-16 but is broken at byte 162. Save it as UTF-8."),
    "infinity.json": ("/0/pitch", "-Infinity is no number that JSON knows."),
    "just-text.json": ("", "A script is a list"),
    "line-break-in-a-string.json": (
        "",
        "Line 1, column 34: the file is not JSON; a string goes over the end of its line",
    ),
    "markdown-fence.json": ("", "Line 1, column 1: the file is not JSON; remove the ``` around the script."),
    "missing-comma.json": ("", "Line 3, column 3: the file is not JSON; a comma, or the bracket"),
    "misspelt-key.json": (
        "",
        'No entry has text to speak in "line", "ssml" or "markup"; the first has "speaker", "lnie".',
    ),
    "nan.json": ("/0/pitch", "NaN is no number that JSON knows."),
    "nested-ninety-deep.json": ("/0", "An entry must be an object"),
    "nesting-bomb.json": ("", "Lists or objects stand in one another hundreds deep"),
    "no-lines.json": ("", "The script has no lines"),
    "number-of-5000-digits.json": ("/0/pitch", "A number of 5,000 digits cannot be meant."),
    "number-too-large.json": ("/0/pitch", "1e999 is too large a number."),
    "object-without-lines.json": ("", "The lines are missing"),
    "one-object-per-line.json": ("", "Line 2, column 1: the file is not JSON; the script ended before this;"),
    "only-a-bom.json": ("", "The file is empty."),
    "only-blank-lines.json": ("", "No entry has text to speak"),
    "only-white-space.json": ("", "The file is empty."),
    "single-quotes.json": ("", "Line 1, column 3: the file is not JSON; JSON strings stand in double quotes"),
    "ssml-entity-bomb.json": ("/0/ssml", "The SSML has a document type"),
    "ssml-not-well-formed.json": (
        "/0/ssml",
        "The SSML is not well-formed XML: not well-formed (invalid token) in line 1",
    ),
    "ssml-without-speak.json": ("/0/ssml", "The SSML must stand in <speak> … </speak>, not in <p>."),
    "trailing-comma.json": (
        "",
        "the file is not JSON; a comma stands before the closing",
    ),
    "utf8-with-bom-and-windows-1252.json": ("", "Byte 39 (0xfb, in line 2) is not UTF-8."),
    "windows-1252.json": ("", "Byte 36 (0xfb, in line 2) is not UTF-8. Save the file as UTF-8"),
}
ODD = {
    "control-characters.json": "Control characters or halves of characters",
    "lone-surrogate.json": "Control characters or halves of characters",
    "utf16-by-mistake.json": "The file is UTF-16.",
    "utf16-without-bom.json": "The file is UTF-16.",
    "utf32-by-mistake.json": "The file is UTF-32.",
}
FINE = {"utf8-with-bom.json", "windows-line-ends.json"}


def read_or_problems(data: bytes) -> Conversation | tuple[Problem, ...]:
    try:
        return read_conversation(data)
    except ScriptRejected as rejection:
        return rejection.problems


def test_every_file_of_the_collection_has_its_expectation() -> None:
    assert {path.name for path in DATA.iterdir()} == BROKEN.keys() | ODD.keys() | FINE


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_what_is_wrong_first(name: str) -> None:
    with pytest.raises(ScriptRejected) as rejection:
        read_conversation((DATA / name).read_bytes())
    pointer, words = BROKEN[name]
    first = rejection.value.problems[0]
    assert first.pointer == pointer
    assert words in first.message


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_read_with_a_warning(name: str) -> None:
    [warning] = read_conversation((DATA / name).read_bytes()).warnings
    assert warning.message.startswith(ODD[name])


@pytest.mark.parametrize(
    "name", [*sorted(FINE), "utf16-by-mistake.json", "utf16-without-bom.json", "utf32-by-mistake.json"]
)
def test_the_encoding_changes_nothing_of_what_is_said(name: str) -> None:
    lines = read_conversation((DATA / name).read_bytes()).lines
    assert [line.content for line in lines] == ["Bien sûr.", "Right."]


def test_text_loses_what_nobody_can_speak() -> None:
    assert (
        read_conversation((DATA / "control-characters.json").read_bytes()).lines[0].content
        == "Right.\nThen\tleft."
    )
    assert read_conversation((DATA / "lone-surrogate.json").read_bytes()).lines[0].content == "Right ."


def test_repeated_keys_do_not_hide_other_errors() -> None:
    data = b'{"title": "a", "title": "b", "lines": [{"line": "Right.", "pitch": 21, "rate": NaN}]}'
    assert [problem.pointer for problem in problems(data)] == ["/title", "/lines/0/rate", "/lines/0/pitch"]


def problems(data: bytes) -> tuple[Problem, ...]:
    found = read_or_problems(data)
    assert isinstance(found, tuple)
    return found


def filled(size: int) -> bytes:
    head, tail = b'[{"line": "', b'"}]'
    return (
        head
        + b"a " * ((size - len(head) - len(tail)) // 2)
        + b"a" * ((size - len(head) - len(tail)) % 2)
        + tail
    )


def test_five_megabytes_are_read_and_one_byte_more_is_refused() -> None:
    assert isinstance(read_or_problems(filled(MAX_SCRIPT_BYTES)), Conversation)
    assert problems(filled(MAX_SCRIPT_BYTES + 1)) == (
        Problem("", "The file has 5,242,881 bytes; 5,242,880 are the most. Split the script."),
    )


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "unit",
    [
        b"[",
        b"{",
        b'{"a":',
        b"[{},",
        b'"',
        b'""',
        b"\\",
        b"1",
        b"1,",
        b" ",
        b"\x00",
        b"\xff",
        b"NaN,",
        b"-",
        b"e",
    ],
)
@pytest.mark.parametrize("head", [b"", b"[", b'{"lines": [', b'["'])
def test_five_megabytes_of_anything_are_answered_in_time(head: bytes, unit: bytes) -> None:
    assert problems(head + unit * ((MAX_SCRIPT_BYTES - len(head)) // len(unit)))


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "script",
    [
        b"[" + b"{}," * 1_700_000 + b"{}]",
        b"[" + b"{}," * 99_999 + b"NaN]",
        b"[" + b",".join(b"[" * 900 + b"NaN" + b"]" * 900 for _ in range(1000)) + b"]",
        b"{" + b",".join(b'"key%d": 1' % number for number in range(300_000)) + b"}",
        b'{"speakers": {' + b",".join(b'"%d": {}' % number for number in range(300_000)) + b"}}",
        b'{"outputs": [' + b"0," * 1_000_000 + b"0]}",
        b"[" + b",".join(b'{"line": 1, "rate": %d}' % number for number in range(90_000)) + b"]",
        b'[{"ssml": "<speak>' + b"<a>" * 1_000_000 + b'"}]',
        b'[{"line": "' + b"<" * 500_000 + b'"}]',
        b'{"cleanUp": {' + b",".join(b'"emoj%d": 1' % number for number in range(300_000)) + b"}}",
        b"[" + b",".join([b'{"pronunciations": [{"phrase": 1}, {"alias": "a"}, 1]}'] * 15_000) + b"]",
        b"[" + b",".join([b'{"line": "a", "chapter": {"title": "a", "url": "http:// "}}'] * 15_000) + b"]",
        b'[{"audio": "' + b" " * 5_000_000 + b'"}]',
        b'[{"line": ' + b"[" * 900 + b"]" * 900 + b', "text": ' + b"[" * 900 + b"]" * 900 + b"}]",
    ],
    ids=[
        "empty",
        "nan",
        "chains",
        "unknown-keys",
        "speakers",
        "outputs",
        "errors",
        "ssml",
        "marks",
        "clean-up",
        "lexicons",
        "links",
        "audio",
        "deep-aliases",
    ],
)
def test_large_scripts_of_odd_shapes_are_answered_in_time(script: bytes) -> None:
    assert len(problems(script)) <= 101


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_problems(data)


MODELS = (
    ConversationKeys,
    LineKeys,
    ChapterKeys,
    ListedSpeakerKeys,
    DefaultsKeys,
    AudioKeys,
    LoudnessKeys,
    MusicKeys,
    PronunciationKeys,
    OutputKeys,
)
KEYS = (
    st.sampled_from(sorted({to_camel(name) for keys in MODELS for name in keys.model_fields}))
    | st.sampled_from(sorted({name for keys in MODELS for name in (*keys.also, *keys.later)}))
    | st.sampled_from(["lines", "speakers", "defaults", "audio", "outputs", "x-a"])
    | st.sampled_from(["pronunciations", "cleanUp", "emoji", "chapter", "loudness", "intro", "music"])
    | st.text(max_size=3)
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Lu"]), max_size=5)
    | st.sampled_from(
        ["Right.", "<speak>a</speak>", "mp3", "fr-FR", "female", "off", "a.wav", "…", 1.5, 96, 500]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)
ENTRIES = st.lists(st.dictionaries(KEYS, SCALARS, max_size=6), max_size=4)


@given(
    VALUES
    | ENTRIES
    | st.builds(lambda head, lines: head | {"lines": lines}, st.dictionaries(KEYS, VALUES), ENTRIES)
)
def test_any_json_is_read_or_refused_and_every_place_named_is_in_the_file(value: object) -> None:
    found = read_or_problems(json.dumps(value).encode())
    for problem in found.warnings if isinstance(found, Conversation) else found:
        json.dumps([problem.pointer, problem.message, problem.value], ensure_ascii=False).encode()
        resolve(value, problem.pointer)
    if isinstance(found, Conversation):
        assert found.lines
        for line in found.lines:
            assert line.content.strip()
            assert isinstance(resolve(value, found.pointer(line)), dict)


def resolve(value: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            value = value[int(step)]
        else:
            assert isinstance(value, dict)
            # A message replaces halves of characters, which no file can hold.
            keys = {key.encode("utf-8", "replace").decode(): entry for key, entry in value.items()}
            value = keys[step.replace("~1", "/").replace("~0", "~")]
    return value


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.binary(max_size=8))
@example(0, 0, b"\xff\xfe")
def test_a_script_broken_anywhere_is_read_or_refused(place: int, length: int, instead: bytes) -> None:
    read_or_problems(EXAMPLE[:place] + instead + EXAMPLE[place + length :])
