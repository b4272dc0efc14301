"""A header of FLAC that says what is known, and that the rest is not."""

from io import BytesIO

import pytest
from mutagen.flac import FLAC

from dropcast.publishing.formats.bare_flac import bare_flac_header
from fakes import flac_header

STREAM_INFO = flac_header(24_000)[8:]


@pytest.mark.parametrize(("samples", "said"), [(1, 1), (2**36 - 1, 2**36 - 1), (2**36 + 5, 0)])
def test_a_length_that_it_cannot_say_is_unknown(samples, said):
    found = FLAC(BytesIO(bare_flac_header(STREAM_INFO, samples))).info
    assert (found.total_samples, found.md5_signature, found.sample_rate) == (said, 0, 24_000)


def test_it_is_the_last_block_and_holds_the_checksum():
    header = bare_flac_header(STREAM_INFO, 5, bytes(range(16)))
    assert header[:8] == b"fLaC\x80\0\0\x22"
    assert header[8:] == STREAM_INFO[:17] + b"\x05" + bytes(range(16))
