"""A finished job as its report tells it, and its files, fetched from the episodes bucket."""

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dropcast.ports import ObjectStore
from dropcast.scripts.keys.output import AUDIBLE
from dropcast.scripts.problems import Problem

REPORT = ".report.json"


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of an episode by its stable name, "show/one.mp3", and its size where the report tells it."""

    name: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud an episode is: as it is heard, as a meter says of its mono files, and its true peak."""

    stereo_lufs: float
    mono_lufs: float
    true_peak: float

    def __str__(self) -> str:
        lufs = f"{self.stereo_lufs:.1f} LUFS (stereo; {self.mono_lufs:.1f} in mono)"
        return f"{lufs}, peak {self.true_peak:.1f} dBTP"


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says that the command line repeats."""

    succeeded: bool
    job: str
    generation: int
    script_sha256: str | None
    errors: tuple[Problem, ...]
    outputs: tuple[OutputFile, ...]
    samples: int
    sample_rate_hertz: int
    characters: Mapping[str, int]
    cached_characters: int
    estimated_usd: float
    prices_date: str
    loudness: Loudness | None

    @property
    def length(self) -> str:
        """How long the episode is, as h:mm:ss.mmm."""
        return clock(self.samples, self.sample_rate_hertz)


def read_report(data: bytes) -> Report:
    """Read a report. Raises ValueError where it is none."""
    fields = json.loads(data)
    try:
        script, billing = fields["script"], fields.get("billing", {})
        return Report(
            succeeded=fields["status"] == "succeeded",
            job=fields["job"],
            generation=script["generation"],
            script_sha256=script["sha256"],
            errors=tuple(Problem(**error) for error in fields["errors"]),
            outputs=tuple(OutputFile(output["name"], output.get("bytes")) for output in fields["outputs"]),
            samples=fields.get("samples", 0),
            sample_rate_hertz=fields.get("sampleRateHertz", 1),
            characters=billing.get("characters", {}),
            cached_characters=billing.get("cachedCharacters", 0),
            estimated_usd=billing.get("estimatedUsd", 0.0),
            prices_date=billing.get("pricesDate", ""),
            loudness=_loudness(fields.get("loudness", {}).get("measured", {})),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a report of dropcast: {error!r}") from error


def _loudness(measured: Mapping[str, float | None]) -> Loudness | None:
    """Read what was measured; an older report does not say, and silence has no loudness."""
    match measured:
        case {"stereoLufs": float(stereo), "monoLufs": float(mono), "truePeakDbtp": float(peak)}:
            return Loudness(stereo, mono, peak)
    return None


def report_name(stem: str) -> str:
    return f"{stem}{REPORT}"


def fetched(folder: Path, stem: str) -> Report | None:
    """Return the report that lies in a folder of episodes, if all that it names lies there whole as well."""
    try:
        report = read_report((folder / report_name(stem)).read_bytes())
    except (OSError, ValueError):
        return None
    return report if all(_is_whole(folder / output.name, output.size) for output in report.outputs) else None


def episodes_in(folder: Path, stem: str) -> list[Path]:
    """Return the files to be heard of this name that lie in a folder, of whichever version of the script."""
    files = (folder / f"{stem}.{extension}" for extension in sorted(AUDIBLE))
    return [file for file in files if file.is_file()]


def _is_whole(file: Path, size: int | None) -> bool:
    if not file.is_file():
        return False
    found = file.stat().st_size
    return found > 0 and size in (None, found)


def _always(_: Report) -> bool:
    return True


def fetch(
    episodes: ObjectStore, stem: str, folder: Path, wanted: Callable[[Report], bool] = _always
) -> Report | None:
    """Bring an episode's files into a folder, each whole or not at all, the report last; None if not wanted.

    What lies there already is not fetched again. Raises ObjectMissing.
    """
    data = episodes.read(report_name(stem))
    report = read_report(data)
    if not wanted(report):
        return None
    if fetched(folder, stem) == report:
        return report
    for output in report.outputs:
        _write(folder / output.name, episodes.chunks(output.name))
    _write(folder / report_name(stem), [data])
    return report


def clock(samples: int, sample_rate_hertz: int) -> str:
    """Write a length as h:mm:ss.mmm."""
    milliseconds = round(1000 * samples / sample_rate_hertz)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def dollars(usd: float) -> str:
    """Write an amount; what is less than a cent is not nothing."""
    return f"${usd:.2f}" if usd >= 0.01 or not usd else f"${usd:.4f}"


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file whole or not at all. What the system refuses is told of this file, no temporary one."""
    try:
        _write_aside(path, chunks)
    except OSError as error:
        if error.errno is None:  # of the network: it has no file
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_aside(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(chunks)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
