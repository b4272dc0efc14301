"""Parts encoded side by side join, byte for byte, to what one pass gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.gateways.ffmpeg import FfmpegEncoder
from dropcast.jobs.plan import Mp3Output
from dropcast.sound import parts
from dropcast.sound.parts import cut_parts

RATE = 24_000
OUTPUTS = (24_000, 96), (24_000, 64), (48_000, 96)
FRAME = RATE * 24 // 1000  # samples


def speech_like(seconds):
    at = np.arange(int(RATE * seconds) + 137) / RATE
    noise = np.random.default_rng(1).normal(0, 400, len(at))
    voiced = 8000 * np.sin(2 * np.pi * (200 + 80 * np.sin(3 * at)) * at) * (np.sin(2 * at) > 0)
    return (voiced + noise).astype("<i2").tobytes()


@pytest.mark.parametrize("output", [Mp3Output(*rates) for rates in OUTPUTS], ids=str)
def test_parts_join_to_the_bytes_of_one_pass(output, monkeypatch):
    pcm = speech_like(40)
    whole = b"".join(FfmpegEncoder().mp3([pcm], RATE, output))
    monkeypatch.setattr(parts, "LENGTH", 200)  # frames: eight seams
    assert b"".join(FfmpegEncoder().mp3([pcm], RATE, output)) == whole


@given(samples=st.integers(1, 40 * FRAME), length=st.integers(8, 20), chunk=st.integers(1, 5000))
def test_what_is_kept_of_the_parts_is_every_frame_once(samples, length, chunk):
    pcm = b"".join(number.to_bytes(2, "little") for number in range(samples))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LENGTH", length)
        patch.setattr(parts, "PRIMING", 5)
        cut = list(cut_parts([pcm[at : at + chunk] for at in range(0, len(pcm), chunk)], RATE))
    # Frames of the PCM itself stand for encoded ones: what is kept must be the PCM again.
    assert b"".join(part.kept(part.pcm, 2 * FRAME) for part in cut) == pcm
    assert all(part.drop == 5 for part in cut[1:])
    assert all(len(part.pcm) <= (5 + length + parts.TAIL) * 2 * FRAME + 2 * FRAME for part in cut)


def test_no_pcm_is_one_empty_part():
    assert [part.pcm for part in cut_parts([], RATE)] == [b""]
