"""What the keys of every object of a conversation file have in common."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

# Lists that no honest script comes near, so that no file keeps a function busy.
MAX_ENTRIES = 100_000
MAX_SPEAKERS = 1_000
MAX_OUTPUTS = 100
MAX_PRONUNCIATIONS = 1_000  # of the script
MAX_PRONUNCIATIONS_OF_LINE = 100

LANGUAGE_CODE = r"^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$"
# An object's name as Cloud Storage allows it, or one of the bucket that is named before it.
OBJECT_NAME = r"^(gs://[a-z0-9][a-z0-9._-]*/|(?!gs://))(?=.*\S)[^\x00-\x1f\x7f\ud800-\udfff]+$"
LONGEST_OBJECT_NAME = 1024  # bytes, Cloud Storage's limit
LONGEST_BUCKET = len("gs://") + 222 + len("/")


@dataclass(frozen=True, slots=True)
class Right:
    """Completes the sentence "must be …" where a value is refused."""

    words: str


class Keys(BaseModel):
    """The keys of one object of the file, in camelCase and, for those who write so, in snake_case.

    `also` maps other names of a key to its own; `later` are keys of the format that this release does not
    render.
    """

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)

    also: ClassVar[dict[str, str]] = {}
    later: ClassVar[frozenset[str]] = frozenset()


def lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def number_as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == int(value) else str(value)


def other_names(names: Mapping[str, str]) -> Callable[[object], object]:
    """Return a reader of text in any case that knows some of the words by other names, too."""

    def own_name(value: object) -> object:
        word = lower_case(value)
        return names.get(word, word) if isinstance(word, str) else word

    return own_name


def is_object_name(value: str) -> bool:
    """Say whether an object can have this name, "gs://" and a bucket before it or not."""
    name = value.split("/", 3)[-1] if value.startswith("gs://") else value
    return (
        bool(re.fullmatch(OBJECT_NAME, value)) and len(name.encode("utf-8", "replace")) <= LONGEST_OBJECT_NAME
    )


def _object_name(value: str) -> str:
    if not is_object_name(value):
        raise ValueError("not the name of an object")
    return value


TEXT = Right("text in double quotes")
NAME = Right("text of at most 200 characters, or a number")
TRUE_OR_FALSE = Right("true or false")
OBJECT = Right(
    'the name of an object in the uploads bucket, such as "stings/one.wav" or "gs://bucket/stings/one.wav"'
)


def milliseconds(most: int) -> Right:
    return Right(f"a whole number of milliseconds from 0 to {most}")


def decibels(least: int, most: int) -> Right:
    return Right(f"a number of decibels from {least} to {most}")


Name = Annotated[
    str,
    BeforeValidator(number_as_text),
    Field(max_length=200),
    WithJsonSchema({"type": ["string", "number"], "maxLength": 200}),
]
OBJECT_SCHEMA: dict[str, object] = {
    "type": "string",
    "maxLength": LONGEST_BUCKET + LONGEST_OBJECT_NAME,
    "pattern": OBJECT_NAME,
}
OBJECT_OR_BLANK = OBJECT_SCHEMA | {"pattern": rf"^\s*$|{OBJECT_NAME}"}
ObjectName = Annotated[str, AfterValidator(_object_name), WithJsonSchema(OBJECT_SCHEMA)]
