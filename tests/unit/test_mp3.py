"""The MP3 that the real encoder writes decodes to exactly the planned samples, and says so in its header."""

import struct
import subprocess

import pytest

from dropcast.gateways.ffmpeg import FfmpegEncoder, ffmpeg_program
from dropcast.jobs.part import LEAD, TAIL, Coding
from dropcast.sound.frames import BrokenEpisode, Window
from dropcast.sound.mp3 import BITRATES, FRAME, Mp3Layout, frame_count, kept, window
from sounds import clip, silence, speech_like

RATES = [24_000, 48_000]
SPEECH = 24_000  # Hz, of clips and timeline
# Around the edges of frames (576 samples at 24 kHz) and of the encoder's own delay and padding.
LENGTHS = [24, 575, 576, 577, 1152, 1153, 24_000, 24_001, 100_003]
LAYOUTS = [Mp3Layout(rate, kbps, 30_012) for rate in RATES for kbps in (32, 40, 64, 128, 160)]
LAYOUTS += [Mp3Layout(rate, 96, length * rate // SPEECH) for rate in RATES for length in LENGTHS]
CODINGS = [Coding("mp3", 24_000, 96), Coding("mp3", 48_000, 96), Coding("mp3", 24_000, 64)]


def name(layout):
    return f"{layout.sample_rate_hertz}-{layout.bitrate_kbps}-{layout.samples}"


def encoded(pcm, coding):
    return FfmpegEncoder().encode(pcm, SPEECH, coding)


def frames(layout):
    """Frames without sound."""
    frame = layout.frame_header(layout.bitrate_kbps).ljust(layout.frame_bytes, b"\0")
    return frame * layout.frames


def decoded(path):
    # From a file: of an MP3 in a pipe ffmpeg 9 ignores the Info frame.
    command = [ffmpeg_program(), "-v", "error", "-i", path, "-f", "s16le", "-"]
    return subprocess.run(command, capture_output=True, check=True)


@pytest.fixture(scope="module")
def speech():
    """Twenty seconds, the middle of it silent."""
    sound = speech_like(9, SPEECH)
    return clip(sound, silence(1.5), 0.7 * sound[::-1], silence(0.511)).pcm


def in_parts(pcm, coding, cuts):
    """The frames of an episode that is encoded part by part, each with its window."""
    samples = len(pcm) // 2
    for start, end in zip(cuts, [*cuts[1:], samples], strict=True):
        is_last = end == samples
        around = window(coding, start, is_last=is_last)
        fed = pcm[2 * (start - around.lead) : 2 * (end + around.tail)]
        yield kept(encoded(fed, coding), coding, start, end - start, is_last=is_last).body


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_the_frames_of_the_parts_are_byte_for_byte_those_of_one_pass(coding, speech):
    cuts = [
        FRAME * frame for frame in (0, 1, 50, 133, 250, 377, 401, 700)
    ]  # in speech, and in silence at 401
    assert b"".join(in_parts(speech, coding, cuts)) == encoded(speech, coding)


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_an_episode_in_parts_decodes_to_exactly_its_samples(coding, speech, tmp_path):
    path = tmp_path / "episode.mp3"
    layout = Mp3Layout(
        coding.sample_rate_hertz, coding.bitrate_kbps, len(speech) // 2 * coding.sample_rate_hertz // SPEECH
    )
    path.write_bytes(layout.info_frame() + b"".join(in_parts(speech, coding, [0, 300 * FRAME])))
    assert path.stat().st_size == layout.file_bytes
    assert len(decoded(path).stdout) // 2 == layout.samples


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_a_window_is_no_more_than_what_a_part_says(coding):
    around = window(coding, 10**6 * FRAME, is_last=False)
    assert 0 < around.lead <= LEAD
    assert 0 < around.tail <= TAIL


def test_before_the_start_and_behind_the_end_there_is_nothing_to_feed():
    assert window(CODINGS[0], 0, is_last=True) == Window(0, 0)
    assert window(CODINGS[0], 2 * FRAME, is_last=False).lead == 2 * FRAME


@pytest.mark.parametrize("layout", [Mp3Layout(24_000, 96, 1), *LAYOUTS], ids=name)
def test_an_episode_decodes_to_exactly_the_planned_samples(layout, speech, tmp_path):
    path = tmp_path / "episode.mp3"
    samples = layout.samples * SPEECH // layout.sample_rate_hertz
    coding = Coding("mp3", layout.sample_rate_hertz, layout.bitrate_kbps)
    (body,) = in_parts(speech[: 2 * samples], coding, [0])
    assert len(body) == frame_count(coding, samples) * layout.frame_bytes
    path.write_bytes(layout.info_frame() + body)
    done = decoded(path)
    assert len(done.stdout) // 2 == layout.samples
    assert done.stderr == b""


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_every_frame_stands_alone_so_that_an_episode_can_be_cut_and_joined_anywhere(coding, speech):
    episode = encoded(speech, coding)
    for at in range(0, len(episode), coding.bitrate_kbps * 3):
        main_data_begin = int.from_bytes(episode[at + 4 : at + 6], "big")
        assert main_data_begin >> (8 if coding.sample_rate_hertz == SPEECH else 7) == 0


@pytest.mark.parametrize("layout", LAYOUTS, ids=name)
def test_the_info_frame_tells_the_length_that_the_file_has(layout):
    """Read as players do, by the offsets of the LAME tag's description."""
    episode = layout.info_frame() + frames(layout)
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


CODING = Coding("mp3", 24_000, 80)
WRITTEN = frames(Mp3Layout(24_000, 80, 10 * FRAME))  # twelve frames of 240 bytes


def checked(written):
    return kept(written, CODING, 0, 10 * FRAME, is_last=True).body


def test_frames_that_are_as_they_should_be_are_all_kept():
    assert checked(WRITTEN) == WRITTEN
    assert WRITTEN.startswith(b"\xff\xf3\x94\xc4")
    assert len(WRITTEN) == 12 * 240


@pytest.mark.parametrize("difference", [-2, -1, 1, 2])
def test_a_frame_too_few_or_too_many_is_a_broken_episode(difference):
    with pytest.raises(BrokenEpisode, match=f"wrote {12 + difference} frames and 0 bytes, not 12"):
        checked((WRITTEN * 2)[: (12 + difference) * 240])


def test_a_frame_cut_short_is_a_broken_episode():
    with pytest.raises(BrokenEpisode, match="11 frames and 239 bytes"):
        checked(WRITTEN[:-1])


@pytest.mark.parametrize(
    "wrong",
    [
        b"\0\0\0\0",
        b"ID3\4",
        b"\xff\xf3\xa4\xc4",
        b"\xff\xf3\x84\xc4",
        b"\xff\xf3\x98\xc4",
        b"\xff\xfb\x94\xc4",
    ],
    ids=["zeros", "tag", "bitrate above", "bitrate below", "sample rate", "version"],
)
def test_a_garbled_frame_is_a_broken_episode(wrong):
    at = 7 * 240
    with pytest.raises(BrokenEpisode, match="frame 7 does not begin"):
        checked(WRITTEN[:at] + wrong + WRITTEN[at + 4 :])


def crc_16_arc(data):
    """By long division: x^16 + x^15 + x^2 + 1, least significant bit first. Of "123456789" it is 0xBB3D."""
    rest = int("".join(f"{byte:08b}"[::-1] for byte in data), 2) << 16
    while rest.bit_length() > 16:
        rest ^= 0x18005 << rest.bit_length() - 17
    return int(f"{rest:016b}"[::-1], 2)
