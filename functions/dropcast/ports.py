"""What the stages need from the world. gateways/ keeps these promises, tests/fakes.py fakes them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from dropcast.jobs.plan import Mp3Output
from dropcast.voices.request import SpeechRequest

Message = TypeVar("Message", contravariant=True)


class ObjectMissing(Exception):
    """There is no such object, or no longer this generation of it."""


class SpeechRefused(Exception):
    """The speech service will never speak this request, however often it is asked."""


class SentenceTooLong(SpeechRefused):
    """The speech service would speak this text if its sentences were cut shorter."""


class TryLater(Exception):
    """Something outside is out of order or out of quota just now; a later delivery will fare better."""


class ObjectStore(Protocol):
    """A bucket in which a name, once created, never changes.

    Every writing method returns False where the name was taken, which is success: all callers need is
    that the object is there. All raise TryLater when storage stays out of reach.
    """

    def create(self, name: str, data: bytes) -> bool:
        """Store data under a new name."""

    def create_from(self, name: str, chunks: Iterable[bytes]) -> bool:
        """Store chunks under a new name, in constant memory; nothing is visible before the last one."""

    def copy(self, source: str, name: str) -> bool:
        """Copy an object inside storage. Raises ObjectMissing without a source."""

    def join(self, sources: Sequence[str], name: str) -> bool:
        """Store up to 32 objects one after the other as a new one. Raises ObjectMissing if one is missing."""

    def read(self, name: str, generation: int | None = None, at_most: int | None = None) -> bytes:
        """Return an object, or its first bytes, of exactly this generation if one is given.

        Raises ObjectMissing.
        """

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield an object piece by piece, in constant memory. Raises ObjectMissing."""

    def names(self, prefix: str) -> set[str]:
        """Return every name that starts with prefix and exists now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands under a stable name: its generation there, and the generation of its script."""

    generation: int
    script_generation: int


class EpisodeStore(Protocol):
    """The bucket of finished episodes, whose stable names are replaced, but never unseen."""

    def standing(self, name: str) -> Standing | None:
        """Say what stands under a stable name now."""

    def publish(self, result: str, name: str, script_generation: int, over: Standing | None) -> None:
        """Copy a result out of the jobs bucket over what was seen standing there, or over nothing.

        Raises TryLater if something else stands there by now: look again, then decide again.
        """


class Topic(Protocol[Message]):
    """A Pub/Sub topic. It may deliver a message more than once, late, and in any order."""

    def publish(self, messages: Iterable[Message]) -> None:
        """Return once every message is durably queued. Raises TryLater."""


class Speech(Protocol):
    """A text-to-speech service."""

    def speak(self, request: SpeechRequest) -> bytes:
        """Return the speech as a WAV file. Raises SpeechRefused, SentenceTooLong, TryLater."""


class Encoder(Protocol):
    """Turns PCM into what people play."""

    def mp3(self, pcm: Iterable[bytes], sample_rate_hertz: int, output: Mp3Output) -> Iterator[bytes]:
        """Yield the frames of one constant-bitrate MP3, without a header frame, in constant memory.

        `pcm` is s16le mono at sample_rate_hertz.
        """
