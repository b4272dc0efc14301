"""Encoder on ffmpeg: a process for each part, as many side by side as there are processors."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import ffmpeg

from dropcast.jobs.plan import Mp3Output
from dropcast.sound.mp3 import FRAME_MS
from dropcast.sound.parts import Part, cut_parts

PATIENCE = 120  # seconds for a part of two and a half minutes, which takes half a second
MOST_AT_ONCE = 4  # processes; each part waiting or at work is some 10 MB
ENOUGH_BITRATE = 96  # kbit/s from which LAME's quick search costs nothing audible (PESQ -0.04 at most)
QUICK, CAREFUL = 7, 5  # LAME's -q


class EncoderFailed(Exception):
    """ffmpeg ended with an error; the text is its own."""


@cache
def ffmpeg_program() -> str:
    """Find ffmpeg: the system's own, else the one in the imageio-ffmpeg wheel."""
    if found := shutil.which("ffmpeg"):
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


class FfmpegEncoder:
    """Encodes parts side by side and yields their frames in order."""

    def mp3(self, pcm: Iterable[bytes], sample_rate_hertz: int, output: Mp3Output) -> Iterator[bytes]:
        command = _mp3_command(sample_rate_hertz, output)
        frame_bytes = output.bitrate_kbps * FRAME_MS // 8
        at_once = min(os.cpu_count() or 1, MOST_AT_ONCE)
        with ThreadPoolExecutor(at_once) as encoders:
            under_way: deque[tuple[Part, Future[bytes]]] = deque()
            for part in cut_parts(pcm, sample_rate_hertz):
                under_way.append((part, encoders.submit(_run, command, part.pcm)))
                if len(under_way) > at_once:
                    yield _next(under_way, frame_bytes)
            while under_way:
                yield _next(under_way, frame_bytes)


def _next(under_way: deque[tuple[Part, Future[bytes]]], frame_bytes: int) -> bytes:
    part, encoded = under_way.popleft()
    return part.kept(encoded.result(), frame_bytes)


def _mp3_command(sample_rate_hertz: int, output: Mp3Output) -> list[str]:
    command: list[str] = ffmpeg.compile(
        ffmpeg.input("pipe:0", format="s16le", ar=sample_rate_hertz, ac=1)
        .output(
            "pipe:1",
            format="mp3",
            acodec="libmp3lame",
            ar=output.sample_rate_hertz,
            ac=1,
            audio_bitrate=f"{output.bitrate_kbps}k",
            compression_level=QUICK if output.bitrate_kbps >= ENOUGH_BITRATE else CAREFUL,
            reservoir=0,  # frames that stand alone, so that parts can be joined by their bytes
            write_xing=0,  # the header with the length is ours: sound/mp3.py
            id3v2_version=0,
        )
        .global_args("-hide_banner", "-nostats", "-loglevel", "error"),
        cmd=ffmpeg_program(),
    )
    return command


def _run(command: list[str], fed: bytes) -> bytes:
    # run() feeds and drains all three pipes at once; nothing can block on a pipe that nobody reads.
    done = subprocess.run(command, input=fed, capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode or done.stderr:
        raise EncoderFailed(done.stderr[-2000:].decode(errors="replace").strip() or f"exit {done.returncode}")
    return done.stdout
