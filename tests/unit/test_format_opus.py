"""An Ogg Opus file as RFC 7845 wants it: exact to the sample, in pages that players find their way by."""

import struct
from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import pytest
from mutagen.flac import Picture
from mutagen.ogg import OggPage
from mutagen.oggopus import OggOpus

from dropcast.jobs.part import Coding
from dropcast.publishing.formats.opus import opus_pages
from dropcast.sound import opus
from dropcast.sound.frames import BrokenEpisode, Frames
from joined import RATE, TAGS, decoded, in_parts, speech, written

CODING = Coding("opus", 48_000, 32)
PRE_SKIP = 312


def packets(samples, size=80):
    """As many packets as so many samples have, in two parts; they sound like nothing."""
    count = opus.frame_count(CODING, samples)
    first = count // 3
    return [Frames(bytes(size) * share, (size,) * share) for share in (first, count - first)]


def pages(samples, parts=None, tags=TAGS):
    whole = b"".join(opus_pages(replace(tags, samples=samples), CODING, parts or packets(samples)))
    read, found = BytesIO(whole), []
    while read.tell() < len(whole):
        found.append(OggPage(read))
    return found


@pytest.mark.parametrize("samples", [25, 323, 324, 325, 480, 804, 805, 24_000, 24_156, 60_001])
def test_an_episode_decodes_to_exactly_the_planned_samples(samples, tmp_path):
    path = tmp_path / "episode.opus"
    path.write_bytes(written(CODING, in_parts(CODING, speech(samples)), samples))
    assert len(decoded(path)) == 2 * samples
    assert OggOpus(path).info.length == pytest.approx(samples / RATE, abs=1e-9)


def test_pages_are_numbered_and_their_positions_rise_to_the_planned_end():
    samples = 10 * RATE + 17
    found = pages(samples)
    positions = [page.position for page in found]
    assert [page.sequence for page in found] == list(range(len(found)))
    assert positions[:3] == [0, 0, 48_000]
    assert positions[2:-1] == [48_000 * (second + 1) for second in range(len(found) - 3)]
    assert positions[-1] == PRE_SKIP + 2 * samples
    assert len({page.serial for page in found}) == 1


@pytest.mark.parametrize("samples", [323, 325, 23_844, 23_845, 100_000])
def test_only_the_first_page_is_marked_first_and_only_the_last_one_last(samples):
    found = pages(samples)
    assert [page.first for page in found] == [True] + [False] * (len(found) - 1)
    assert [page.last for page in found] == [False] * (len(found) - 1) + [True]


def test_packets_come_out_as_they_went_in_a_second_to_a_page():
    parts = [Frames(b"abcdefghi" * 15, (1, 2, 3, 4, 5) * 9), Frames(b"xyz" * 85, (255,))]
    samples = 46 * 480 - 156
    found = pages(samples, parts)
    assert [size for page in found[2:] for size in map(len, page.packets)] == [1, 2, 3, 4, 5] * 9 + [255]
    assert b"".join(b"".join(page.packets) for page in found[2:]) == parts[0].body + parts[1].body


def test_a_page_holds_no_more_than_it_can_say():
    found = pages(RATE * 3, packets(RATE * 3, size=7 * 255))
    assert max(len(page.packets) for page in found) == 31  # 255 segments, 8 of them for such a packet
    assert all(page.complete and not page.continued for page in found)


def test_every_page_has_its_checksum():
    for page in opus_pages(replace(TAGS, samples=30_000), CODING, packets(30_000)):
        assert struct.unpack_from("<I", page, 22)[0] == checksum(page[:22] + bytes(4) + page[26:])


def checksum(data):
    """By long division: the polynomial of RFC 3533, section 6, most significant bit first."""
    rest = 0
    for byte in data:
        rest ^= byte << 24
        for _ in range(8):
            rest = rest << 1 ^ (0x104C11DB7 if rest & 0x8000_0000 else 0)
    return rest


def test_the_header_says_mono_and_what_to_skip():
    (head,) = pages(1000)[0].packets
    assert head == b"OpusHead" + struct.pack("<BBHIhB", 1, 1, PRE_SKIP, RATE, 0, 0)


def test_the_tags_are_read_back():
    whole = BytesIO(b"".join(opus_pages(replace(TAGS, samples=1000), CODING, packets(1000))))
    tags = OggOpus(whole).tags
    assert (tags["title"], tags["artist"]) == (["An episode"], ["Ann", "Bo"])
    assert "metadata_block_picture" not in tags


def test_a_cover_of_many_pages_is_read_back_and_sound_begins_on_a_page_of_its_own():
    cover = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000
    found = pages(1000, tags=replace(TAGS, cover=cover))
    tags = OggOpus(BytesIO(b"".join(page.write() for page in found))).tags
    picture = Picture(b64decode(tags["metadata_block_picture"][0]))
    assert (picture.data, picture.mime) == (cover, "image/png")
    assert 10 < len(found) < 20
    assert [page.position for page in found[1:-1]] == [-1] * (len(found) - 3) + [0]
    assert found[-1].packets[0] == bytes(80)


def test_the_same_packets_make_the_same_file():
    assert pages(1000) == pages(1000)


def test_files_with_other_tags_have_other_serial_numbers():
    assert pages(1000)[0].serial != pages(1000, tags=replace(TAGS, title="Another"))[0].serial


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_packet_too_few_or_too_many_is_a_broken_episode(difference):
    with pytest.raises(BrokenEpisode, match="packets of Opus, not 51"):
        pages(RATE, packets(RATE + difference * 480))


def test_packets_that_are_not_as_long_as_they_say_are_a_broken_episode():
    with pytest.raises(BrokenEpisode, match="of 160 bytes are stored as 159 bytes"):
        pages(500, [Frames(bytes(159), (80, 80))])
