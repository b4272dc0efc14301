"""The length of WebM, put where the encoder made room for it."""

import struct

import pytest

from dropcast.publishing.formats.webm import DURATION, INFO, with_duration
from dropcast.sound.frames import BrokenEpisode

RATE = 24_000


def in_pieces(data, size):
    return (data[at : at + size] for at in range(0, len(data), size))


def test_webm_without_room_for_its_length_is_an_error():
    with pytest.raises(BrokenEpisode, match="no room"):
        list(with_duration([INFO, b"and no more"], 1, RATE))
    with pytest.raises(BrokenEpisode, match="8000 bytes of WebM have no room"):
        list(with_duration([bytes(4000)] * 9, 1, RATE))


def test_the_length_of_webm_finds_its_room_however_the_stream_is_cut():
    stream = INFO + b"x" + DURATION + bytes(8) + b"frames" * 99
    told = {b"".join(with_duration(in_pieces(stream, size), 36, RATE)) for size in (1, 7, 16, 10_000)}
    assert told == {INFO + b"x" + DURATION + struct.pack(">d", 1.5) + b"frames" * 99}
