"""espeak-ng's library, as one process may use it: one utterance at a time, ever.

It is not re-entrant, and what it said before changes, bit by bit, how it says the next thing. So each
utterance is spoken by a child forked from a process that has never spoken, with the same seed.
"""

import ctypes
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import espeakng_loader

from dropcast_local.speech.timbre import Delivery

OUTPUT_RETRIEVAL, OUTPUT_SYNCHRONOUS = 1, 2
DONT_EXIT = 0x8000
CHARS_UTF8, SSML = 0x01, 0x10
RATE, VOLUME, PITCH = 1, 2, 3
WORDS_PER_MINUTE = 175
EVENT_END, EVENT_MARK = 0, 3
POSITION_CHARACTER = 1
SEED = 1
# Of 100: the louder voices clip at full volume.
UNCLIPPED_VOLUME = 60
# Longer than any 5,000 bytes take, and well below a client's patience.
LONGEST_SPEAKING_SECONDS = 60


class EspeakFailed(Exception):
    """espeak-ng refused, crashed or hung."""


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Utterance:
    """What espeak-ng said: 16-bit samples at its own rate, and the sample at which each mark lies."""

    pcm: bytes
    marks: tuple[tuple[str, int], ...]


class Espeak:
    """The library, loaded and silent."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
        data = espeakng_loader.get_data_path().encode()
        if self._library.espeak_Initialize(OUTPUT_SYNCHRONOUS, 0, data, DONT_EXIT) < 0:
            raise EspeakFailed("espeak-ng does not start")

    def has_voice(self, name: str) -> bool:
        """Whether a voice loads. (An unknown variant after the plus sign is ignored, not refused.)"""
        return bool(self._library.espeak_SetVoiceByName(name.encode()) == 0)

    def speak_in_child(self, delivery: Delivery) -> Utterance:
        """Speak in a fresh copy of this process; raises EspeakFailed."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _be_a_child(writing, lambda: self._speak(delivery))
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            header, _, pcm = pipe.read().partition(b"\n")
        _, status = os.waitpid(child, 0)
        if status:
            raise EspeakFailed(f"espeak-ng ended with status {status}")
        return Utterance(pcm, tuple((name, sample) for name, sample in json.loads(header)))

    def _speak(self, delivery: Delivery) -> Utterance:
        pcm: list[bytes] = []
        marks: list[tuple[str, int]] = []
        callback = _Callback(lambda wave, count, events: _collect(pcm, marks, wave, count, events))
        self._library.espeak_SetSynthCallback(callback)
        self._library.espeak_ng_SetRandSeed(SEED)
        if not self.has_voice(delivery.espeak_voice):
            raise EspeakFailed(delivery.espeak_voice)
        self._library.espeak_SetParameter(RATE, WORDS_PER_MINUTE, 0)
        self._library.espeak_SetParameter(VOLUME, UNCLIPPED_VOLUME, 0)
        self._library.espeak_SetParameter(PITCH, delivery.pitch, 0)
        text = delivery.text.replace("\0", " ").encode() + b"\0"
        flags = CHARS_UTF8 | (SSML if delivery.is_ssml else 0)
        if self._library.espeak_Synth(text, len(text), 0, POSITION_CHARACTER, 0, flags, None, None):
            raise EspeakFailed("espeak-ng does not speak")
        return Utterance(b"".join(pcm), tuple(marks))


def _collect(
    pcm: list[bytes],
    marks: list[tuple[str, int]],
    wave: int | None,
    count: int,
    events: "ctypes._Pointer[_Event]",
) -> int:
    if wave and count > 0:
        pcm.append(ctypes.string_at(wave, 2 * count))
    place = 0
    while events[place].type != EVENT_END:
        if events[place].type == EVENT_MARK:
            marks.append((events[place].id.name.decode(errors="replace"), events[place].sample))
        place += 1
    return 0


def _be_a_child(writing: int, speak: Callable[[], Utterance]) -> None:
    """Speak, write, and end without running anything else of the parent's."""
    status = 1
    try:
        # The parent's ends of its pipes stay open as long as anybody holds them.
        os.close(0)
        os.close(1)
        signal.alarm(LONGEST_SPEAKING_SECONDS)
        utterance = speak()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(utterance.marks).encode() + b"\n" + utterance.pcm)
        status = 0
    finally:
        os._exit(status)
