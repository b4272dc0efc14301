"""In-memory gateways. tests/contract proves that they keep the same promises as the real ones.

Each calls `fault` with a point's name before and after it changes anything, where a test may crash,
overlap or repeat deliveries.
"""

import hashlib
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import count
from typing import Generic, TypeVar

from dropcast.jobs.plan import Mp3Output
from dropcast.ports import ObjectMissing, SentenceTooLong, SpeechRefused, Standing, TryLater
from dropcast.sound.mp3 import Mp3Layout
from dropcast.sound.wav import Clip, encode_wav
from dropcast.voices.request import SpeechRequest

Message = TypeVar("Message")
Fault = Callable[[str], None]


def fine(_: str) -> None:
    """Nothing goes wrong."""


class MemoryObjectStore:
    """ObjectStore in a dictionary."""

    def __init__(self, fault: Fault = fine) -> None:
        self.objects: dict[str, bytes] = {}
        self.generations: dict[str, int] = {}
        self.operations: list[str] = []
        self.fault = fault

    def create(self, name: str, data: bytes) -> bool:
        return self._write("create", name, lambda: data)

    def create_from(self, name: str, chunks: Iterable[bytes]) -> bool:
        # The real one reads the chunks before its precondition is judged at the end, so this one does too.
        return self._write("create", name, lambda data=b"".join(chunks): data)

    def copy(self, source: str, name: str) -> bool:
        return self._write("copy", name, lambda: self._found(source))

    def join(self, sources: Sequence[str], name: str) -> bool:
        if not 1 <= len(sources) <= 32:
            raise ValueError(f"{len(sources)} sources")
        return self._write("join", name, lambda: b"".join(map(self._found, sources)))

    def read(self, name: str, generation: int | None = None, at_most: int | None = None) -> bytes:
        self.operations.append("read")
        self.fault("before read")
        if generation is not None and self.generations.get(name) != generation:
            raise ObjectMissing(name)
        return self._found(name)[:at_most]

    def chunks(self, name: str) -> Iterator[bytes]:
        data = self.read(name)
        for at in range(0, len(data), 1000):
            yield data[at : at + 1000]

    def names(self, prefix: str) -> set[str]:
        self.operations.append("list")
        found = {name for name in self.objects if name.startswith(prefix)}
        self.fault("after names")
        return found

    def put(self, name: str, data: bytes, generation: int) -> None:
        """Upload as a user does: over what was there."""
        self.objects[name] = data
        self.generations[name] = generation

    def _write(self, operation: str, name: str, content: Callable[[], bytes]) -> bool:
        self.operations.append(operation)
        self.fault(f"before {operation}")
        data = content()
        created = name not in self.objects
        if created:
            self.objects[name] = data
        self.fault(f"after {operation}")
        return created

    def _found(self, name: str) -> bytes:
        if name not in self.objects:
            raise ObjectMissing(name)
        return self.objects[name]


class MemoryEpisodeStore:
    """EpisodeStore in a dictionary, filled from a MemoryObjectStore."""

    def __init__(self, results: MemoryObjectStore, fault: Fault = fine) -> None:
        self.objects: dict[str, tuple[bytes, Standing]] = {}
        self.results = results
        self.fault = fault
        self._generations = count(1)

    def standing(self, name: str) -> Standing | None:
        found = self.objects.get(name)
        self.fault("after standing")
        return found[1] if found else None

    def publish(self, result: str, name: str, script_generation: int, over: Standing | None) -> None:
        self.fault("before publish episode")
        data = self.results._found(result)
        there = self.objects.get(name)
        if (there and there[1].generation) != (over and over.generation):
            raise TryLater(f"{name} was replaced meanwhile")
        self.objects[name] = (data, Standing(next(self._generations), script_generation))
        self.fault("after publish episode")


class MemoryTopic(Generic[Message]):
    """Topic that keeps what was published."""

    def __init__(self, fault: Fault = fine) -> None:
        self.published: list[Message] = []
        self.fault = fault

    def publish(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.fault("before publish")
            self.published.append(message)
            self.fault("after publish")


class ToneSpeech:
    """Speaks a tone, never the same one twice, as real voices do; refuses what it is told to refuse."""

    def __init__(self, refused: Iterable[str] = (), longest: int = 10_000, fault: Fault = fine) -> None:
        self.refused = frozenset(refused)
        self.longest = longest
        self.spoken: list[SpeechRequest] = []
        self.fault = fault
        self._takes = count(1)

    def speak(self, request: SpeechRequest) -> bytes:
        self.fault("before speak")
        if request.content in self.refused:
            raise SpeechRefused(f"unspeakable: {request.content}")
        if len(request.content.encode()) > self.longest:
            raise SentenceTooLong("This request contains sentences that are too long.")
        self.spoken.append(request)
        clip = tone(spoken_samples(request.content), next(self._takes))
        self.fault("after speak")
        return encode_wav(clip)


def spoken_samples(text: str) -> int:
    """How long ToneSpeech speaks: quickly, but no quicker than the gate believes."""
    return 200 + len(text) * 24_000 // 60


def tone(samples: int, take: int = 1) -> Clip:
    """A clip of so many samples at 24 kHz, whose sound depends on the take."""
    second = _second_of(300 + 37 * (take % 50))
    return Clip((second * (2 * samples // len(second) + 1))[: 2 * samples], 24_000)


@cache
def _second_of(pitch: int) -> bytes:
    wave = (round(9000 * math.sin(2 * math.pi * pitch * at / 24_000)) for at in range(24_000))
    return array("h", wave).tobytes()


class DigestEncoder:
    """Encodes PCM as MP3 frames that hold its digest instead of its sound: equal PCM, equal bytes."""

    def mp3(self, pcm: Iterable[bytes], sample_rate_hertz: int, output: Mp3Output) -> Iterator[bytes]:
        heard = b"".join(pcm)
        samples = len(heard) // 2 * output.sample_rate_hertz // sample_rate_hertz
        layout = Mp3Layout(output.sample_rate_hertz, output.bitrate_kbps, samples)
        header = layout.frame_header(output.bitrate_kbps)
        digest = hashlib.sha256(heard).digest()
        yield from ((header + digest).ljust(layout.frame_bytes, b"\0") for _ in range(layout.frames))
