"""The keys of an entry of a lexicon."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from dropcast.scripts.keys.base import TRUE_OR_FALSE, Keys, Right, other_names

LONGEST = 200  # characters of a phrase, and of how it is said

Alphabet = Annotated[
    Literal["ipa", "x-sampa"],
    BeforeValidator(
        other_names(
            {
                "phonetic_encoding_ipa": "ipa",
                "phonetic_encoding_x_sampa": "x-sampa",
                "x_sampa": "x-sampa",
                "xsampa": "x-sampa",
            }
        )
    ),
    WithJsonSchema({"enum": ["PHONETIC_ENCODING_IPA", "PHONETIC_ENCODING_X_SAMPA", "ipa", "x-sampa"]}),
]


class PronunciationKeys(Keys):
    phrase: Annotated[
        str,
        Field(
            description="The word or words as the text writes them.",
            examples=["kubectl"],
            max_length=LONGEST,
            pattern=r"\S",
        ),
        Right(f"text of 1 to {LONGEST} characters"),
    ]
    alias: Annotated[
        str | None,
        Field(
            description="Other words that are spoken instead. Either this or a pronunciation.",
            examples=["cube control"],
            max_length=LONGEST,
            pattern=r"\S",
        ),
        Right(f"text of 1 to {LONGEST} characters"),
    ] = None
    pronunciation: Annotated[
        str | None,
        Field(
            description="How it sounds, in the alphabet that phoneticEncoding names.",
            examples=["dʒɪf"],
            max_length=LONGEST,
            pattern=r"\S",
        ),
        Right(f"text of 1 to {LONGEST} characters"),
    ] = None
    phonetic_encoding: Annotated[
        Alphabet | None,
        Field(
            description="Alphabet of the pronunciation, IPA if not said.", examples=["PHONETIC_ENCODING_IPA"]
        ),
        Right('"PHONETIC_ENCODING_IPA" or "PHONETIC_ENCODING_X_SAMPA"'),
    ] = None
    match_case: Annotated[
        bool | None,
        Field(description='false finds "GIF" in "gif", too.', examples=[True]),
        TRUE_OR_FALSE,
    ] = None
