"""AAC that is encoded in parts: the frames of one pass, each at its place, and no seam to be heard."""

import numpy as np
import pytest

from dropcast.gateways.ffmpeg import FfmpegEncoder
from dropcast.jobs.part import LEAD, TAIL, Coding
from dropcast.sound import aac
from dropcast.sound.frames import BrokenEpisode
from joined import RATE, decoded, in_parts, speech, written

CODINGS = [Coding("aac", 24_000, 64), Coding("aac", 48_000, 96)]
EACH_CODING = pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: str(coding.sample_rate_hertz))
GRID = 576  # on which parts are cut
CUTS = (70 * GRID, 71 * GRID, 72 * GRID, 118 * GRID)  # the middle ones are shorter than a frame


def encoded(coding, samples):
    return FfmpegEncoder().encode(speech(samples).tobytes(), RATE, coding)


def kept(stream, coding, samples):
    return aac.kept(stream, coding, 0, samples, is_last=True)


@EACH_CODING
@pytest.mark.parametrize("samples", [512, 513, 1023, 1024, 1025, 2048, 24_001])
def test_the_encoder_writes_as_many_frames_as_arithmetic_says(coding, samples):
    frames = kept(encoded(coding, samples), coding, samples)
    assert len(frames.sizes) == aac.frame_count(coding, samples)
    assert sum(frames.sizes) == len(frames.body)


@EACH_CODING
def test_the_parts_together_have_the_frames_of_one_pass(coding):
    sound = speech(100_003)
    parts = in_parts(coding, sound, CUTS)
    assert sum(len(part.sizes) for part in parts) == aac.frame_count(coding, len(sound))
    assert len(parts[2].sizes) < 3


@EACH_CODING
def test_the_first_part_begins_with_the_very_bytes_of_one_pass(coding):
    sound = speech(100_003)
    (one,), (first, *_) = in_parts(coding, sound), in_parts(coding, sound, CUTS)
    assert one.body.startswith(first.body)


@EACH_CODING
def test_a_frame_belongs_to_the_part_in_which_it_starts(coding):
    sound = speech(100_003)
    frame = 1024 * RATE // coding.sample_rate_hertz
    counts = [len(part.sizes) for part in in_parts(coding, sound, CUTS)]
    starts = np.arange(sum(counts)) * frame
    assert list(np.searchsorted(starts, CUTS)) == list(np.cumsum(counts)[:-1])


@EACH_CODING
def test_at_a_seam_there_is_as_little_noise_as_in_one_pass(coding, tmp_path):
    sound = speech(10 * RATE, seed=3)
    cuts = tuple(range(80 * GRID, len(sound) - 20 * GRID, 41 * GRID))
    heard = {}
    for name, parts in {"one": in_parts(coding, sound), "many": in_parts(coding, sound, cuts)}.items():
        path = tmp_path / f"{name}.m4a"
        path.write_bytes(written(coding, parts, len(sound)))
        heard[name] = decoded(path)[:: coding.sample_rate_hertz // RATE]
    noise = {name: samples - sound / 32_768 for name, samples in heard.items()}
    # The frame from which a part begins overlaps the one before the cut.
    around = [slice(cut - 2048, cut + 1024) for cut in cuts]
    loss = [10 * np.log10(power(noise["many"][each]) / power(noise["one"][each])) for each in around]
    step = {name: max(np.abs(np.diff(noise[name][each])).max() for each in around) for name in noise}
    assert len(cuts) >= 8
    assert np.median(loss) < 1
    assert max(loss) < 6
    assert step["many"] < 1.5 * step["one"]


def power(noise):
    return np.mean(noise.astype(float) ** 2) + 1e-12


@EACH_CODING
def test_no_more_is_fed_than_a_part_knows_of(coding):
    for position in range(0, 200 * GRID, GRID):
        window = aac.window(coding, position, is_last=False)
        assert window.lead <= min(LEAD, position)
        assert window.tail <= TAIL
        assert (position - window.lead) % (1024 * RATE // coding.sample_rate_hertz) == 0


def test_nothing_is_fed_behind_the_last_part():
    assert aac.window(CODINGS[0], 576, is_last=True).tail == 0


def whole_frames(stream):
    frames = []
    while stream:
        size = (stream[3] & 3) << 11 | stream[4] << 3 | stream[5] >> 5
        frames.append(stream[:size])
        stream = stream[size:]
    return frames


@pytest.mark.parametrize("change", [lambda frames: frames[:-1], lambda frames: [*frames, frames[-1]]])
def test_a_frame_too_few_or_too_many_is_a_broken_episode(change):
    frames = change(whole_frames(encoded(CODINGS[0], 10_000)))
    with pytest.raises(BrokenEpisode, match=f"wrote {len(frames)} frames of AAC, not 11"):
        kept(b"".join(frames), CODINGS[0], 10_000)


@pytest.mark.parametrize("cut", [1, 7])
def test_a_frame_cut_short_is_a_broken_episode(cut):
    with pytest.raises(BrokenEpisode, match="not whole"):
        kept(encoded(CODINGS[0], 10_000)[:-cut], CODINGS[0], 10_000)


@pytest.mark.parametrize(
    ("byte", "bits"), [(0, 1), (1, 0x10), (2, 0x80), (2, 0x04), (2, 1), (3, 0x80), (6, 1)]
)
def test_a_frame_of_another_kind_is_a_broken_episode(byte, bits):
    """Another sync word, version, profile, sample rate, number of channels (two bits) or of blocks."""
    frames = whole_frames(encoded(CODINGS[0], 10_000))
    other = bytearray(frames[3])
    other[byte] ^= bits
    frames[3] = bytes(other)
    with pytest.raises(BrokenEpisode, match=r"(no|the) frame of AAC.* at byte \d+"):
        kept(b"".join(frames), CODINGS[0], 10_000)


def test_a_frame_without_end_is_a_broken_episode():
    header = whole_frames(encoded(CODINGS[0], 1024))[0][:7]
    endless = header[:3] + bytes([header[3] & 0xFC, 0, header[5] & 0x1F, header[6]])
    with pytest.raises(BrokenEpisode, match="not whole"):
        kept(endless, CODINGS[0], 1024)
