"""Media on ffmpeg: opens what somebody uploaded, in a child process that can do little harm.

A recording is hostile until shown otherwise. ffmpeg sees it as a file in a folder of its own, through the
one demuxer that fits its first bytes and no protocol but files; it decodes nothing but the first sound
stream, with decoders from a list; it has no environment, and limits of processor time, memory, open files
and written bytes, laid before it starts. A file, not a pipe: an MP4 with its index at the end must be read
backwards, and of a piped MP3 ffmpeg overlooks the header that tells its length.
"""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Timer

import ffmpeg

from dropcast.gateways import media_child
from dropcast.gateways.containers import Container, container_of
from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast.ports import MediaRefused, TryLater

MOST_SECONDS = 10 * 60
SAMPLE_BYTES = 2
CPU_SECONDS = 30  # ten minutes of any of these formats take 1 to 6
PATIENCE = 120  # seconds by the clock: more, since others may have the processor
MEMORY_BYTES = 512 << 20  # of addresses: ffmpeg 9 needs 250 MB, most of it its own program, never touched
OPEN_FILES = 32
AT_ONCE = 2  # decoders: each holds a recording and its sound, some 150 MB at most
ROUNDING = 0.005  # seconds by which a recording may be shorter than it says
ENOUGH_SAID = 100_000  # characters of complaints
DECODERS = (
    *("pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw"),
    *("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"),
    *("pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32be", "pcm_f64be"),
    *("mp3float", "mp3", "mp2float", "mp2", "aac", "alac", "flac", "vorbis", "libvorbis", "opus", "libopus"),
)
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # says nothing of the recording


class FfmpegMedia:
    """Decodes recordings, a few at a time. Stereo becomes mono as the mean of both channels."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(AT_ONCE)

    def decode(self, recording: bytes, sample_rate_hertz: int) -> bytes:
        container = container_of(recording)
        if not self._places.acquire(timeout=PATIENCE):
            raise TryLater("other recordings are being decoded")
        try:
            pcm = _decoded(recording, container, sample_rate_hertz)
        except OSError as error:
            raise TryLater(f"no room to decode: {error}") from error
        finally:
            self._places.release()
        _check(pcm, container, sample_rate_hertz)
        return pcm


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a child process ended: its exit code, or minus the signal that killed it."""

    code: int
    cpu_seconds: float
    complaints: str


def _decoded(recording: bytes, container: Container, rate: int) -> bytes:
    """Return what ffmpeg makes of a recording, at most a second more of it than is allowed."""
    most = (MOST_SECONDS + 1) * rate * SAMPLE_BYTES
    with TemporaryDirectory(prefix="recording-") as name:
        folder = Path(name)
        source = folder / "recording"
        source.write_bytes(recording)
        _judge(_run(_command(source, container, rate), folder, most))
        return (folder / "sound").read_bytes()


def _command(source: Path, container: Container, rate: int) -> list[str]:
    whitelists = {
        "protocol_whitelist": "file",
        "format_whitelist": container.demuxer,
        "codec_whitelist": ",".join(DECODERS),
    }
    strict = {"err_detect": "crccheck+explode"} if container.strict else {}
    alone = {"vn": None, "sn": None, "dn": None, "threads": 1}
    stream = ffmpeg.input(f"file:{source}", f=container.demuxer, **whitelists, **strict, **alone)
    output = stream["a:0"].output("pipe:1", f="s16le", ar=rate, ac=1, t=MOST_SECONDS + 1)
    words = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error")
    command: list[str] = ffmpeg.compile(
        output.global_args(*words, *(["-xerror"] if container.strict else [])), cmd=ffmpeg_program()
    )
    return command


def _run(command: list[str], folder: Path, most_bytes: int) -> _Ended:
    limits = {
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_AS": MEMORY_BYTES,
        "RLIMIT_FSIZE": most_bytes,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    laid = [f"{name}={most}" for name, most in limits.items()]
    child = [sys.executable, "-I", "-S", media_child.__file__, *laid, "--", *command]
    with (folder / "sound").open("wb") as sound, (folder / "complaints").open("wb") as complaints:
        process = subprocess.Popen(
            child,
            stdin=subprocess.DEVNULL,
            stdout=sound,
            stderr=complaints,
            cwd=folder,
            env={},
            start_new_session=True,  # an interrupt at the terminal is for us, not a fault of the recording
        )
        code, cpu_seconds = _wait(process)
    with (folder / "complaints").open(errors="replace") as said:
        return _Ended(code, cpu_seconds, said.read(ENOUGH_SAID))


def _wait(process: "subprocess.Popen[bytes]") -> tuple[int, float]:
    """Wait for a process, however it ends, and say how it did and how much processor time it took."""
    killer = Timer(PATIENCE, os.kill, (process.pid, signal.SIGKILL))
    killer.start()
    try:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        killer.cancel()
        process.kill()  # which does nothing to one that has ended
    return process.returncode, used.ru_utime + used.ru_stime


def _judge(ended: _Ended) -> None:
    """Raise MediaRefused for what is the recording's fault, TryLater for what is not."""
    if not ended.code:
        return
    if ended.code < 0 and ended.cpu_seconds >= CPU_SECONDS / 2:  # the kernel's ticks are a fifth off
        raise MediaRefused(f"it takes more than {CPU_SECONDS} s to decode")
    if -ended.code in FROM_OUTSIDE or ended.code == media_child.NOT_STARTED:
        raise TryLater(f"the decoder ended with {ended.code}: {ended.complaints[-500:].strip()}")
    raise MediaRefused(_reason(ended))


def _reason(ended: _Ended) -> str:
    said = ended.complaints
    if ended.code < 0:
        return f"the decoder broke down over it ({signal.Signals(-ended.code).name})"
    if "matches no streams" in said:
        return "there is no sound in it"
    if "Cannot allocate memory" in said:
        return f"it takes more than {MEMORY_BYTES >> 20} MB of memory to decode"
    unknown = re.findall(r"Codec \((\w+)\) not on whitelist", said)
    if unknown and "Error while opening decoder" in said:
        return f"its sound is coded as {unknown[-1]}, which is not taken"
    return f"it is broken, or cut short: {_first_complaint(said)}"


def _first_complaint(said: str) -> str:
    """The first line of what ffmpeg said, which goes deepest, without the addresses of its objects."""
    lines = (re.sub(r"^(\[[^\]]* @ 0x[0-9a-f]+\] *)+", "", line.strip()) for line in said.splitlines())
    telling = (line for line in lines if line and "whitelist" not in line and "message repeated" not in line)
    return next(telling, "ffmpeg does not say why")[:200]


def _check(pcm: bytes, container: Container, rate: int) -> None:
    """Refuse what was decoded without a complaint and is no good all the same."""
    seconds = len(pcm) / SAMPLE_BYTES / rate
    if seconds > MOST_SECONDS:
        raise MediaRefused(f"it is longer than {MOST_SECONDS // 60} minutes")
    if not pcm:
        raise MediaRefused("there is no sound in it")
    if seconds < container.seconds - ROUNDING:
        raise MediaRefused(
            f"it is cut short: {seconds:.2f} of the {container.seconds:.2f} s that it says it lasts"
        )
