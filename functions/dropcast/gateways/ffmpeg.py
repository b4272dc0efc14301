"""Encoder on ffmpeg: a process for each part, no more of them side by side than there are processors."""

import os
import selectors
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import IO

import ffmpeg

from dropcast.gateways.ffmpeg_options import (
    ENCODERS,
    RESAMPLING,
    Options,
    bare_stream,
    made_up_for,
    whole_stream,
)
from dropcast.jobs.part import Coding
from dropcast.scripts.batch.formats import AudioFormat

PATIENCE = 240  # seconds: for a part of fifteen minutes, which takes fifteen, and for each piece of a stream
CHUNK = 1 << 16  # bytes read at a time: what a pipe holds


class EncoderFailed(Exception):
    """ffmpeg did not do what it was asked; the text is its own."""


@cache
def ffmpeg_program() -> str:
    """Find ffmpeg: the system's own, else the one in the imageio-ffmpeg wheel."""
    if found := shutil.which("ffmpeg"):
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


class FfmpegEncoder:
    """Encodes with one ffmpeg process for each part or stream."""

    def __init__(self) -> None:
        # An instance may be given several parts at once; more encoders than processors only hold more memory.
        self._free = threading.BoundedSemaphore(os.cpu_count() or 1)

    def encode(self, pcm: bytes, sample_rate_hertz: int, coding: Coding) -> bytes:
        command = _command(
            sample_rate_hertz, bare_stream(coding), made_up_for(coding.name, coding.bitrate_kbps)
        )
        with self._free:
            return _run(command, pcm)

    def flac(self, pcm: Iterable[bytes], sample_rate_hertz: int) -> Iterator[bytes]:
        # Not counted among the encoders: it waits for storage most of the time, at 1,800 times real time.
        yield from _stream(_command(sample_rate_hertz, {"format": "flac", "acodec": "flac"}), pcm)

    def transcode(self, pcm: Iterable[bytes], sample_rate_hertz: int, audio: AudioFormat) -> Iterator[bytes]:
        # Nor is this, of which one may feed another and would keep the place that the other waits for.
        rate, gain = audio.sample_rate_hertz, made_up_for(audio.codec, audio.bitrate_kbps or 0)
        resampled = None if rate == sample_rate_hertz else rate
        yield from _stream(_command(sample_rate_hertz, whole_stream(audio), gain, resampled), pcm)

    def makes(self, audio: AudioFormat) -> bool:
        return ENCODERS.get(audio.codec) in _encoders(ffmpeg_program())

    def version(self) -> str:
        return _version(ffmpeg_program())


def _command(
    sample_rate_hertz: int, output: Options, gain: float = 1.0, resampled: int | None = None
) -> list[str]:
    fed = ffmpeg.input("pipe:0", format="s16le", ar=sample_rate_hertz, ac=1).audio
    if gain != 1.0:
        # In floating point: what is louder than full scale for a moment is not clipped on the way.
        fed = fed.filter("volume", gain, precision="float")
    if resampled:
        fed = fed.filter("aresample", resampled, **RESAMPLING)
    command: list[str] = ffmpeg.compile(
        # Nothing of the time, the place or the build goes into the bytes.
        fed.output("pipe:1", ac=1, fflags="+bitexact", **output).global_args(
            "-hide_banner", "-nostats", "-loglevel", "error"
        ),
        cmd=ffmpeg_program(),
    )
    return command


def _run(command: list[str], fed: bytes) -> bytes:
    # Files, of a part at most: fed through pipes by Python, 4 kB at a time, it takes a tenth longer. The one
    # pipe tells when the process ends; without any, Python would look for that every 50 ms.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(fed)
        given.seek(0)
        try:
            done = subprocess.run(
                command, stdin=given, stdout=made, stderr=subprocess.PIPE, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise _hung() from None
        _expect_fine(done.returncode, done.stderr)
        made.seek(0)
        return made.read()


def _stream(command: list[str], fed: Iterable[bytes]) -> Iterator[bytes]:
    """Feed a process from a thread and yield what it writes; whatever happens, the process ends."""
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said) as process,
        ThreadPoolExecutor(1) as feeders,  # innermost: who feeds has let go of the pipe before it is closed
    ):
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        feeding = feeders.submit(_feed, process.stdin, fed)
        try:
            yield from _written(process.stdout)
            all_fed, code = feeding.result(PATIENCE), process.wait(PATIENCE)
        finally:
            process.kill()  # a feeder that waits for it gets a broken pipe, and ends too
        said.seek(0)
        _expect_fine(code, said.read())
        if not all_fed:
            raise EncoderFailed("it ended well, but before it had read everything")


def _feed(pipe: IO[bytes], fed: Iterable[bytes]) -> bool:
    """Say whether all was taken."""
    try:
        with pipe:
            for chunk in fed:
                pipe.write(chunk)
    except BrokenPipeError:
        return False  # the process is gone: its own words say why
    return True


def _written(pipe: IO[bytes]) -> Iterator[bytes]:
    with selectors.DefaultSelector() as waiting:
        waiting.register(pipe, selectors.EVENT_READ)
        while waiting.select(PATIENCE):
            if not (chunk := os.read(pipe.fileno(), CHUNK)):
                return
            yield chunk
    raise _hung()


def _hung() -> EncoderFailed:
    return EncoderFailed(f"nothing for {PATIENCE} seconds")


def _expect_fine(code: int, said: bytes) -> None:
    if code or said:
        raise EncoderFailed(said[-2000:].decode(errors="replace").strip() or f"exit {code}")


@cache
def _version(program: str) -> str:
    lines = _run([program, "-hide_banner", "-version"], b"").decode(errors="replace").splitlines()
    libraries = [_library(line) for line in lines if line.startswith(("libavcodec", "libswresample"))]
    return ", ".join([lines[0].split(" Copyright")[0], *libraries])


@cache
def _encoders(program: str) -> frozenset[str]:
    """Ask for " A....D libopus     libopus Opus" and the like: flags, name, description."""
    lines = _run([program, "-hide_banner", "-encoders"], b"").decode(errors="replace").splitlines()
    return frozenset(words[1] for words in map(str.split, lines) if len(words) > 1)


def _library(line: str) -> str:
    """Read "libavcodec     63.  1.102 / 63.  1.102": what it was built with, and what is there."""
    name, _, versions = line.partition(" ")
    return f"{name} {''.join(versions.split())}"
