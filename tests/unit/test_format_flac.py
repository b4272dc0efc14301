"""FLAC from a pipe becomes a file that tells its length, its tags and the MD5 of its sound."""

import hashlib

import pytest
from mutagen.flac import FLAC

from dropcast.publishing.formats.flac import flac_frames, flac_header
from dropcast.publishing.tags import one_line
from dropcast.scripts.conversation import Chapter
from dropcast.sound.frames import BrokenEpisode
from episodes import NOTE, RATE, png, tags
from players import cover, decoded, duration, ffmpeg, read
from sounds import clip, sine

PCM = clip(sine(440, -12, 3, RATE)).pcm
MARKS = [(0, "A long title"), (1.25, Chapter("Hidden", listed=False)), (2, "三")]


@pytest.fixture(scope="module")
def encoded():
    """What the real encoder writes into a pipe."""
    return ffmpeg("-f", "s16le", "-ar", RATE, "-ac", 1, "-i", "pipe:0", "-f", "flac", "-", fed=PCM)


def pieces(data, size):
    return (data[at : at + size] for at in range(0, len(data), size))


def episode(of, encoded, samples=3 * RATE, pcm=PCM):
    info, frames = flac_frames(pieces(encoded, 65_536))
    return flac_header(of, info, samples, hashlib.md5(pcm).digest()) + b"".join(frames)  # noqa: S324


def test_an_episode_is_played_bit_for_bit(encoded, tmp_path):
    path = tmp_path / "episode.flac"
    path.write_bytes(episode(tags(marks=MARKS, cover=png()), encoded))
    assert decoded(path) == PCM
    assert duration(path) == 3.0


def test_the_header_tells_the_length_and_the_md5_of_the_sound(encoded, tmp_path):
    path = tmp_path / "episode.flac"
    path.write_bytes(encoded)
    before = FLAC(path).info
    assert (before.total_samples, before.md5_signature) == (0, 0), "nothing to do, if the encoder told them"
    path.write_bytes(episode(tags(), encoded))
    after = FLAC(path).info
    assert (after.total_samples, after.length) == (3 * RATE, 3.0)
    assert after.md5_signature == int(hashlib.md5(decoded(path)).hexdigest(), 16)  # noqa: S324
    for field in ("min_blocksize", "max_blocksize", "sample_rate", "channels", "bits_per_sample"):
        assert getattr(after, field) == getattr(before, field)


def test_players_show_tags_chapters_and_cover(encoded, tmp_path):
    path = tmp_path / "episode.flac"
    path.write_bytes(episode(tags("Größe 日本", marks=MARKS, cover=png()), encoded))
    found = read(path)
    assert found.chapters == [(0, 2000, "A long title"), (2000, 3000, "三")]
    assert (found.tags["title"], found.tags["artist"], found.tags["date"]) == (
        "Größe 日本",
        "Ana;Bo",
        "2026-11-20",
    )
    assert (found.tags["language"], found.tags["comment"]) == ("eng", NOTE)
    assert cover(path) == png()
    file = FLAC(path)
    assert (file["artist"], file["chapter002name"], file.tags.vendor) == (["Ana", "Bo"], ["三"], "dropcast")
    assert [picture.data for picture in file.pictures] == [png()]


def test_255_chapters_of_ten_hours_are_shown_at_their_times(encoded, tmp_path):
    path = tmp_path / "episode.flac"
    long = tags(seconds=36_000, marks=[(index * 141, f"Chapter {index}") for index in range(255)])
    path.write_bytes(episode(long, encoded, long.samples))
    found = read(path).chapters
    assert [(start, title) for start, _, title in found] == [
        (i * 141_000, f"Chapter {i}") for i in range(255)
    ]
    assert duration(path) == 36_000
    assert FLAC(path).info.length == 36_000


def test_a_length_of_more_than_32_bits_is_told(encoded, tmp_path):
    path = tmp_path / "episode.flac"
    path.write_bytes(episode(tags(), encoded, 2**32 + 5))
    assert FLAC(path).info.total_samples == 2**32 + 5


@pytest.mark.parametrize("title", ["a\0b", "a\nTITLE=b", "\ud800!", "x" * 300_000, "\0", "=", "fLaC\xff\xf8"])
def test_no_title_breaks_the_file(title, encoded, tmp_path):
    path = tmp_path / "episode.flac"
    path.write_bytes(episode(tags(title, speakers=(title,), marks=[(0, title), (1, "Next")]), encoded))
    assert decoded(path) == PCM
    found = read(path)
    assert found.chapters == [(0, 1000, one_line(title)), (1000, 3000, "Next")]
    assert found.tags.get("title", "") == one_line(title)


def test_a_cover_too_large_for_flac_is_left_out(encoded, tmp_path):
    path = tmp_path / "episode.flac"
    path.write_bytes(episode(tags(cover=png() + bytes(2**24)), encoded))
    assert FLAC(path).pictures == []
    assert decoded(path) == PCM


@pytest.mark.parametrize("size", [1, 3, 42, 1000, 10**9])
def test_the_encoder_may_write_in_pieces_of_any_size(size, encoded):
    info, frames = flac_frames([b"", *pieces(encoded, size)])
    frames = b"".join(frames)
    assert info == encoded[8:42]
    assert encoded.endswith(frames)
    assert frames[:2] == b"\xff\xf8", "sync code of a frame of fixed block size (RFC 9639, 9.1)"
    assert len(frames) == len(encoded) - encoded.index(b"\xff\xf8")


@pytest.mark.parametrize("size", [0, 3, 20, 42, 60])
def test_a_stream_that_ends_before_its_first_frame_is_a_broken_episode(size, encoded):
    with pytest.raises(BrokenEpisode, match=f"wrote {size} bytes of FLAC and no frame"):
        flac_frames([encoded[:size]])


def test_a_header_without_frames_is_a_broken_episode(encoded):
    with pytest.raises(BrokenEpisode, match="no frame"):
        flac_frames([encoded[: encoded.index(b"\xff\xf8")]])


@pytest.mark.parametrize("begin", [b"OggS", b"fLaC\x04\0\0\x22", b"\0" * 50])
def test_what_is_no_flac_is_a_broken_episode(begin, encoded):
    with pytest.raises(BrokenEpisode, match="does not begin as FLAC does"):
        flac_frames([begin, encoded[8:]])
