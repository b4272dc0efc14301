"""The JSON Schema of a conversation file, made from the keys that reading.py checks."""

from itertools import combinations

from dropcast.scripts.chapters import MOST_CHAPTERS
from dropcast.scripts.conversation import MAX_LINES, Format
from dropcast.scripts.keys.base import (
    MAX_ENTRIES,
    MAX_OUTPUTS,
    MAX_PRONUNCIATIONS,
    MAX_PRONUNCIATIONS_OF_LINE,
    MAX_SPEAKERS,
    OBJECT_OR_BLANK,
    Keys,
)
from dropcast.scripts.keys.conversation import ConversationKeys
from dropcast.scripts.keys.line import LONGEST_TITLE, ChapterKeys, LineKeys
from dropcast.scripts.keys.output import BITRATES_KBPS, FORMATS, SAMPLE_RATES_HERTZ, OutputKeys
from dropcast.scripts.keys.pronunciation import LONGEST, PronunciationKeys
from dropcast.scripts.keys.sound import (
    OTHER_PRESETS,
    AudioKeys,
    DefaultsKeys,
    ExtraKeys,
    LoudnessKeys,
    MusicKeys,
)
from dropcast.scripts.keys.speaker import ListedSpeakerKeys, SpeakerKeys
from dropcast.scripts.loudness import TARGETS
from dropcast.scripts.speakable import RULES

Schema = dict[str, object]

NULL: Schema = {"type": "null"}
SAID: Schema = {"type": "string", "pattern": r"\S"}
ASKED: Schema = {"type": "integer", "minimum": 1}
# What an entry may hold, exactly one of them; a pause of 0 beside something else asks for nothing.
HEARD: dict[str, Schema] = {"line": SAID, "ssml": SAID, "markup": SAID, "audio": SAID}
CONTENTS = HEARD | {"pauseMs": ASKED}
PHRASE: Schema = {"type": "string", "pattern": r"\S", "maxLength": LONGEST}
EXAMPLE_LINES = [{"speaker": "A", "line": "Welcome back."}, {"speaker": "B", "line": "Good to be here."}]
EXAMPLE = {"title": "On Machine Learning", "languageCode": "en-US", "lines": EXAMPLE_LINES}


def conversation_schema() -> Schema:
    """Return what read_conversation reads, in both forms, as JSON Schema, draft 2020-12.

    Keys have their own names only; the names of other tools are read but not advertised. Unknown keys are
    warned of, not refused, so the schema lets them pass.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Conversation",
        "description": "A conversation to be spoken: a list of lines, or an object around such a list.",
        "anyOf": [{"$ref": "#/$defs/lines"}, {"$ref": "#/$defs/conversation"}],
        "examples": [EXAMPLE_LINES, EXAMPLE],
        "$defs": {
            "conversation": _conversation(),
            "lines": _lines(),
            "line": _line(),
            "chapter": _object(ChapterKeys, "A chapter that starts at a line.", required=("title",)),
            "speaker": _object(SpeakerKeys, "How a speaker is called and sounds."),
            "listedSpeaker": _listed_speaker(),
            "defaults": _object(DefaultsKeys, "What holds for all lines."),
            "audio": _audio(),
            "loudness": _loudness_in_figures(),
            "extra": _object(ExtraKeys, "A recording before or after the lines.", required=("audio",)),
            "music": _object(MusicKeys, "A recording under the lines.", required=("audio",)),
            "pronunciation": _pronunciation(),
            "output": _output(),
        },
    }


def _conversation() -> Schema:
    return {
        "type": "object",
        "description": "A conversation with what is to be said about it.",
        "properties": {
            "$schema": {"type": "string", "description": "Where this schema is, for editors."},
            **_properties(ConversationKeys),
            "speakers": _speakers(),
            "defaults": _or_null("defaults", "What holds for all lines."),
            "audio": _or_null("audio", "How loud the episode is, and what is heard beside the lines."),
            "pronunciations": _lexicon("How words are to be said in every line.", MAX_PRONUNCIATIONS),
            "cleanUp": _clean_up(),
            "outputs": _outputs(),
            "lines": {"$ref": "#/$defs/lines", "description": "What is spoken, in order."},
        },
        "required": ["lines"],
        "examples": [EXAMPLE],
    }


def _lines() -> Schema:
    return {
        "type": "array",
        "description": f"Entries in order; at least one is heard, at most {MAX_LINES} are, with at most "
        f"{MOST_CHAPTERS} chapters.",
        "items": {"$ref": "#/$defs/line"},
        "contains": {"anyOf": [_has(key, content) for key, content in HEARD.items()]},
        "maxItems": MAX_ENTRIES,
        "examples": [EXAMPLE_LINES],
    }


def _line() -> Schema:
    also = {
        "chapter": _chapter(),
        "pronunciations": _lexicon(
            "How words are to be said in this line, before what the script says.", MAX_PRONUNCIATIONS_OF_LINE
        ),
    }
    clashes = [_all(_has(*one), _has(*other)) for one, other in combinations(CONTENTS.items(), 2)]
    overlapping_pause = _all(_has("overlapMs", ASKED), _has("pauseBeforeMs", {"type": "integer"}))
    resting_chapter = _all(_has("pauseMs", ASKED), _has("chapter", {"anyOf": [SAID, {"type": "object"}]}))
    line = _object(LineKeys, "One turn of one speaker, a recording, or a rest.", also=also)
    return line | {"not": {"anyOf": [*clashes, overlapping_pause, resting_chapter]}}


def _has(key: str, value: Schema) -> Schema:
    return {"required": [key], "properties": {key: value}}


def _all(*schemas: Schema) -> Schema:
    return {"allOf": list(schemas)}


def _chapter() -> Schema:
    return {
        "description": "A chapter starts at this line: its title, or an object with more.",
        "anyOf": [{"type": "string", "maxLength": LONGEST_TITLE}, {"$ref": "#/$defs/chapter"}, NULL],
        "examples": ["Introduction", {"title": "Introduction", "url": "https://example.com"}],
    }


def _lexicon(description: str, most: int) -> Schema:
    return {
        "description": f"{description} A list of entries, or an object of aliases.",
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/$defs/pronunciation"}, "maxItems": most},
            {
                "type": "object",
                "additionalProperties": {"anyOf": [PHRASE, NULL]},
                "propertyNames": PHRASE,
                "maxProperties": most,
                "not": {
                    "required": ["phrase"],
                    "anyOf": [{"required": ["alias"]}, {"required": ["pronunciation"]}],
                },
            },
            NULL,
        ],
        "examples": [[{"phrase": "GIF", "pronunciation": "dʒɪf"}], {"kubectl": "cube control"}],
    }


def _pronunciation() -> Schema:
    ways = [_has(key, {"type": "string"}) for key in ("alias", "pronunciation")]
    entry = _object(PronunciationKeys, "How a phrase is said.", required=("phrase",))
    return entry | {"oneOf": ways}


def _clean_up() -> Schema:
    switches = {rule.name: {"type": ["boolean", "null"]} for rule in RULES}
    return {
        "description": "Whether text is made fit to be spoken (captions keep it as written): true, as if not "
        "said, false, or an object that switches rules off.",
        "anyOf": [
            {"type": ["boolean", "null"]},
            {
                "type": "object",
                "propertyNames": {"enum": list(switches)},
                "additionalProperties": {"type": ["boolean", "null"]},
            },
        ],
        "examples": [False, {"emoji": False}],
    }


def _audio() -> Schema:
    also: dict[str, Schema] = {
        "loudness": {
            "description": "How loud the episode is: a preset, or an object with figures.",
            "anyOf": [{"enum": [*TARGETS, *OTHER_PRESETS, None]}, {"$ref": "#/$defs/loudness"}],
            "examples": ["podcast", {"integratedLufs": -16, "truePeakDb": -1}],
        },
        "intro": _extra("extra", "What is heard before the lines."),
        "outro": _extra("extra", "What is heard after the lines."),
        "music": _extra("music", "What is heard under the lines."),
    }
    return _object(AudioKeys, "How loud the episode is, and what is heard beside the lines.", also=also)


def _extra(definition: str, description: str) -> Schema:
    return {
        "description": f"{description} The name of an object, or an object with more.",
        "anyOf": [OBJECT_OR_BLANK, {"$ref": f"#/$defs/{definition}"}, NULL],
        "examples": ["music/theme.mp3"],
    }


def _loudness_in_figures() -> Schema:
    figures = _object(LoudnessKeys, "How loud the episode is, in figures; what is not said is the preset's.")
    off = _has("preset", {"const": "off"})
    said = [_has(key, {"type": "number"}) for key in ("integratedLufs", "truePeakDb")]
    return figures | {"not": _all(off, {"anyOf": said})}


def _output() -> Schema:
    output = _object(OutputKeys, "A file to be made.", required=("format",))
    return output | {"allOf": [_settings(name) for name in FORMATS]}


def _settings(name: Format) -> Schema:
    choices = {"bitrateKbps": BITRATES_KBPS, "sampleRateHertz": SAMPLE_RATES_HERTZ}
    allowed = {key: {"enum": [*of.get(name, ()), None]} for key, of in choices.items()}
    return {"if": _has("format", {"const": name}), "then": {"properties": allowed}}


def _speakers() -> Schema:
    return {
        "description": "Speakers by the key that lines name. Who is not declared is cast all the same.",
        "anyOf": [
            {
                "type": "object",
                "additionalProperties": _or_null("speaker", "How this speaker is called and sounds."),
                "maxProperties": MAX_SPEAKERS,
            },
            {"type": "array", "items": {"$ref": "#/$defs/listedSpeaker"}, "maxItems": MAX_SPEAKERS},
            NULL,
        ],
        "examples": [{"A": {"name": "Claire", "gender": "female"}, "B": {"name": "Hugo"}}],
    }


def _listed_speaker() -> Schema:
    said = [_has(key, {"type": ["string", "number"]}) for key in ("key", "name")]
    return _object(ListedSpeakerKeys, "A speaker in a list, with its key or its name.") | {"anyOf": said}


def _outputs() -> Schema:
    by_name = {"enum": list(FORMATS)}
    return {
        "description": "The files to be made, each format once. Not said: an MP3. Captions always are made.",
        "anyOf": [
            {
                "type": "array",
                "items": {"anyOf": [by_name, {"$ref": "#/$defs/output"}]},
                "maxItems": MAX_OUTPUTS,
            },
            NULL,
        ],
        "examples": [["mp3", "m4b", "chapters.json"], [{"format": "mp3", "bitrateKbps": 96}]],
    }


def _or_null(definition: str, description: str) -> Schema:
    return {"description": description, "anyOf": [{"$ref": f"#/$defs/{definition}"}, NULL]}


def _object(
    keys: type[Keys],
    description: str,
    required: tuple[str, ...] = (),
    also: dict[str, Schema] | None = None,
) -> Schema:
    properties = _properties(keys) | (also or {})
    schema: Schema = {"type": "object", "description": description, "properties": properties}
    return schema | {"required": list(required)} if required else schema


def _properties(keys: type[Keys]) -> dict[str, Schema]:
    # A title that repeats the key, and null as the default of all, tell nobody anything.
    noise = {"title", "default"}
    return {
        key: {word: value for word, value in schema.items() if word not in noise}
        for key, schema in keys.model_json_schema()["properties"].items()
    }
