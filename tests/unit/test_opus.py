"""Opus that is encoded in parts: the packets of one pass, each at its place, and no seam to be heard."""

import struct
from io import BytesIO

import numpy as np
import pytest
from mutagen.ogg import OggPage

from dropcast.gateways.ffmpeg import FfmpegEncoder
from dropcast.jobs.part import LEAD, TAIL, Coding
from dropcast.sound import opus
from dropcast.sound.frames import BrokenEpisode
from joined import RATE, decoded, in_parts, speech, written

CODING = Coding("opus", 48_000, 32)
GRID = 576  # on which parts are cut
CUTS = (70 * GRID, 71 * GRID, 118 * GRID)


def encoded(samples, coding=CODING):
    return FfmpegEncoder().encode(speech(samples).tobytes(), RATE, coding)


def kept(stream, samples):
    return opus.kept(stream, CODING, 0, samples, is_last=True)


@pytest.mark.parametrize("samples", [323, 324, 325, 804, 805, 1284, 24_001])
def test_the_encoder_writes_as_many_packets_as_arithmetic_says(samples):
    packets = kept(encoded(samples), samples)
    assert len(packets.sizes) == opus.frame_count(CODING, samples)
    assert sum(packets.sizes) == len(packets.body)


def test_a_packet_belongs_to_the_part_in_which_it_starts():
    sound = speech(100_003)
    counts = [len(part.sizes) for part in in_parts(CODING, sound, CUTS)]
    starts = np.arange(sum(counts)) * 480
    assert sum(counts) == opus.frame_count(CODING, len(sound))
    assert list(np.searchsorted(starts, CUTS)) == list(np.cumsum(counts)[:-1])


def test_the_first_part_begins_with_the_very_bytes_of_one_pass():
    sound = speech(100_003)
    (one,), (first, *_) = in_parts(CODING, sound), in_parts(CODING, sound, CUTS)
    assert one.body.startswith(first.body)


@pytest.mark.parametrize("bitrate_kbps", [32, 64])
def test_at_a_seam_there_is_hardly_more_noise_than_in_one_pass(bitrate_kbps, tmp_path):
    coding, sound = Coding("opus", 48_000, bitrate_kbps), speech(8 * RATE, seed=3)
    cuts = tuple(range(80 * GRID, len(sound) - 20 * GRID, 51 * GRID))
    heard = {}
    for name, parts in {"one": in_parts(coding, sound), "many": in_parts(coding, sound, cuts)}.items():
        path = tmp_path / f"{name}.opus"
        path.write_bytes(written(coding, parts, len(sound)))
        heard[name] = decoded(path)[::2]
    noise = {name: samples - sound / 32_768 for name, samples in heard.items()}
    around = [slice(cut - 960, cut + 1920) for cut in cuts]
    loss = [10 * np.log10(power(noise["many"][each]) / power(noise["one"][each])) for each in around]
    step = {name: max(np.abs(np.diff(noise[name][each])).max() for each in around) for name in noise}
    assert len(cuts) >= 4
    assert np.median(loss) < 1
    assert step["many"] < 1.5 * step["one"]


def power(noise):
    return np.mean(noise.astype(float) ** 2) + 1e-12


def test_no_more_is_fed_than_a_part_knows_of():
    for position in range(0, 200 * GRID, GRID):
        window = opus.window(CODING, position, is_last=False)
        assert window.lead <= min(LEAD, position)
        assert window.tail <= TAIL
        assert (position - window.lead) % 480 == 0


def test_a_packet_that_goes_on_behind_its_part_hears_what_comes_there():
    assert opus.window(CODING, 576, is_last=False).tail >= 480


def test_nothing_is_fed_behind_the_last_part():
    assert opus.window(CODING, 576, is_last=True).tail == 0


def pages(stream):
    read, found = BytesIO(stream), []
    while read.tell() < len(stream):
        found.append(OggPage(read))
    return found


def changed(stream, change):
    """The stream with its packets changed, headers included, on pages of one packet each."""
    packets = [packet for page in pages(stream) for packet in page.packets]
    change(packets)
    return b"".join(page.write() for page in map(page_of, packets, range(len(packets))))


def page_of(packet, sequence):
    page = OggPage()
    page.packets, page.sequence = [packet], sequence
    return page


@pytest.mark.parametrize(
    "change", [lambda packets: packets.pop(), lambda packets: packets.append(packets[-1])]
)
def test_a_packet_too_few_or_too_many_is_a_broken_episode(change):
    with pytest.raises(BrokenEpisode, match=r"wrote 2[02] packets of Opus, not 21"):
        kept(changed(encoded(9_900), change), 9_900)


@pytest.mark.parametrize(
    "first_byte", [0x71, 0x7C, 0x78 - 8, 0x78 + 8], ids=["two", "stereo", "10 ms", "2.5 ms"]
)
def test_a_packet_of_another_length_is_a_broken_episode(first_byte):
    def change(packets):
        packets[9] = bytes([first_byte]) + packets[9][1:]

    with pytest.raises(BrokenEpisode, match="not 20 ms of one channel"):
        kept(changed(encoded(9_900), change), 9_900)


@pytest.mark.parametrize(("at", "value"), [(9, b"\2"), (10, struct.pack("<H", 313)), (0, b"opus")])
def test_another_header_is_a_broken_episode(at, value):
    def change(packets):
        packets[0] = packets[0][:at] + value + packets[0][at + len(value) :]

    with pytest.raises(BrokenEpisode, match="not the header of Opus"):
        kept(changed(encoded(1_000), change), 1_000)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stream: b"",
        lambda stream: stream[:-1],
        lambda stream: stream[1:],
        lambda stream: stream + b"Ogg",
        lambda stream: stream + bytes(20),
        lambda stream: pages(stream)[0].write(),
    ],
    ids=["nothing", "end missing", "start missing", "more", "zeros", "header alone"],
)
def test_what_is_no_whole_stream_is_a_broken_episode(spoil):
    with pytest.raises(BrokenEpisode):
        kept(spoil(encoded(1_000)), 1_000)


def test_a_last_packet_without_end_is_a_broken_episode():
    *others, last = pages(encoded(323))
    last.packets, last.complete = [bytes([0x78]) * 255], False
    with pytest.raises(BrokenEpisode, match="does not complete"):
        kept(b"".join(page.write() for page in (*others, last)), 323)
