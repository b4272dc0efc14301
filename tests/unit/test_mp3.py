"""The MP3 that the real encoder writes decodes to exactly the planned samples, and says so in its header."""

import struct
import subprocess

import pytest

from dropcast.gateways.ffmpeg import FfmpegEncoder, ffmpeg_program
from dropcast.jobs.plan import Mp3Output
from dropcast.sound.mp3 import BITRATES, BrokenEpisode, Mp3Layout
from fakes import DigestEncoder, tone

RATES = [24_000, 48_000]
SPEECH = 24_000  # Hz, of clips and timeline
# Around the edges of frames (576 samples at 24 kHz) and of the encoder's own delay and padding.
LENGTHS = [24, 575, 576, 577, 1152, 1153, 24_000, 24_001, 100_003]
LAYOUTS = [Mp3Layout(rate, kbps, 30_012) for rate in RATES for kbps in (32, 40, 64, 128, 160)]
LAYOUTS += [Mp3Layout(rate, 96, length * rate // SPEECH) for rate in RATES for length in LENGTHS]


def name(layout):
    return f"{layout.sample_rate_hertz}-{layout.bitrate_kbps}-{layout.samples}"


def frames(layout, encoder=None):
    pcm = tone(layout.samples * SPEECH // layout.sample_rate_hertz).pcm
    output = Mp3Output(layout.sample_rate_hertz, layout.bitrate_kbps)
    return (encoder or FfmpegEncoder()).mp3([pcm], SPEECH, output)


def decoded(path):
    # From a file: of an MP3 in a pipe ffmpeg 9 ignores the Info frame.
    command = [ffmpeg_program(), "-v", "error", "-i", path, "-f", "s16le", "-"]
    return subprocess.run(command, capture_output=True, check=True)


@pytest.mark.parametrize("layout", [Mp3Layout(24_000, 96, 1), *LAYOUTS], ids=name)
def test_an_episode_decodes_to_exactly_the_planned_samples(layout, tmp_path):
    path = tmp_path / "episode.mp3"
    path.write_bytes(b"".join(layout.checked(frames(layout))))
    done = decoded(path)
    assert len(done.stdout) // 2 == layout.samples
    assert done.stderr == b""


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_stands_alone_so_that_an_episode_can_be_cut_and_joined_anywhere(rate):
    layout = Mp3Layout(rate, 96, 2 * rate)
    episode = b"".join(layout.checked(frames(layout)))[len(layout.info_frame()) :]
    for at in range(0, len(episode), layout.frame_bytes):
        main_data_begin = int.from_bytes(episode[at + 4 : at + 6], "big") >> (8 if rate == SPEECH else 7)
        assert main_data_begin == 0


@pytest.mark.parametrize("layout", LAYOUTS, ids=name)
def test_the_info_frame_tells_the_length_that_the_file_has(layout):
    """Read as players do, by the offsets of the LAME tag's description."""
    episode = b"".join(layout.checked(frames(layout, DigestEncoder())))
    tag = episode.index(b"Info")
    assert tag == 4 + (9 if layout.sample_rate_hertz == SPEECH else 17)  # header, side information of mono
    flags, frame_count, size = struct.unpack_from(">III", episode, tag + 4)
    delay_and_padding = int.from_bytes(episode[tag + 141 : tag + 144], "big")
    delay, padding = delay_and_padding >> 12, delay_and_padding & 0xFFF

    assert (flags, size) == (15, len(episode))
    assert frame_count * layout.frame_samples - delay - padding == layout.samples
    assert episode[tag + 120 : tag + 124] == b"LAME"
    assert struct.unpack_from(">I", episode, tag + 148)[0] == len(episode)
    assert struct.unpack_from(">H", episode, tag + 154)[0] == crc_16_arc(episode[: tag + 154])


@pytest.mark.parametrize("layout", LAYOUTS, ids=name)
def test_the_info_frame_is_a_whole_frame_of_silence_in_front_of_the_others(layout):
    frame = layout.info_frame()
    bits = int.from_bytes(frame[:4], "big")
    index = bits >> 12 & 15
    assert bits >> 17 == (0x7FF << 4 | {24_000: 0b10, 48_000: 0b11}[layout.sample_rate_hertz] << 2 | 0b01)
    assert bits & 0b1100_0000 == 0b1100_0000, "mono, as all frames are"
    assert len(frame) == BITRATES[layout.sample_rate_hertz][index] * 24 // 8
    assert not any(frame[4 : frame.index(b"Info")]), "side information of a frame without sound"


@pytest.mark.parametrize("rate", RATES)
def test_the_seek_table_is_a_straight_line_because_the_bitrate_is_constant(rate):
    info = Mp3Layout(rate, 96, 10**6).info_frame()
    table = info[info.index(b"Info") + 16 :][:100]
    assert all(abs(entry - 2.56 * percent) < 1 for percent, entry in enumerate(table))


@pytest.mark.parametrize("difference", [-2, -1, 1, 2])
def test_a_frame_too_few_or_too_many_is_a_broken_episode(difference):
    layout = Mp3Layout(24_000, 96, 10_000)
    other = list(frames(layout, DigestEncoder()))
    other = other[:difference] if difference < 0 else other + other[:difference]
    with pytest.raises(BrokenEpisode, match=f"wrote {len(other)} frames"):
        list(layout.checked(other))


def test_a_frame_cut_short_is_a_broken_episode():
    layout = Mp3Layout(24_000, 96, 10_000)
    with pytest.raises(BrokenEpisode, match="and 287 bytes"):
        list(layout.checked([b"".join(frames(layout, DigestEncoder()))[:-1]]))


@pytest.mark.parametrize(
    "wrong",
    [
        b"\0\0\0\0",
        b"ID3\4",
        b"\xff\xf3\x84\xc4",
        b"\xff\xf3\x64\xc4",
        b"\xff\xf3\x78\xc4",
        b"\xff\xfb\x74\xc4",
    ],
    ids=["zeros", "tag", "bitrate above", "bitrate below", "sample rate", "version"],
)
def test_a_garbled_frame_is_a_broken_episode(wrong):
    layout = Mp3Layout(24_000, 80, 10_000)
    whole = list(frames(layout, DigestEncoder()))
    whole[7] = wrong + whole[7][4:]
    with pytest.raises(BrokenEpisode, match="frame 7 does not begin"):
        list(layout.checked(whole))


@pytest.mark.parametrize("step", [1, 7, 287, 288, 289, 100_000])
def test_the_encoder_may_write_its_frames_in_pieces_of_any_size(step):
    layout = Mp3Layout(24_000, 96, 10_000)
    whole = b"".join(frames(layout, DigestEncoder()))
    pieces = (whole[at : at + step] for at in range(0, len(whole), step))
    assert b"".join(layout.checked(pieces)) == layout.info_frame() + whole


def crc_16_arc(data):
    """By long division: x^16 + x^15 + x^2 + 1, least significant bit first. Of "123456789" it is 0xBB3D."""
    rest = int("".join(f"{byte:08b}"[::-1] for byte in data), 2) << 16
    while rest.bit_length() > 16:
        rest ^= 0x18005 << rest.bit_length() - 17
    return int(f"{rest:016b}"[::-1], 2)
