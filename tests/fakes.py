"""In-memory gateways. tests/contract proves that they keep the same promises as the real ones.

Each calls `fault` with a point's name before and after it changes anything, where a test may crash,
overlap or repeat deliveries.
"""

import hashlib
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import count, pairwise
from threading import Lock
from types import MappingProxyType
from typing import Generic, TypeVar

import numpy as np

from dropcast.jobs.batch.timing import Mark
from dropcast.jobs.part import Coding
from dropcast.ports import (
    MediaRefused,
    ObjectMissing,
    SentenceTooLong,
    SpeechRefused,
    Standing,
    Stored,
    TryLater,
)
from dropcast.publishing.formats.webm import DURATION, INFO
from dropcast.scripts.batch.formats import AudioFormat
from dropcast.sound.mp3 import ENCODER_DELAY, Mp3Layout
from dropcast.sound.wav import BrokenClip, Clip, encode_wav, parse_wav
from dropcast.voices.request import SpeechRequest

Message = TypeVar("Message")
Fault = Callable[[str], None]
CHUNK = 10_000  # bytes: small, so that whoever reads chunks meets several
EDGE = 240  # samples of 10 ms: a clip whose last 10 ms are loud is taken for one that was cut off


def fine(_: str) -> None:
    """Nothing goes wrong."""


def now() -> datetime:
    return datetime.now(UTC)


class MemoryObjectStore:
    """ManagedStore in a dictionary; what is written is from the time that its clock tells."""

    def __init__(self, fault: Fault = fine, clock: Callable[[], datetime] = now) -> None:
        self.objects: dict[str, bytes] = {}
        self.generations: dict[str, int] = {}
        self.created: dict[str, datetime] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.operations: list[str] = []
        self.fault = fault
        self.clock = clock
        self._generations = count(1_795_000_000_000_000)
        self._one_at_a_time = Lock()

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

    def slice(self, name: str, start: int, end: int) -> bytes:
        return self.read(name)[start:end]

    def chunks(self, name: str) -> Iterator[bytes]:
        data = self.read(name)
        for at in range(0, len(data), CHUNK):
            yield data[at : at + CHUNK]

    def sizes(self, prefix: str) -> dict[str, int]:
        self.operations.append("list")
        everything = list(self.objects.items())  # others may write and remove meanwhile
        found = {name: len(data) for name, data in everything if name.startswith(prefix)}
        self.fault("after sizes")
        return found

    def put(self, name: str, data: bytes, generation: int) -> None:
        """Upload as a user does: over what was there."""
        self.objects[name] = data
        self.generations[name] = generation
        self.created[name] = self.clock()
        self.metadata.pop(name, None)

    def add(self, name: str, data: bytes, metadata: Mapping[str, str]) -> Stored | None:
        if not self._write("add", name, lambda: data, metadata):
            return None
        return self._stored(name)

    def replace(
        self, name: str, chunks: Iterable[bytes], metadata: Mapping[str, str], over: Stored | None
    ) -> bool:
        return self._write("replace", name, lambda data=b"".join(chunks): data, metadata, over)

    def about(self, name: str) -> Stored | None:
        self.operations.append("about")
        self.fault("before about")
        return self._stored(name) if name in self.objects else None

    def listing(self, prefix: str) -> Iterator[Stored]:
        self.operations.append("list")
        self.fault("before listing")
        found = sorted((name for name in list(self.objects) if name.startswith(prefix)), key=str.encode)
        yield from map(self._stored, found)

    def remove(self, name: str, generation: int | None = None) -> None:
        self.operations.append("remove")
        self.fault("before remove")
        with self._one_at_a_time:
            if generation in (None, self.generations.get(name)):
                self.objects.pop(name, None)
                self.generations.pop(name, None)
        self.fault("after remove")

    def _stored(self, name: str) -> Stored:
        created, metadata = self.created[name], self.metadata.get(name, {})
        return Stored(name, len(self.objects[name]), self.generations[name], created, dict(metadata))

    def _write(
        self,
        operation: str,
        name: str,
        content: Callable[[], bytes],
        metadata: Mapping[str, str] = MappingProxyType({}),
        over: Stored | None = None,
    ) -> bool:
        self.operations.append(operation)
        self.fault(f"before {operation}")
        data = content()
        with self._one_at_a_time:
            created = self.generations.get(name) == over.generation if over else name not in self.objects
            if created:
                self.put(name, data, next(self._generations))
                self.metadata[name] = dict(metadata)
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

    def speak_with_marks(self, request: SpeechRequest) -> tuple[bytes, tuple[Mark, ...]]:
        audio = self.speak(request)
        return audio, _marks(request.content, parse_wav(audio).samples / 24_000)


def _marks(ssml: str, seconds: float) -> tuple[Mark, ...]:
    """Each mark that counts a token, when as much of the sound is over as of the text."""
    text, marks = 0, []
    for piece in re.split(r"(<[^>]*>)", ssml):
        if mark := re.fullmatch(r'<mark name="([0-9]{1,9})"\s*/>', piece):
            marks.append((int(mark[1]), text))
        elif not piece.startswith("<"):
            text += len(piece)
    return tuple(Mark(token, seconds * before / max(text, 1)) for token, before in marks)


def spoken_samples(text: str) -> int:
    """How long ToneSpeech speaks: quickly, but no quicker than the gate believes."""
    return 200 + len(text) * 24_000 // 60


def tone(samples: int, take: int = 1) -> Clip:
    """A clip of so many samples at 24 kHz, whose sound depends on the take; it fades, and ends in silence."""
    edge = min(EDGE, samples // 4)
    sound = np.resize(_second_of(300 + 37 * (take % 50)), samples)
    sound[:edge] = sound[:edge] * _rise(edge)
    sound[samples - 2 * edge : samples - edge] = (
        sound[samples - 2 * edge : samples - edge] * _rise(edge)[::-1]
    )
    sound[samples - edge :] = 0
    return Clip(sound.tobytes(), 24_000)


@cache
def _second_of(pitch: int) -> np.ndarray:
    return np.round(9000 * np.sin(2 * np.pi * pitch * np.arange(24_000) / 24_000)).astype("<i2")


@cache
def _rise(samples: int) -> np.ndarray:
    return np.linspace(0, 1, samples)


class WavMedia:
    """Opens WAV files that are clips already; nothing else is a recording to it."""

    def __init__(self, fault: Fault = fine) -> None:
        self.opened: list[bytes] = []
        self.fault = fault

    def decode(self, recording: bytes, sample_rate_hertz: int) -> bytes:
        self.fault("before decode")
        try:
            clip = parse_wav(recording)
        except BrokenClip as broken:
            raise MediaRefused(str(broken)) from broken
        if clip.sample_rate_hertz != sample_rate_hertz:
            raise MediaRefused(f"this fake does not resample {clip.sample_rate_hertz} Hz")
        self.opened.append(recording)
        self.fault("after decode")
        return clip.pcm


class DigestEncoder:
    """Encodes PCM as frames that hold a digest of what is heard in them instead of its sound.

    Equal PCM, equal frames: parts that were encoded with what precedes and follows them can be compared, byte
    for byte, with one pass over the whole.
    """

    def encode(self, pcm: bytes, sample_rate_hertz: int, coding: Coding) -> bytes:
        if coding.name != "mp3":
            raise NotImplementedError(f"{coding.name}: the golden tests frame it with the real encoder")
        rate, samples = coding.sample_rate_hertz, len(pcm) // 2
        layout = Mp3Layout(rate, coding.bitrate_kbps, samples * rate // sample_rate_hertz)
        header = layout.frame_header(coding.bitrate_kbps)
        # Frame n is heard an encoder's delay earlier than its place in the stream: as bytes of PCM.
        edges = [
            2 * ((frame * layout.frame_samples - ENCODER_DELAY) * sample_rate_hertz // rate)
            for frame in range(layout.frames + 1)
        ]
        return b"".join(_frame(header, pcm, *edge, layout.frame_bytes) for edge in pairwise(edges))

    def flac(self, pcm: Iterable[bytes], sample_rate_hertz: int) -> Iterator[bytes]:
        yield flac_header(sample_rate_hertz)
        heard = hashlib.sha256()
        for chunk in pcm:
            heard.update(chunk)
        yield heard.digest()

    def transcode(self, pcm: Iterable[bytes], sample_rate_hertz: int, audio: AudioFormat) -> Iterator[bytes]:
        whole, rate = b"".join(pcm), audio.sample_rate_hertz
        samples = len(whole) // 2 * rate // sample_rate_hertz
        nearest = np.frombuffer(whole, "<i2")[np.arange(samples) * sample_rate_hertz // rate]
        match audio.codec, audio.container:
            case "pcm", _:
                yield nearest.astype("<i2").tobytes()
            case "alaw" | "mulaw", _:
                yield (nearest >> 8).astype("i1").tobytes()
            case "g722", _:
                yield (nearest[::2] >> 8).astype("i1").tobytes()
            case "mp3", _:
                yield self.encode(whole, sample_rate_hertz, Coding("mp3", rate, audio.bitrate_kbps or 0))
            case "flac", _:
                # A block of comments stands between STREAMINFO and the frames, as ffmpeg writes one.
                header = b"fLaC\0" + flac_header(rate)[5:] + b"\x84\0\0\0"
                yield header + hashlib.sha256(nearest.tobytes()).digest()
            case "opus", "packets":
                packets = -(-(samples * 48_000 // rate + 312) // 960)
                yield bytes([1 << 3]).ljust(audio.bitrate_kbps * 20 // 8, b"\0") * packets
            case "opus", "webm":
                yield INFO + DURATION + bytes(8) + hashlib.sha256(whole).digest()
            case "opus", _:
                yield b"OggS" + hashlib.sha256(whole).digest()

    def makes(self, audio: AudioFormat) -> bool:
        return audio.codec != "amr-wb"

    def version(self) -> str:
        return "digests 1"


def _frame(header: bytes, pcm: bytes, start: int, end: int, size: int) -> bytes:
    heard = pcm[max(0, start) : max(0, end)].rstrip(b"\0")  # silence, or nothing at all: no encoder can tell
    before = bytes(max(0, -start)) if heard else b""
    return (header + hashlib.sha256(before + heard).digest())[:size].ljust(size, b"\0")


def flac_header(sample_rate_hertz: int) -> bytes:
    """What a FLAC stream of 16-bit mono begins with where its length is not told (RFC 9639, section 8)."""
    blocks = struct.pack(">HH", 4096, 4096) + bytes(6)  # of samples, and the unknown sizes of frames
    packed = sample_rate_hertz << 44 | (16 - 1) << 36  # mono; 16 bits; no number of samples
    last_is_streaminfo = b"\x80" + (34).to_bytes(3, "big")
    return b"fLaC" + last_is_streaminfo + blocks + packed.to_bytes(8, "big") + bytes(16)
