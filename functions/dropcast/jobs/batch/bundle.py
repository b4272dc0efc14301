"""A bundle: what became of the inputs that were finished with one block, and where their files lie."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dropcast.jobs.batch.report import Counted
from dropcast.jobs.batch.timing import Boundary
from dropcast.jobs.stored import known


@dataclass(frozen=True, slots=True)
class File:
    """A file as the archive will name it."""

    name: str
    size: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the archive: objects of the jobs bucket that hold, in order, finished entries of files."""

    objects: tuple[str, ...]
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """The inputs' speech, one after the other, where all inputs become one file: s16le in an object."""

    object: str
    samples: int
    sample_rate_hertz: int
    words: tuple[Boundary, ...]
    sentences: tuple[Boundary, ...]
    estimated: bool


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files, the inputs' entries in summary.json and the errors of those that failed; or else their sound."""

    stretches: tuple[Stretch, ...]
    results: tuple[str, ...]
    counted: Counted
    contents: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    debug: tuple[Mapping[str, object], ...] = ()
    sound: Sound | None = None


def encode_bundle(bundle: Bundle) -> bytes:
    return json.dumps(asdict(bundle), ensure_ascii=False, separators=(",", ":")).encode()


def decode_bundle(data: bytes) -> Bundle:
    """Read what encode_bundle wrote. Raises ValueError."""
    match json.loads(data):
        case {
            "stretches": list(stretches),
            "results": list(results),
            "counted": dict(counted),
            "contents": list(contents),
            "errors": list(errors),
            "debug": list(debug),
            "sound": dict() | None as sound,
        }:
            return Bundle(
                tuple(map(_stretch, stretches)),
                tuple(results),
                known(Counted, counted),
                tuple(contents),
                tuple(errors),
                tuple(debug),
                _sound(sound) if sound else None,
            )
        case _:
            raise ValueError("not a bundle")


def _stretch(fields: dict[str, list[object]]) -> Stretch:
    files = (known(File, file) for file in fields["files"] if isinstance(file, dict))
    return Stretch(tuple(map(str, fields["objects"])), tuple(files))


def _sound(fields: dict[str, object]) -> Sound:
    return known(
        Sound,
        fields | {"words": _boundaries(fields["words"]), "sentences": _boundaries(fields["sentences"])},
    )


def _boundaries(stored: object) -> tuple[Boundary, ...]:
    found = stored if isinstance(stored, list) else []
    return tuple(known(Boundary, boundary) for boundary in found)
