"""Every way of joining clips that is compared: how it is run, and where its clips are then heard."""

import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

from dialogue import RATE, speaker_of
from judged import Stretch
from stored_job import StoredJob
from watched import cores, module

from dropcast.gateways.ffmpeg import _command, ffmpeg_program
from dropcast.gateways.ffmpeg_options import bare_stream
from dropcast.jobs.part import Coding, Part
from dropcast.sound.rendering import reads, render
from dropcast.sound.wav import Clip, encode_wav

AT_ONCE = 50  # clips that one process encodes: to start one for each would take longer than all the rest
GOOGLES_KBPS, GOOGLES_FRAME_BYTES, FRAME = 32, 96, 576  # what Google's MP3 is (sound.md)
LAMES_DELAY = 576 + 529  # samples before the first, of encoder and decoder (sound.md, section 1)
CODING = Coding("mp3", RATE, 96)  # what an episode is where a script says nothing


def seeds_way(clips: Sequence[Clip], folder: Path) -> tuple[list[str], list[Path]]:
    """Return the seed's command, and the MP3 clips that it is about, which are written here."""
    waves = _written(clips, folder)
    with ThreadPoolExecutor(len(cores())) as encoders:
        some = (waves[first : first + AT_ONCE] for first in range(0, len(waves), AT_ONCE))
        list(encoders.map(_encode_as_google, some))
    encoded = [wave.with_suffix(".mp3") for wave in waves]
    return [*_concat(encoded, folder), "-c", "copy", str(folder / "episode.mp3")], encoded


def seeds_stretches(clips: Sequence[Clip], encoded: Sequence[Path], samples: int) -> list[Stretch]:
    """Return where the clips are, in a file of so many samples: each behind its encoder's delay."""
    frames = [file.stat().st_size // GOOGLES_FRAME_BYTES for file in encoded]
    ends = list(accumulate((each * FRAME for each in frames), initial=0))
    dropped = ends[-1] - samples  # by the decoder, of the first
    starts = [end - dropped + LAMES_DELAY for end in ends[:-1]]
    return [_stretch(line, start, clip) for line, (start, clip) in enumerate(zip(starts, clips, strict=True))]


def concat_way(clips: Sequence[Clip], folder: Path) -> list[str]:
    """Return the command of ffmpeg's concat demuxer, which encodes just as we do."""
    coding = ["-c:a", "libmp3lame", "-b:a", f"{CODING.bitrate_kbps}k", *_quickness()]
    return [*_concat(_written(clips, folder), folder), *coding, str(folder / "episode.mp3")]


def pydub_way(clips: Sequence[Clip], folder: Path) -> list[str] | None:
    """Return the command for pydub, encoding just as we do; None where it is not installed."""
    if find_spec("pydub") is None or find_spec("audioop") is None:
        return None
    _written(clips, folder)
    command = module("pydub_way", folder, folder / "episode.mp3", f"{CODING.bitrate_kbps}k", *_quickness())
    return [command[0], "-W", "ignore", *command[1:]]  # of programs that it looks for and does not need


def one_after_the_other(clips: Iterable[Clip]) -> list[Stretch]:
    """Return where clips are that are joined as they are."""
    clips = list(clips)
    starts = accumulate((clip.samples for clip in clips), initial=0)
    return [
        _stretch(line, start, clip) for line, (start, clip) in enumerate(zip(starts, clips, strict=False))
    ]


def our_way(job: StoredJob, what: str = "all") -> list[str]:
    return module("dropcast_way", what, job.folder, job.lines)


def our_stretches(parts: Iterable[Part]) -> list[Stretch]:
    """Return where lines are heard, by the parts that were rendered."""
    starts = {part.position + piece.start: piece.samples for part in parts for piece in part.pieces}
    return [
        Stretch(speaker_of(line), start, start + starts[start]) for line, start in enumerate(sorted(starts))
    ]


def write_ready(job: StoredJob, parts: Iterable[Part], ready: Path) -> None:
    """Render parts of a job to a file of PCM, which has nothing left to be done but to be encoded."""
    with ready.open("wb") as file:
        for part in parts:
            sounds = {read: job.jobs.slice(read.source, read.start, read.end) for read in reads(part, 0, 0)}
            file.write(render(part, sounds, 0, 0).pcm)


def yardstick(ready: Path, encoded: Path) -> list[str]:
    """Return the command by which ffmpeg encodes in one pass, by our settings, what is ready."""
    placed = {"pipe:0": str(ready), "pipe:1": str(encoded)}
    program, *arguments = _command(RATE, bare_stream(CODING))
    return [program, "-y", *(placed.get(argument, argument) for argument in arguments)]


def usual_pass(ready: Path, encoded: Path) -> list[str]:
    """Return the command by which ffmpeg encodes in one pass, as it does unless it is told otherwise."""
    fed = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", str(ready)]
    return [ffmpeg_program(), "-v", "error", "-y", *fed, "-b:a", f"{CODING.bitrate_kbps}k", str(encoded)]


def _stretch(line: int, start: int, clip: Clip) -> Stretch:
    return Stretch(speaker_of(line), start, start + clip.samples)


def _written(clips: Sequence[Clip], folder: Path) -> list[Path]:
    folder.mkdir()
    places = [folder / f"{line:06}.wav" for line in range(len(clips))]
    for place, clip in zip(places, clips, strict=True):
        place.write_bytes(encode_wav(clip))
    return places


def _concat(files: Iterable[Path], folder: Path) -> list[str]:
    listing = folder / "concat.txt"
    listing.write_text("".join(f"file '{file}'\n" for file in files))
    program = [ffmpeg_program(), "-v", "error"]
    return [*program, "-f", "concat", "-safe", "0", "-i", str(listing)]


def _quickness() -> list[str]:
    return ["-compression_level", str(bare_stream(CODING)["compression_level"])]


def _encode_as_google(waves: Sequence[Path]) -> None:
    command = [ffmpeg_program(), "-v", "error"]
    for wave in waves:
        command += ["-i", str(wave)]
    for at, wave in enumerate(waves):
        command += ["-map", str(at), "-c:a", "libmp3lame", "-b:a", f"{GOOGLES_KBPS}k", *_quickness()]
        command += ["-write_xing", "0", "-id3v2_version", "0", str(wave.with_suffix(".mp3"))]
    subprocess.run(command, check=True, capture_output=True)
