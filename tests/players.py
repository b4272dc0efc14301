"""What others find in our files: ffmpeg as a player, which reads tags and chapters and decodes."""

import re
import subprocess
from dataclasses import dataclass, field

from dropcast.gateways.ffmpeg import ffmpeg_program


@dataclass
class Found:
    """What ffmpeg says of a file: tags by name in lower case; start, end (ms) and title of chapters."""

    tags: dict[str, str] = field(default_factory=dict)
    chapters: list[tuple[int, int, str]] = field(default_factory=list)


def ffmpeg(*arguments, fed=b""):
    """Run ffmpeg, which must have nothing to complain of."""
    command = [ffmpeg_program(), "-nostdin", "-v", "error", *map(str, arguments)]
    if "pipe:0" in command:
        command.remove("-nostdin")
    done = subprocess.run(command, input=fed, capture_output=True, check=True, timeout=60)
    assert done.stderr == b"", done.stderr
    return done.stdout


def decoded(path):
    return ffmpeg("-i", path, "-map", "0:a", "-f", "s16le", "-")


def duration(path):
    """The length in seconds that ffmpeg tells from the header, to hundredths."""
    command = [ffmpeg_program(), "-hide_banner", "-nostdin", "-i", str(path)]
    said = subprocess.run(command, capture_output=True, check=False, timeout=60).stderr.decode()
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said).groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def cover(path):
    """The cover as it was put in."""
    return ffmpeg("-i", path, "-map", "0:v", "-c", "copy", "-f", "image2pipe", "-")


def read(path):
    """Read a file as a player does that shows tags and chapters."""
    # Without -copyts the chapters of an MP3 are moved by the delay of its encoder.
    said = ffmpeg("-copyts", "-i", path, "-f", "ffmetadata", "-").decode()
    first, *chapters = re.split(r"(?m)^\[CHAPTER\]\n", said)
    found = Found(_fields(first))
    for chapter in map(_fields, chapters):
        assert chapter["timebase"] == "1/1000"
        found.chapters.append((int(chapter["start"]), int(chapter["end"]), chapter.get("title", "")))
    return found


def _fields(text):
    unescaped = [re.sub(r"\\(.)", r"\1", line) for line in re.split(r"(?<!\\)\n", text) if "=" in line]
    return {name.lower(): value for name, _, value in (line.partition("=") for line in unescaped)}
