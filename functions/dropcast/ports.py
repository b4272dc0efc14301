"""What the stages need from the world. gateways/ keeps these promises, tests/fakes.py fakes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from dropcast.jobs.batch.timing import Mark
from dropcast.jobs.part import Coding
from dropcast.scripts.batch.formats import AudioFormat
from dropcast.voices.request import SpeechRequest

Message = TypeVar("Message", contravariant=True)


class ObjectMissing(Exception):
    """There is no such object, or no longer this generation of it."""


class DestinationRefused(Exception):
    """A bucket is not there, or closed to us; the text says why. Only whoever keeps it can mend that."""


class SpeechRefused(Exception):
    """The speech service will never speak this request, however often it is asked."""


class SentenceTooLong(SpeechRefused):
    """The speech service would speak this text if its sentences were cut shorter."""


class MediaRefused(Exception):
    """This recording cannot be used, however often it is tried; the text says why."""


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

    def slice(self, name: str, start: int, end: int) -> bytes:
        """Return an object's bytes from start up to end, fewer where it ends before. Raises ObjectMissing."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield an object piece by piece, in constant memory. Raises ObjectMissing."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return every name that starts with prefix and exists now, with its size in bytes."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it stands: `created` is when this generation of it was, in UTC."""

    name: str
    size: int
    generation: int
    created: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


class ManagedStore(ObjectStore, Protocol):
    """A bucket that whoever keeps it may look at more closely, and clear.

    All raise TryLater, and DestinationRefused where the bucket is not there or closed to us.
    """

    def add(self, name: str, data: bytes, metadata: Mapping[str, str]) -> Stored | None:
        """Store data under a new name, and say what it is now; None where the name was taken."""

    def replace(
        self, name: str, chunks: Iterable[bytes], metadata: Mapping[str, str], over: Stored | None
    ) -> bool:
        """Store chunks over what was seen standing there, or over nothing, in constant memory.

        Returns False if something else stands there by now, which is left as it is.
        """

    def about(self, name: str) -> Stored | None:
        """Say what stands under a name; None if nothing does."""

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Yield everything whose name starts with prefix, in the order of names."""

    def remove(self, name: str, generation: int | None = None) -> None:
        """Remove an object, if it is there, and of exactly this generation if one is given."""


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

    def speak_with_marks(self, request: SpeechRequest) -> tuple[bytes, tuple[Mark, ...]]:
        """Return the same, and when each mark of the request's SSML was passed, as far as that is said."""


class Media(Protocol):
    """Opens recordings that somebody uploaded, whatever they turn out to be."""

    def decode(self, recording: bytes, sample_rate_hertz: int) -> bytes:
        """Return the sound as s16le mono PCM. Raises MediaRefused, TryLater."""


class Encoder(Protocol):
    """Turns PCM into what people play."""

    def encode(self, pcm: bytes, sample_rate_hertz: int, coding: Coding) -> bytes:
        """Return the bare stream of a coding: MP3 frames, ADTS frames of AAC, or Ogg pages of Opus.

        `pcm` is s16le mono at sample_rate_hertz. The encoder's own delay stands before it and its flush
        behind it; what of that belongs to an episode is for the caller to know.
        """

    def flac(self, pcm: Iterable[bytes], sample_rate_hertz: int) -> Iterator[bytes]:
        """Yield a FLAC stream, in constant memory, whose header does not tell its length."""

    def transcode(self, pcm: Iterable[bytes], sample_rate_hertz: int, audio: AudioFormat) -> Iterator[bytes]:
        """Yield a whole stream of a batch's format, in constant memory, as far as ffmpeg makes it.

        `pcm` is s16le mono. What has a container of ffmpeg's making comes in it; the others bare.
        """

    def makes(self, audio: AudioFormat) -> bool:
        """Say whether this deployment can make a format at all."""

    def version(self) -> str:
        """Return which encoder this is: another version may write other bytes."""
