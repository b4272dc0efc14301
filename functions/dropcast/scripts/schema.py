"""The JSON Schema of a conversation file, made from the keys that reading.py checks."""

from itertools import combinations

from dropcast.scripts.conversation import MAX_LINES
from dropcast.scripts.keys import (
    MAX_ENTRIES,
    MAX_OUTPUTS,
    MAX_SPEAKERS,
    ConversationKeys,
    DefaultsKeys,
    Keys,
    LineKeys,
    ListedSpeakerKeys,
    OutputKeys,
    SpeakerKeys,
)

Schema = dict[str, object]

TEXTS = ("line", "ssml", "markup")
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
            "speaker": _object(SpeakerKeys, "How a speaker is called and sounds."),
            "listedSpeaker": _listed_speaker(),
            "defaults": _object(DefaultsKeys, "What holds for all lines."),
            "output": _object(OutputKeys, "A file to be made.", required=("format",)),
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
            "outputs": _outputs(),
            "lines": {"$ref": "#/$defs/lines", "description": "What is spoken, in order."},
        },
        "required": ["lines"],
        "examples": [EXAMPLE],
    }


def _lines() -> Schema:
    return {
        "type": "array",
        "description": f"Entries in order; at least one has text, at most {MAX_LINES} have.",
        "items": {"$ref": "#/$defs/line"},
        "contains": {"anyOf": [_has_text(key) for key in TEXTS]},
        "maxItems": MAX_ENTRIES,
        "examples": [EXAMPLE_LINES],
    }


def _line() -> Schema:
    two_texts = [{"allOf": [_has_text(one), _has_text(other)]} for one, other in combinations(TEXTS, 2)]
    return _object(LineKeys, "One turn of one speaker.") | {"not": {"anyOf": two_texts}}


def _has_text(key: str) -> Schema:
    return {"required": [key], "properties": {key: {"type": "string", "pattern": r"\S"}}}


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
            {"type": "null"},
        ],
        "examples": [{"A": {"name": "Claire", "gender": "female"}, "B": {"name": "Hugo"}}],
    }


def _listed_speaker() -> Schema:
    said = [
        {"required": [key], "properties": {key: {"type": ["string", "number"]}}} for key in ("key", "name")
    ]
    return _object(ListedSpeakerKeys, "A speaker in a list, with its key or its name.") | {"anyOf": said}


def _outputs() -> Schema:
    by_name = {"enum": ["mp3", "vtt"]}
    return {
        "description": "The files to be made; an MP3 and its captions always are.",
        "anyOf": [
            {
                "type": "array",
                "items": {"anyOf": [by_name, {"$ref": "#/$defs/output"}]},
                "maxItems": MAX_OUTPUTS,
            },
            {"type": "null"},
        ],
        "examples": [["mp3"], [{"format": "mp3", "bitrateKbps": 96}]],
    }


def _or_null(definition: str, description: str) -> Schema:
    return {"description": description, "anyOf": [{"$ref": f"#/$defs/{definition}"}, {"type": "null"}]}


def _object(keys: type[Keys], description: str, required: tuple[str, ...] = ()) -> Schema:
    schema: Schema = {"type": "object", "description": description, "properties": _properties(keys)}
    return schema | {"required": list(required)} if required else schema


def _properties(keys: type[Keys]) -> dict[str, Schema]:
    # A title that repeats the key, and null as the default of all, tell nobody anything.
    noise = {"title", "default"}
    return {
        key: {word: value for word, value in schema.items() if word not in noise}
        for key, schema in keys.model_json_schema()["properties"].items()
    }
