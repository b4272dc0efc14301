"""An M4A from its header and the bare frames: exact to the sample, and every byte where the index says."""

import re
import struct
from array import array
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import pytest
from mutagen.mp4 import MP4

from dropcast.jobs.part import Coding
from dropcast.publishing.formats.m4a import m4a_header
from dropcast.scripts.conversation import Chapter
from dropcast.sound.aac import frame_count
from dropcast.sound.frames import BrokenEpisode
from dropcast.sound.timeline import PlacedChapter
from joined import RATE, TAGS, decoded, in_parts, run_ffmpeg, speech, written

LOW, HIGH = Coding("aac", 24_000, 64), Coding("aac", 48_000, 96)
EACH_CODING = pytest.mark.parametrize("coding", [LOW, HIGH], ids=lambda coding: str(coding.sample_rate_hertz))
CONTAINERS = {b"moov", b"trak", b"edts", b"tref", b"mdia", b"minf", b"stbl", b"dinf", b"gmhd", b"udta"}
LONG, LONG_FRAMES = 9_999 * 1024, 10_000


def boxes(data, at=0, end=None, path=""):
    """Each box as (path, body), in order; they must fill what they are in. The media may be missing."""
    end = len(data) if end is None else end
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,), start = struct.unpack_from(">Q", data, start), at + 16
        assert size >= 8
        here = f"{path}/{kind.decode('latin-1')}"
        yield here, data[start : at + size], start
        if kind in CONTAINERS:
            yield from boxes(data, start, at + size, here)
        at += size
        assert at <= end or kind == b"mdat"


def body(data, path, nth=0):
    return [body for here, body, _ in boxes(data) if here == f"/moov/{path}"][nth]


def indexed(data, track):
    """Where each sample of a track lies in the file, and its size, read as players do."""
    stbl = "trak/mdia/minf/stbl"
    sizes = struct.unpack(
        f">{len(body(data, stbl + '/stsz', track)) // 4}I", body(data, stbl + "/stsz", track)
    )[3:]
    runs = struct.iter_unpack(">III", body(data, stbl + "/stsc", track)[8:])
    wide = [here for here, _, _ in boxes(data) if here.endswith(("stco", "co64"))][track].endswith("co64")
    table = body(data, f"{stbl}/{'co64' if wide else 'stco'}", track)[8:]
    chunks = [offset for (offset,) in struct.iter_unpack(">Q" if wide else ">I", table)]
    counts = [0] * len(chunks)
    for first, count, _ in runs:
        counts[first - 1 :] = [count] * (len(chunks) - first + 1)
    places, sample = [], 0
    for offset, count in zip(chunks, counts, strict=True):
        for _ in range(count):
            places.append((offset, sizes[sample]))
            offset += sizes[sample]
            sample += 1
    assert sample == len(sizes)
    return places


def header(coding=HIGH, samples=100_000, chapters=(), size=100, brand="M4A ", **fields):
    tags = replace(TAGS, samples=samples, chapters=chapters, **fields)
    return m4a_header(tags, coding, array("I", [size]) * frame_count(coding, samples), brand)


def chapters(*placed):
    """Chapters that begin at these samples; the last one ends at 100,000."""
    spans = pairwise([*(start for start, _ in placed), 100_000])
    titles = (title for _, title in placed)
    return tuple(PlacedChapter(Chapter(title), *span) for title, span in zip(titles, spans, strict=True))


@EACH_CODING
@pytest.mark.parametrize("samples", [512, 1023, 1024, 1025, 24_000, 60_001])
def test_an_episode_decodes_to_exactly_the_planned_samples(coding, samples, tmp_path):
    path = tmp_path / "episode.m4a"
    path.write_bytes(written(coding, in_parts(coding, speech(samples)), samples))
    assert len(decoded(path)) == samples * coding.sample_rate_hertz // RATE


@EACH_CODING
def test_the_header_says_the_planned_length(coding):
    data, own = header(coding, 100_001), 100_001 * coding.sample_rate_hertz // RATE
    assert struct.unpack_from(">II", body(data, "mvhd"), 12) == (coding.sample_rate_hertz, own)
    assert struct.unpack_from(">I", body(data, "trak/tkhd"), 20) == (own,)
    assert struct.unpack(">IIIiHH", body(data, "trak/edts/elst")) == (0, 1, own, 1024, 1, 0)
    assert struct.unpack_from(">II", body(data, "trak/mdia/mdhd"), 12) == (
        coding.sample_rate_hertz,
        own + 1024,
    )
    times = struct.iter_unpack(">II", body(data, "trak/mdia/minf/stbl/stts")[8:])
    assert sum(count * duration for count, duration in times) == own + 1024


def test_players_that_know_no_edit_lists_are_told_what_to_drop():
    tag = MP4(BytesIO(header(LOW, 100_001))).tags["----:com.apple.iTunes:iTunSMPB"][0].decode()
    _, delay, padding, samples, *rest = [int(word, 16) for word in tag.split()]
    assert (delay, samples, rest) == (1024, 100_001, [0] * 8)
    assert delay + samples + padding == frame_count(LOW, 100_001) * 1024


@EACH_CODING
@pytest.mark.parametrize("placed", [(), ((0, "One"), (50_000, "Two"))], ids=["plain", "chapters"])
def test_the_index_stands_in_front_and_leads_to_every_frame(coding, placed):
    parts = in_parts(coding, speech(100_000), (70_272,))
    data = written(coding, parts, 100_000, replace(TAGS, chapters=chapters(*placed)))
    frames = b"".join(part.body for part in parts)
    places = indexed(data, 0)
    assert [here for here, _, _ in boxes(data) if here.count("/") == 1] == ["/ftyp", "/moov", "/mdat"]
    assert [size for _, size in places] == [size for part in parts for size in part.sizes]
    assert b"".join(data[at : at + size] for at, size in places) == frames
    assert data.endswith(frames)


@EACH_CODING
def test_the_index_says_what_is_heard_and_at_how_many_bits(coding):
    sizes = [100] * 40 + [200] * 200 + [100] * (frame_count(coding, 300_000) - 240)
    data = m4a_header(replace(TAGS, samples=300_000), coding, sizes, "M4A ")
    entry, rate = body(data, "trak/mdia/minf/stbl/stsd")[8:], coding.sample_rate_hertz
    assert struct.unpack_from(">4s6xH8xHH4xI", entry, 4) == (b"mp4a", 1, 1, 16, rate << 16)
    config = entry.index(b"\x04\x14\x40\x15")
    _, highest, mean = struct.unpack_from(">3sII", entry, config + 4)
    assert highest == pytest.approx(200 * 8 * rate / 1024, abs=1)
    assert mean == pytest.approx(sum(sizes) * 8 * rate / (1024 + 300_000 * rate // RATE), abs=1)


@EACH_CODING
def test_a_chunk_is_about_a_second(coding):
    found = struct.unpack(">IIIIIIII", body(header(coding), "trak/mdia/minf/stbl/stsc"))
    assert found[3] * 1024 / coding.sample_rate_hertz == pytest.approx(1, abs=0.03)
    assert found[6] < found[3]


def test_the_decoder_is_told_that_a_frame_needs_the_one_before():
    data = header(LOW, 100_000)
    frames = frame_count(LOW, 100_000)
    assert body(data, "trak/mdia/minf/stbl/sgpd") == struct.pack(">I4sIIh", 1 << 24, b"roll", 2, 1, -1)
    assert body(data, "trak/mdia/minf/stbl/sbgp") == struct.pack(">I4sIII", 0, b"roll", 1, frames, 1)


def test_media_of_more_than_4_gib_have_wide_sizes_and_offsets():
    size = 500_000
    data = header(LOW, LONG, chapters((0, "One")), size=size)
    places, start = indexed(data, 0), len(data)
    ((_, _, media),) = [each for each in boxes(data) if each[0] == "/mdat"]
    assert places == [(start + size * frame, size) for frame in range(LONG_FRAMES)]
    assert struct.unpack_from(">I4sQ", data, media - 16) == (
        1,
        b"mdat",
        16 + start - media + size * LONG_FRAMES,
    )
    assert indexed(data, 1) == [(media, start - media)]


def test_offsets_are_wide_as_soon_as_the_file_is_longer_than_they_can_say():
    largest = 2**32 // LONG_FRAMES - 10  # 100 kB less than they can say, of which the header takes 42
    assert b"stco" in header(LOW, LONG, size=largest)
    assert b"co64" in header(LOW, LONG, size=largest, cover=bytes(100_000))


def test_more_than_12_hours_of_sound_are_told_in_wide_times():
    own = 15 * 3600 * 48_000
    data = header(HIGH, own // 2, size=1)
    assert struct.unpack_from(">BxxxQQIQ", body(data, "mvhd")) == (1, 0, 0, 48_000, own)
    assert struct.unpack_from(">BxxxQQI4xQ", body(data, "trak/tkhd")) == (1, 0, 0, 1, own)
    assert struct.unpack(">BxxxIQqHH", body(data, "trak/edts/elst")) == (1, 1, own, 1024, 1, 0)
    assert struct.unpack_from(">BxxxQQIQ", body(data, "trak/mdia/mdhd")) == (1, 0, 0, 48_000, own + 1024)


def heard_chapters(tmp_path, data):
    """The chapters as ffmpeg reads them: (start, end, title)."""
    path = tmp_path / "episode.m4a"
    path.write_bytes(data)
    said = run_ffmpeg("-i", path, "-f", "ffmetadata", "-").decode()
    return [
        (int(start), int(end), title)
        for start, end, title in re.findall(
            r"\[CHAPTER\]\nTIMEBASE=1/24000\nSTART=(.*)\nEND=(.*)\ntitle=(.*)\n", said
        )
    ]


def with_frames(placed, **fields):
    parts = in_parts(LOW, speech(100_000))
    return written(LOW, parts, 100_000, replace(TAGS, chapters=placed, **fields))


def test_chapters_are_read_back_and_the_last_one_ends_with_the_sound(tmp_path):
    data = with_frames(chapters((0, "Grüße"), (31_234, "第二章"), (99_999, "")))
    assert heard_chapters(tmp_path, data) == [
        (0, 31_234, "Grüße"),
        (31_234, 99_999, "第二章"),
        (99_999, 100_000, ""),
    ]
    listed = [(round(chapter.start, 6), chapter.title) for chapter in MP4(BytesIO(data)).chapters]
    assert listed == [(0, "Grüße"), (1.301417, "第二章"), (4.166625, "")]
    assert len(decoded(tmp_path / "episode.m4a")) == 100_000


def test_a_chapter_that_is_not_listed_belongs_to_the_one_before(tmp_path):
    one, two, three = chapters((0, "One"), (30_000, "Two"), (60_000, "Three"))
    hidden = replace(two, chapter=replace(two.chapter, listed=False))
    assert heard_chapters(tmp_path, with_frames((one, hidden, three))) == [
        (0, 60_000, "One"),
        (60_000, 100_000, "Three"),
    ]


def test_what_comes_before_the_first_chapter_is_called_as_the_episode_is(tmp_path):
    assert heard_chapters(tmp_path, with_frames(chapters((30_000, "One")))) == [
        (0, 30_000, "An episode"),
        (30_000, 100_000, "One"),
    ]


def test_a_file_without_chapters_has_no_track_for_them():
    hidden = tuple(replace(each, chapter=Chapter("x", listed=False)) for each in chapters((0, "x")))
    for data in (header(), header(chapters=hidden)):
        paths = [here for here, _, _ in boxes(data)]
        assert paths.count("/moov/trak") == 1
        assert "/moov/trak/tref" not in paths
        assert "/moov/udta/chpl" not in paths


def test_the_track_of_chapters_is_named_by_the_sound_and_not_shown_by_itself():
    data = header(chapters=chapters((0, "One")))
    (number,) = struct.unpack_from(">I", body(data, "trak/tkhd", 1), 12)
    assert body(data, "trak/tref") == struct.pack(">I4sI", 12, b"chap", number)
    assert body(data, "trak/tkhd", 0)[:4] == b"\0\0\0\3"
    assert body(data, "trak/tkhd", 1)[:4] == b"\0\0\0\2"


def test_the_list_of_chapters_holds_255_and_the_track_all(tmp_path):
    placed = chapters(*((index * 300, f"Chapter {index}") for index in range(300)))
    data = with_frames(placed)
    assert [title for _, _, title in heard_chapters(tmp_path, data)] == [
        f"Chapter {index}" for index in range(300)
    ]
    assert len(MP4(BytesIO(data)).chapters) == 255


def test_a_long_title_is_cut_between_characters():
    data = header(chapters=chapters((0, "ä" * 40_000)))
    assert MP4(BytesIO(data)).chapters[0].title == "ä" * 127
    ((at, size),) = indexed(data, 1)
    (length,) = struct.unpack_from(">H", data, at)
    assert data[at + 2 : at + 2 + length].decode() == "ä" * 32_767
    assert data[at + 2 + length : at + size] == b"\0\0\0\x0cencd\0\0\1\0"


def test_the_tags_are_read_back():
    cover = b"\xff\xd8\xff" + bytes(1000)
    tags = MP4(BytesIO(header(cover=cover))).tags
    said = {key: list(tags[key]) for key in ("©nam", "©ART", "©day", "©cmt")}
    assert said == {
        "©nam": ["An episode"],
        "©ART": ["Ann", "Bo"],
        "©day": ["2026-11-20"],
        "©cmt": ["Synthetic voices"],
    }
    assert [(bytes(picture), picture.imageformat) for picture in tags["covr"]] == [(cover, 13)]
    assert "stik" not in tags


def test_a_png_is_told_from_a_jpeg():
    (picture,) = MP4(BytesIO(header(cover=b"\x89PNG\r\n\x1a\n"))).tags["covr"]
    assert picture.imageformat == 14


def test_what_is_not_known_is_left_out():
    tags = MP4(BytesIO(header(title=" ", speakers=(), date=None, note=""))).tags
    assert list(tags) == ["----:com.apple.iTunes:iTunSMPB"]


def test_an_audiobook_says_so():
    data = header(brand="M4B ")
    assert data[:12] == struct.pack(">I4s4s", 32, b"ftyp", b"M4B ")
    assert MP4(BytesIO(data)).tags["stik"] == [2]


def test_the_language_is_told_in_full_and_in_three_letters():
    data = header(language="pt-BR")
    assert body(data, "trak/mdia/elng") == b"\0\0\0\0pt-BR\0"
    (packed,) = struct.unpack_from(">H", body(data, "trak/mdia/mdhd"), 20)
    assert [chr((packed >> shift & 31) + 0x60) for shift in (10, 5, 0)] == list("por")


def test_tags_edited_later_leave_the_sound_as_it_is(tmp_path):
    path = tmp_path / "episode.m4a"
    path.write_bytes(with_frames(chapters((0, "One"))))
    before = decoded(path)
    edited = MP4(path)
    edited["©nam"] = "A longer title" * 10_000
    edited.save()
    assert (decoded(path) == before).all()


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_frame_too_few_or_too_many_is_a_broken_episode(difference):
    frames = frame_count(LOW, 100_000) + difference
    with pytest.raises(BrokenEpisode, match=f"there are {frames} frames of AAC, not 99"):
        m4a_header(replace(TAGS, samples=100_000), LOW, [100] * frames, "M4A ")


def test_the_same_frames_make_the_same_header():
    assert header() == header()
