"""The encoder streams, says what ffmpeg said when it failed, and never leaves a process behind."""

import os
import stat
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

from dropcast.gateways import ffmpeg
from dropcast.gateways.ffmpeg import EncoderFailed, FfmpegEncoder, ffmpeg_program
from dropcast.jobs.part import PCM, Coding
from dropcast.scripts.batch.formats import FORMATS
from dropcast.sound.codings import frame_count, kept
from recipes import whole
from sounds import clip, sine, speech_like

RATE = 24_000
MP3 = Coding("mp3", RATE, 96)
CODINGS = [MP3, Coding("aac", 48_000, 64), Coding("opus", 48_000, 32)]
SECOND = bytes(2 * RATE)
ENCODE = pytest.param(lambda: encode(100 * SECOND), id="encode")
STREAM = pytest.param(lambda: b"".join(flac(SECOND for _ in range(100))), id="stream")
EITHER = pytest.mark.parametrize("run", [ENCODE, STREAM])


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


def encode(pcm, coding=MP3):
    return FfmpegEncoder().encode(pcm, RATE, coding)


def flac(pcm):
    return FfmpegEncoder().flac(pcm, RATE)


def decoded(encoded, tmp_path):
    path = tmp_path / "encoded"
    path.write_bytes(encoded)
    command = [ffmpeg_program(), "-v", "error", "-i", str(path), "-f", "s16le", "-ar", str(RATE), "-"]
    return np.frombuffer(ffmpeg._run(command, b""), "<i2")


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_each_coding_sounds_as_its_pcm_does(coding, tmp_path):
    sound = clip(speech_like(3, RATE))
    heard = decoded(encode(sound.pcm, coding), tmp_path).astype(float)
    meant = np.frombuffer(sound.pcm, "<i2").astype(float)
    size = 1 << 18
    alike = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(meant, size)))
    assert alike.max() > 0.9 * np.linalg.norm(heard) * np.linalg.norm(meant)


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_each_coding_has_the_frames_that_are_expected_of_it(coding):
    part = whole(samples=20_000)
    found = kept(coding, encode(bytes(40_000), coding), part)
    sizes = found.sizes or (288,) * (len(found.body) // 288)
    assert len(sizes) == frame_count(coding, 20_000)
    assert sum(sizes) == len(found.body)


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_the_same_pcm_makes_the_same_bytes(coding):
    pcm = clip(speech_like(1, RATE)).pcm
    assert encode(pcm, coding) == encode(pcm, coding)


def test_pcm_is_not_encoded():
    with pytest.raises(ValueError, match="PCM"):
        encode(SECOND, PCM)


def test_flac_is_what_went_in_sample_by_sample(tmp_path):
    pcm = clip(speech_like(3, RATE)).pcm
    stream = b"".join(flac(pcm[at : at + 10_001] for at in range(0, len(pcm), 10_001)))
    assert stream[:4] == b"fLaC"
    assert decoded(stream, tmp_path).tobytes() == pcm


def test_flac_of_nothing_is_a_header(tmp_path):
    assert b"".join(flac([]))[:4] == b"fLaC"


def peak_memory(seconds):
    noise = np.random.default_rng(1).integers(-9000, 9000, RATE, "<i2").tobytes()
    tracemalloc.start()
    try:
        written = sum(len(chunk) for chunk in flac(noise for _ in range(seconds)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > seconds * RATE
    return peak


def test_memory_does_not_grow_with_a_stream():
    assert peak_memory(240) < 1.5 * peak_memory(60)


def test_flac_comes_out_while_pcm_goes_in():
    """More than all pipes hold cannot have gone in when the first bytes come out, if it is to be a stream."""
    fed = threading.Event()

    def pcm():
        for _ in range(2000):
            yield SECOND
        fed.set()

    stream = flac(pcm())
    assert next(stream)
    assert not fed.is_set()
    stream.close()


@EITHER
def test_no_process_is_left_when_all_is_done(run, own_children):
    assert run()
    assert not own_children()


def test_what_ffmpeg_complains_of_is_said():
    with pytest.raises(EncoderFailed, match="sample rate"):
        encode(SECOND, Coding("mp3", 12_345, 96))


@EITHER
def test_an_encoder_that_ends_before_it_has_read_all_is_a_failure_with_its_own_words(
    run, ffmpeg_that, own_children
):
    ffmpeg_that("head -c 1000 >/dev/null", "echo out of sorts >&2", "exit 3")
    with pytest.raises(EncoderFailed, match="out of sorts"):
        run()
    assert not own_children()


def test_a_stream_whose_encoder_ends_well_before_it_has_read_all_is_a_failure(ffmpeg_that):
    ffmpeg_that("head -c 1000")
    with pytest.raises(EncoderFailed, match="before it had read everything"):
        list(flac(SECOND for _ in range(100)))


@EITHER
def test_complaints_are_a_failure_even_if_the_encoder_goes_on(run, ffmpeg_that):
    ffmpeg_that("cat >/dev/null", "echo garbled >&2")
    with pytest.raises(EncoderFailed, match="garbled"):
        run()


@EITHER
def test_an_encoder_that_complains_without_end_blocks_nothing(run, ffmpeg_that):
    ffmpeg_that("yes complaint | head -c 300000 >&2", "cat >/dev/null", "echo the last one >&2")
    with pytest.raises(EncoderFailed, match="the last one"):
        run()


@EITHER
def test_an_encoder_that_is_killed_is_a_failure(run, ffmpeg_that):
    ffmpeg_that("kill -9 $$")
    with pytest.raises(EncoderFailed, match="-9"):
        run()


@EITHER
@pytest.mark.parametrize(
    "hangs", ["exec sleep 60", "cat >/dev/null; exec sleep 60"], ids=["at once", "at the end"]
)
def test_an_encoder_that_hangs_is_a_failure_and_is_ended(run, hangs, ffmpeg_that, own_children, monkeypatch):
    monkeypatch.setattr(ffmpeg, "PATIENCE", 0.2)
    ffmpeg_that(hangs)
    with pytest.raises(EncoderFailed, match=r"nothing for 0\.2 seconds"):
        run()
    assert not own_children()


def test_what_goes_wrong_with_the_sound_escapes_and_leaves_no_process(own_children):
    def pcm():
        yield SECOND
        raise LookupError("a clip is missing")

    with pytest.raises(LookupError, match="a clip is missing"):
        list(flac(pcm()))
    assert not own_children()


@pytest.mark.parametrize("chunks", [1, 5])
def test_whoever_stops_reading_leaves_no_process(chunks, own_children):
    stream = flac(np.random.default_rng(1).bytes(2 * RATE) for _ in range(600))
    for _ in range(chunks):
        assert next(stream)
    stream.close()
    assert not own_children()


def test_no_more_encoders_run_at_once_than_there_are_processors(ffmpeg_that, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    ffmpeg_that(
        f"cd {tmp_path}",
        "for here in one two; do",
        "mkdir $here 2>/dev/null && cat >/dev/null && sleep 0.05 && exec rmdir $here",
        "done",
        "exit 5",  # both places are taken
    )
    encoder = FfmpegEncoder()
    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(encoder.encode, SECOND, RATE, MP3) for _ in range(6)]
        assert [each.result() for each in done] == [b""] * 6


def test_a_failure_makes_room_for_the_next(ffmpeg_that, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    encoder = FfmpegEncoder()
    ffmpeg_that("exit 4")
    for _ in range(3):
        with pytest.raises(EncoderFailed, match="exit 4"):
            encoder.encode(SECOND, RATE, MP3)


def test_the_version_is_the_programs_own(ffmpeg_that):
    ffmpeg_that(
        'echo "ffmpeg version 7.1-static Copyright (c) 2000-2024 the FFmpeg developers"',
        'echo "built with gcc 8"',
        'echo "libavcodec     61. 19.101 / 61. 19.101"',
        'echo "libswresample   5.  3.100 /  5.  3.100"',
    )
    assert FfmpegEncoder().version() == (
        "ffmpeg version 7.1-static, libavcodec 61.19.101/61.19.101, libswresample 5.3.100/5.3.100"
    )


def test_the_real_ffmpeg_says_its_version():
    said = FfmpegEncoder().version()
    assert said.startswith("ffmpeg version")
    assert "libavcodec" in said


@pytest.mark.parametrize("name", ["audio-48khz-192kbitrate-mono-mp3", "audio-16khz-32kbitrate-mono-mp3"])
def test_no_bitrate_of_mp3_changes_the_level(name, tmp_path):
    pcm = clip(sine(1000, -6, 1, RATE)).pcm
    heard = decoded(b"".join(FfmpegEncoder().transcode([pcm], RATE, FORMATS[name])), tmp_path)
    level = np.sqrt(2 * np.mean(np.square(heard[6000:18_000] / 32_768)))
    assert 20 * np.log10(level) == pytest.approx(-6, abs=0.05)


@pytest.mark.parametrize(("hertz", "heard"), [(100, 0), (3400, 0), (3800, 0), (4100, None), (11_000, None)])
def test_resampling_keeps_what_the_lower_rate_can_hold_and_nothing_else(hertz, heard):
    pcm = clip(sine(hertz, -6, 1, RATE)).pcm
    stream = FfmpegEncoder().transcode([pcm], RATE, FORMATS["raw-8khz-16bit-mono-pcm"])
    found = np.frombuffer(b"".join(stream), "<i2")[2000:6000] / 32_768
    level = 20 * np.log10(np.sqrt(2 * np.mean(np.square(found))) + 1e-9) + 6
    assert level < -75 if heard is None else level == pytest.approx(heard, abs=0.02)


def test_transcoding_streams_and_leaves_no_process(own_children):
    noise = np.random.default_rng(1).bytes(2 * RATE)
    stream = FfmpegEncoder().transcode(
        (noise for _ in range(600)), RATE, FORMATS["ogg-16khz-16bit-mono-opus"]
    )
    assert next(stream)
    stream.close()
    assert not own_children()


def test_what_the_program_has_no_encoder_for_is_not_made(ffmpeg_that, tmp_path):
    ffmpeg_that(
        'echo " V..... = Video"',
        'echo " ------"',
        'echo " A....D flac                 FLAC (Free Lossless Audio Codec), not libopus"',
        'echo " A....D pcm_s16le            PCM signed 16-bit little-endian"',
        f'echo asked >>"{tmp_path}/asked"',
    )
    encoder = FfmpegEncoder()
    made = {audio.codec for audio in FORMATS.values() if encoder.makes(audio)}
    assert made == {"flac", "pcm"}
    assert (tmp_path / "asked").read_text() == "asked\n", "once is enough"


def test_the_real_ffmpeg_makes_every_format_but_one():
    encoder = FfmpegEncoder()
    assert [name for name, audio in FORMATS.items() if not encoder.makes(audio)] == ["amr-wb-16000hz"]


def test_what_is_not_made_is_refused_before_anything_runs(ffmpeg_that):
    ffmpeg_that("exit 7")
    with pytest.raises(ValueError, match="amr-wb"):
        list(FfmpegEncoder().transcode([SECOND], RATE, FORMATS["amr-wb-16000hz"]))
