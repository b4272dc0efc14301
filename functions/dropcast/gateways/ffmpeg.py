"""Encoder on ffmpeg: PCM in at one end, frames out at the other, nothing held between."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import IO, cast

import ffmpeg

from dropcast.jobs.plan import Mp3Output

STEP = 1 << 16  # bytes read at a time
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
    """Runs one ffmpeg process per episode."""

    def mp3(self, pcm: Iterable[bytes], sample_rate_hertz: int, output: Mp3Output) -> Iterator[bytes]:
        command = ffmpeg.compile(
            ffmpeg.input("pipe:0", format="s16le", ar=sample_rate_hertz, ac=1)
            .output(
                "pipe:1",
                format="mp3",
                acodec="libmp3lame",
                ar=output.sample_rate_hertz,
                ac=1,
                audio_bitrate=f"{output.bitrate_kbps}k",
                compression_level=QUICK if output.bitrate_kbps >= ENOUGH_BITRATE else CAREFUL,
                reservoir=0,  # frames that stand alone: parts can be joined by their bytes
                write_xing=0,  # the header with the length is ours: sound/mp3.py
                id3v2_version=0,
            )
            .global_args("-hide_banner", "-nostats", "-loglevel", "error"),
            cmd=ffmpeg_program(),
        )
        return _run(command, pcm)


def _run(command: list[str], fed: Iterable[bytes]) -> Iterator[bytes]:
    # Standard error goes to a file: a pipe that nobody drains fills up and stops the process.
    with tempfile.TemporaryFile() as complaints, ThreadPoolExecutor(1) as feeder:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints)
        feeding = feeder.submit(_feed, process, fed)
        try:
            while chunk := _read(process):
                yield chunk
            feeding.result()
        except BaseException:
            process.kill()  # the feeder then meets a broken pipe and ends as well
            raise
        finally:
            process.wait()
        if process.returncode or complaints.tell():
            complaints.seek(0)
            raise EncoderFailed(complaints.read()[-2000:].decode(errors="replace").strip())


def _read(process: subprocess.Popen[bytes]) -> bytes:
    return cast("IO[bytes]", process.stdout).read(STEP)


def _feed(process: subprocess.Popen[bytes], chunks: Iterable[bytes]) -> None:
    try:
        with cast("IO[bytes]", process.stdin) as pipe:
            for chunk in chunks:
                pipe.write(chunk)
    except BrokenPipeError:
        pass  # ffmpeg has ended: its exit code and its standard error say why
