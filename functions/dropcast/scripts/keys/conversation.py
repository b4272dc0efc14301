"""The keys of the object form of a conversation."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dropcast.scripts.keys.base import LANGUAGE_CODE, Keys, Right


class ConversationKeys(Keys):
    """The keys of the object form whose values are no lists or objects."""

    also: ClassVar[dict[str, str]] = {
        "language": "languageCode",
        "lang": "languageCode",
        "conversation": "lines",
        "inputs": "lines",
        "script": "lines",
        "beats": "lines",
        "turns": "lines",
        "segments": "lines",
        "dialogue": "lines",
        "conversations": "lines",
        "transcript": "lines",
        "customPronunciations": "pronunciations",
        "custom_pronunciations": "pronunciations",
        "clean_up": "cleanUp",
        "cleanup": "cleanUp",
    }
    later = frozenset(
        {
            "author",
            "cover",
            "episode",
            "explicit",
            "id",
            "labels",
            "notify",
            "pubDate",
            "season",
        }
    )

    version: Annotated[
        Literal[1] | None,
        Field(description="Version of this format.", examples=[1]),
        Right("1, the version of the format that this release reads"),
    ] = None
    title: Annotated[
        str | None,
        Field(description="Title of the episode.", examples=["On Machine Learning"], max_length=500),
        Right("text of at most 500 characters"),
    ] = None
    description: Annotated[
        str | None,
        Field(description="What the episode is about.", max_length=10_000),
        Right("text of at most 10000 characters"),
    ] = None
    language_code: Annotated[
        str | None,
        Field(
            description="Language and region of every line that does not say its own, as BCP-47 writes them.",
            examples=["fr-FR"],
            pattern=LANGUAGE_CODE,
        ),
        Right('a language code such as "en-US" or "fr-FR"'),
    ] = None
    on_error: Annotated[
        Literal["fail", "skip"] | None,
        Field(
            description='"fail", as if not said: a line that cannot be spoken fails the conversation. '
            '"skip": it is left out, and the report says so.'
        ),
        Right('"fail" or "skip"'),
    ] = None
    dry_run: Annotated[
        Literal[False] | None,
        Field(description="Asks for the price alone, which a script cannot do yet."),
        Right(
            'false: this release cannot try without rendering; "dropcast estimate" tells what it would cost'
        ),
    ] = None
    max_cost_usd: Annotated[
        None,
        Field(description="Asks for a limit of cost, which a script cannot set yet."),
        Right('left out: this release cannot hold to a price; "dropcast estimate" tells what it would cost'),
    ] = None
