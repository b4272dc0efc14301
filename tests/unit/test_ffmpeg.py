"""The encoder streams, says what ffmpeg said when it failed, and never leaves a process behind."""

import stat
import tracemalloc

import psutil
import pytest

from dropcast.gateways import ffmpeg
from dropcast.gateways.ffmpeg import EncoderFailed, FfmpegEncoder
from dropcast.jobs.plan import Mp3Output
from dropcast.sound import parts
from dropcast.sound.mp3 import Mp3Layout

OUTPUT = Mp3Output(24_000, 96)
SECOND = bytes(2 * 24_000)


@pytest.fixture
def own_children():
    """The processes that were started since, and still run or wait to be collected."""
    before = set(psutil.Process().children())
    return lambda: set(psutil.Process().children()) - before


@pytest.fixture
def ffmpeg_that(tmp_path, monkeypatch):
    """A function that puts a shell script in ffmpeg's place."""

    def does(*lines):
        program = tmp_path / "ffmpeg"
        program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(ffmpeg, "ffmpeg_program", lambda: str(program))

    return does


def encode(pcm, output=OUTPUT):
    return FfmpegEncoder().mp3(pcm, 24_000, output)


def peak_memory(seconds):
    tracemalloc.start()
    try:
        written = sum(len(chunk) for chunk in encode(SECOND for _ in range(seconds)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    layout = Mp3Layout(24_000, 96, seconds * 24_000)
    assert written == layout.frames * layout.frame_bytes
    return peak


def test_memory_does_not_grow_with_the_episode(monkeypatch):
    monkeypatch.setattr(parts, "LENGTH", 500)  # frames: parts of twelve seconds
    assert peak_memory(240) < 1.5 * peak_memory(60)


def test_no_process_is_left_when_an_episode_is_done(own_children):
    assert b"".join(encode([SECOND]))
    assert not own_children()


def test_what_ffmpeg_complains_of_is_said():
    with pytest.raises(EncoderFailed, match="sample rate"):
        list(encode([SECOND], Mp3Output(12_345, 96)))


def test_an_encoder_that_ends_before_it_has_read_all_is_a_failure_with_its_own_words(ffmpeg_that):
    ffmpeg_that("head -c 1000 >/dev/null", "echo out of sorts >&2", "exit 3")
    with pytest.raises(EncoderFailed, match="out of sorts"):
        list(encode(SECOND for _ in range(100)))


def test_complaints_are_a_failure_even_if_the_encoder_goes_on(ffmpeg_that):
    ffmpeg_that("cat >/dev/null", "echo garbled >&2")
    with pytest.raises(EncoderFailed, match="garbled"):
        list(encode([SECOND]))


def test_an_encoder_that_is_killed_is_a_failure(ffmpeg_that):
    ffmpeg_that("kill -9 $$")
    with pytest.raises(EncoderFailed, match="-9"):
        list(encode([SECOND]))


def test_what_goes_wrong_with_the_sound_escapes_and_leaves_no_process(own_children):
    def pcm():
        yield SECOND
        raise LookupError("a clip is missing")

    with pytest.raises(LookupError, match="a clip is missing"):
        list(encode(pcm()))
    assert not own_children()


def test_whoever_stops_reading_leaves_no_process(own_children, monkeypatch):
    monkeypatch.setattr(parts, "LENGTH", 500)
    frames = encode(SECOND for _ in range(600))
    assert next(frames)
    frames.close()
    assert not own_children()
