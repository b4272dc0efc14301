"""WAV files of any size are read by others as they were meant."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.wave import WAVE

from dropcast.publishing.formats.wav import wav_header
from dropcast.publishing.tags import one_line
from dropcast.sound.wav import parse_wav
from episodes import NOTE, RATE, png, tags
from players import cover, decoded, duration, read
from sounds import clip, sine

PCM = clip(sine(440, -12, 3, RATE)).pcm
MARKS = [(0, "A long title"), (1.25, "Zwei")]


def chunks(header, size):
    """The chunks of a WAV file of this size by its own word: where their bodies are, and their lengths."""
    at, found, sizes = 12, {}, {}
    while at < size:
        name, length = struct.unpack_from("<4sI", header, at)
        if name == b"ds64":
            sizes = {b"data": struct.unpack_from("<Q", header, at + 16)[0]}
        length = sizes.get(name, length)
        found[name] = (at + 8, length)
        at += 8 + length + length % 2
    assert at == size
    return found


def test_an_episode_is_played_bit_for_bit(tmp_path):
    path = tmp_path / "episode.wav"
    path.write_bytes(wav_header(tags(marks=MARKS, cover=png()), 3 * RATE, RATE) + PCM)
    assert decoded(path) == PCM
    assert duration(path) == 3.0
    assert WAVE(path).info.length == 3.0
    with wave.open(str(path)) as reader:
        assert reader.getparams()[:4] == (1, 2, RATE, 3 * RATE)
        assert reader.readframes(3 * RATE) == PCM
    assert parse_wav(path.read_bytes()).pcm == PCM


def test_players_show_tags_chapters_and_cover(tmp_path):
    path = tmp_path / "episode.wav"
    path.write_bytes(wav_header(tags("Größe 日本", marks=MARKS, cover=png()), 3 * RATE, RATE) + PCM)
    found = read(path)
    assert found.chapters == [(0, 1250, "A long title"), (1250, 3000, "Zwei")]
    assert found.tags["artist"] == "Ana; Bo"
    assert (found.tags["title"], found.tags["date"], found.tags["comment"]) == (
        "Größe 日本",
        "2026-11-20",
        NOTE,
    )
    assert cover(path) == png()
    assert WAVE(path).tags["TPE1"].text == ["Ana/Bo"]


def test_the_info_list_names_what_programs_without_id3_show():
    header = wav_header(tags("Odd"), 10, RATE)
    start, length = chunks(header, len(header) + 20)[b"LIST"]
    assert header[start : start + length] == (
        b"INFOINAM\x04\0\0\0Odd\0IART\x08\0\0\0Ana; Bo\0ICRD\x0b\0\0\x002026-11-20\0\0"
        b"ICMT" + struct.pack("<I", len(NOTE) + 1) + NOTE.encode() + b"\0"
    )


@given(st.text(st.characters()), st.integers(0, 2**34))
def test_header_and_samples_are_all_that_a_file_of_any_size_says_it_has(title, samples):
    header = wav_header(tags(title), samples, RATE)
    size = len(header) + 2 * samples
    assert chunks(header, size)[b"data"] == (len(header), 2 * samples)
    if header.startswith(b"RIFF"):
        assert struct.unpack_from("<I", header, 4)[0] == size - 8
    else:
        assert struct.unpack_from("<4sI4s4sI", header) == (b"RF64", 0xFFFFFFFF, b"WAVE", b"ds64", 28)
        assert struct.unpack_from("<QQQI", header, 20) == (size - 8, 2 * samples, samples, 0)
        assert header.endswith(b"data" + b"\xff" * 4)


def test_a_file_is_rf64_when_and_only_when_32_bits_cannot_tell_its_size():
    overhead = len(wav_header(tags(), 0, RATE)) - 8
    most = (2**32 - 2 - overhead) // 2
    assert overhead % 2 == 0
    assert wav_header(tags(), most, RATE)[:4] == b"RIFF"
    assert wav_header(tags(), most + 1, RATE)[:4] == b"RF64"


@pytest.mark.parametrize("hours", [25, 40])
def test_ffmpeg_reads_more_than_4_gib(hours, tmp_path):
    """The file has a hole instead of most of its samples, and takes no room."""
    path = tmp_path / "episode.wav"
    episode = tags(seconds=hours * 3600, marks=[(0, "One"), (hours * 3600 - 1, "Last")])
    header = wav_header(episode, episode.samples, RATE)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 2 * episode.samples)
    assert path.stat().st_size > 2**32
    assert duration(path) == hours * 3600
    found = read(path)
    assert found.tags["title"] == "An episode"
    assert found.chapters[1] == (hours * 3_600_000 - 1000, hours * 3_600_000, "Last")


@pytest.mark.parametrize("title", ["a\0b", "a\r\nb", "\ud800!", "x" * 100_001, "\0", "LIST\0\0"])
def test_no_title_breaks_the_file(title, tmp_path):
    written = wav_header(tags(title, speakers=(title,), marks=[(0, title)]), 3 * RATE, RATE) + PCM
    with wave.open(io.BytesIO(written)) as reader:
        assert reader.readframes(reader.getnframes()) == PCM
    path = tmp_path / "episode.wav"
    path.write_bytes(written)
    assert decoded(path) == PCM
    assert read(path).tags.get("title", "") == one_line(title)
