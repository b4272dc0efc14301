"""Behind its header the real encoder's MP3 plays to the sample, and players show all that it tells."""

import io
from itertools import pairwise

import pytest
from mutagen.mp3 import MP3

from dropcast.publishing.formats.mp3 import mp3_header
from dropcast.publishing.tags import one_line
from dropcast.scripts.conversation import Chapter
from dropcast.sound.mp3 import Mp3Layout
from episodes import NOTE, RATE, png, tags
from players import cover, decoded, duration, ffmpeg, read
from sounds import clip, sine

PCM = clip(sine(440, -12, 3, RATE)).pcm
MARKS = [(0, "A long title"), (1.25, Chapter("Zwei", url="https://example.org/")), (2, "三")]


def layout(episode, rate=48_000, kbps=96):
    return Mp3Layout(rate, kbps, episode.samples * rate // RATE)


@pytest.fixture(scope="module")
def frames():
    """Three seconds of frames, written as the gateway has them written."""

    def encoded(rate=48_000, kbps=96):
        return ffmpeg(
            *("-f", "s16le", "-ar", RATE, "-ac", 1, "-i", "pipe:0", "-c:a", "libmp3lame", "-ar", rate),
            *("-b:a", f"{kbps}k", "-reservoir", 0, "-write_xing", 0, "-id3v2_version", 0, "-f", "mp3", "-"),
            fed=PCM,
        )

    return encoded


@pytest.mark.parametrize(("rate", "kbps"), [(48_000, 96), (24_000, 64), (24_000, 32)])
def test_an_episode_plays_to_the_sample(rate, kbps, frames, tmp_path):
    path = tmp_path / "episode.mp3"
    episode = tags(marks=MARKS, cover=png())
    path.write_bytes(mp3_header(episode, layout(episode, rate, kbps)) + frames(rate, kbps))
    assert len(decoded(path)) // 2 == 3 * rate
    assert MP3(path).info.length == 3.0
    assert duration(path) == 3.0


def test_players_show_tags_chapters_and_cover(frames, tmp_path):
    path = tmp_path / "episode.mp3"
    episode = tags("Größe 日本", marks=MARKS, cover=png())
    path.write_bytes(mp3_header(episode, layout(episode)) + frames())
    found = read(path)
    assert found.chapters == [(0, 1250, "A long title"), (1250, 2000, "Zwei"), (2000, 3000, "三")]
    assert (found.tags["title"], found.tags["date"], found.tags["language"], found.tags["comment"]) == (
        *("Größe 日本", "2026-11-20", "eng"),
        NOTE,
    )
    assert found.tags["artist"] == "Ana/Bo"
    assert cover(path) == png()


@pytest.mark.parametrize("length", [40, 125, 126, 127, 128, 255, 20_000])
def test_a_chapter_with_a_long_title_and_a_long_link_is_shown(length, frames, tmp_path):
    """Of a tag of version 2.4 players lose it: publishing/id3.py."""
    path = tmp_path / "episode.mp3"
    linked = Chapter(
        "題" * length, url=f"https://example.org/{'x' * length}", image="https://example.org/i.png"
    )
    episode = tags(marks=[(0, linked), (1, "Next")])
    path.write_bytes(mp3_header(episode, layout(episode)) + frames())
    assert read(path).chapters == [(0, 1000, "題" * length), (1000, 3000, "Next")]
    assert MP3(path).tags["CHAP:chp0"].sub_frames["WXXX:"].url == linked.url


def test_a_jpeg_is_a_cover_as_well(frames, tmp_path):
    picture = ffmpeg("-f", "image2pipe", "-c:v", "png", "-i", "pipe:0", "-f", "mjpeg", "-", fed=png(16, 16))
    path = tmp_path / "episode.mp3"
    episode = tags(cover=picture)
    path.write_bytes(mp3_header(episode, layout(episode)) + frames())
    assert cover(path) == picture
    assert MP3(path).tags["APIC:"].mime == "image/jpeg"
    assert len(decoded(path)) // 2 == 3 * 48_000


def test_255_chapters_of_ten_hours_are_shown_at_their_times(frames, tmp_path):
    path = tmp_path / "episode.mp3"
    step = 36_000 / 255
    episode = tags(seconds=36_000, marks=[(index * step, f"Chapter {index}") for index in range(255)])
    path.write_bytes(mp3_header(episode, layout(episode)) + frames())
    found = read(path).chapters
    assert len(found) == 255
    assert found[254] == (int(254 * step * RATE) * 1000 // RATE, 36_000_000, "Chapter 254")
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert duration(path) == 36_000


@pytest.mark.parametrize(
    "title",
    ["a\0b", "a\nb=c\r\n[CHAPTER]", "\x1b[31m\x07", "\ud800!", "x" * 300_000, "\0", "\ufeff", "\xff\xfb\x94"],
)
def test_no_title_breaks_the_file(title, frames, tmp_path):
    path = tmp_path / "episode.mp3"
    episode = tags(title, speakers=(title, "Bo"), marks=[(0, title), (1, "Next")])
    path.write_bytes(mp3_header(episode, layout(episode)) + frames())
    assert len(decoded(path)) // 2 == 3 * 48_000
    found = read(path)
    shown = one_line(title) or "chp0"  # for want of a title ffmpeg shows the name of the frame
    assert found.chapters == [(0, 1000, shown), (1000, 3000, "Next")]
    assert found.tags.get("title", "") == one_line(title)
    assert MP3(path).info.length == 3.0


def test_the_same_episode_has_the_same_header():
    episode = tags(marks=MARKS, cover=png())
    header = mp3_header(episode, layout(episode))
    assert header == mp3_header(tags(marks=MARKS, cover=png()), layout(episode))
    assert header.endswith(layout(episode).info_frame())
    assert MP3(io.BytesIO(header + bytes(1))).tags["TIT2"] == "An episode"
