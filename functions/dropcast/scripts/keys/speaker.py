"""The keys of a speaker."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from dropcast.scripts.keys.base import NAME, Name, Right, lower_case
from dropcast.scripts.keys.delivery import DeliveryKeys


class SpeakerKeys(DeliveryKeys):
    also = DeliveryKeys.also | {"ssmlGender": "gender", "ssml_gender": "gender"}
    later = frozenset({"model", "pan", "provider", "role", "style"})

    name: Annotated[
        Name | None,
        Field(description="The name that captions show. Not said: the speaker's key.", examples=["Claire"]),
        NAME,
    ] = None
    gender: Annotated[
        Literal["female", "male"] | None,
        BeforeValidator(lower_case),
        Field(description="A hint for casting.", examples=["female"]),
        Right('"female" or "male"'),
    ] = None


class ListedSpeakerKeys(SpeakerKeys):
    """A speaker in a list rather than under a key; the name serves where there is no key."""

    also = SpeakerKeys.also | {"id": "key", "speaker": "key"}

    key: Annotated[Name | None, Field(description="How lines name the speaker.", examples=["A"]), NAME] = None
