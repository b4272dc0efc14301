"""RIFF headers that are too long to be tried: those of real sounds are read in test_audio_files.py."""

import struct

import pytest

from dropcast.publishing.formats.riff import riff_end, riff_header, sample_bytes

RATE = 24_000


def test_a_riff_file_of_four_gigabytes_and_more_says_its_length_in_64_bits():
    most = (2**32 - 2 - 36) // 2
    assert riff_header("pcm", most, RATE)[:4] == b"RIFF"
    header = riff_header("pcm", most + 1, RATE)
    assert len(header) == 80
    assert struct.unpack_from("<4sI4s4sIQQQI", header) == (
        *(b"RF64", 2**32 - 1, b"WAVE", b"ds64", 28),
        *(80 - 8 + 2 * most + 2, 2 * most + 2, most + 1, 0),
    )
    assert header[-8:] == struct.pack("<4sI", b"data", 2**32 - 1)


@pytest.mark.parametrize("codec", ["alaw", "mulaw"])
def test_so_does_one_of_bytes_whose_fact_is_as_long_as_it_can_say(codec):
    header = riff_header(codec, 2**32 + 1, 8000)
    assert header[:4] == b"RF64"
    assert struct.unpack_from("<QQQI", header, 20) == (len(header) - 8 + 2**32 + 2, 2**32 + 1, 2**32 + 1, 0)
    assert struct.pack("<4sII", b"fact", 4, 2**32 - 1) in header
    assert riff_end(codec, 2**32 + 1) == b"\0"


def test_samples_that_are_coded_together_have_no_size():
    assert [sample_bytes(codec) for codec in ("pcm", "alaw", "mulaw", "mp3", "g722")] == [2, 1, 1, None, None]
