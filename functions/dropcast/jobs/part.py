"""A part of an episode: everything that is needed to render and encode it, and nothing of the rest.

A part's message carries it whole, so that whoever renders it reads no plan. Places are counted in samples at
the timeline's rate from the part's own start: the same words at the same distance from each other make the
same part, wherever in an episode they are, and are not encoded again.
"""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Literal

from dropcast.jobs.stored import known

# Samples at 24 kHz around a part of which it says all that is heard: as much as any encoder needs.
LEAD, TAIL = 64 * 576, 8 * 576

CodingName = Literal["pcm", "mp3", "aac", "opus"]


@dataclass(frozen=True, slots=True)
class Coding:
    """How PCM is encoded; sample rate and bitrate are 0 where they have no meaning."""

    name: CodingName
    sample_rate_hertz: int = 0
    bitrate_kbps: int = 0


PCM = Coding("pcm")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is heard of a clip: `samples` samples at `start` (negative: it began before the part).

    They are s16le mono, `offset` bytes into the object `source`. `clip` is the digest of the clip, `first`
    the first of its samples that is heard: together they say which sound it is, wherever it lies. The fades
    are in samples, at both edges of the piece.
    """

    source: str
    offset: int
    clip: str
    first: int
    samples: int
    start: int
    gain_db: float
    fade_in: int
    fade_out: int


@dataclass(frozen=True, slots=True)
class Bed:
    """Music under the speech: the whole clip, heard from `start` up to `end`, again and again if need be.

    `levels` are its gains in dB at some samples, rising; between two of them the gain goes in a straight line
    (of magnitude, not of decibels).
    """

    source: str
    offset: int
    clip: str
    samples: int
    start: int
    end: int
    fade: int  # samples of fade at both edges of each repetition
    levels: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Part of the episode of a job, from sample `position` on, `samples` long.

    `pieces`, in the order of the script, are all that is heard from `LEAD` samples before the part to `TAIL`
    samples behind it, so that an encoder can be fed with what precedes and follows. `ceiling` is the highest
    magnitude that may come out, None if whatever comes out is right.
    """

    job: str
    position: int
    samples: int
    sample_rate_hertz: int
    is_last: bool
    ceiling: float | None
    pieces: tuple[Piece, ...]
    beds: tuple[Bed, ...]
    codings: tuple[Coding, ...]
    digests: tuple[str, ...] = ()
    maker: str = ""


def encode_part(part: Part) -> dict[str, object]:
    """Return a part as values for JSON; pieces as lists, since there are many."""
    return {
        "job": part.job,
        "position": part.position,
        "samples": part.samples,
        "sampleRateHertz": part.sample_rate_hertz,
        "isLast": part.is_last,
        "ceiling": part.ceiling,
        "pieces": [list(astuple(piece)) for piece in part.pieces],
        "beds": [asdict(bed) for bed in part.beds],
        "codings": [asdict(coding) for coding in part.codings],
        "digests": list(part.digests),
        "maker": part.maker,
    }


def decode_part(fields: Mapping[str, object]) -> Part:
    """Read what encode_part returned. Raises ValueError."""
    match fields:
        case {
            "job": str(job),
            "position": int(position),
            "samples": int(samples),
            "sampleRateHertz": int(rate),
            "isLast": bool(is_last),
            "ceiling": (float() | None) as ceiling,
            "pieces": list(pieces),
            "beds": list(beds),
            "codings": list(codings),
            "digests": list(digests),
            "maker": str(maker),
        }:
            return Part(
                job,
                position,
                samples,
                rate,
                is_last,
                ceiling,
                tuple(map(_piece, pieces)),
                tuple(map(_bed, beds)),
                tuple(known(Coding, coding) for coding in codings),
                tuple(digests),
                maker,
            )
        case _:
            raise ValueError("not a part")


def _piece(values: object) -> Piece:
    match values:
        case [
            str(source),
            int(offset),
            str(clip),
            int(first),
            int(samples),
            int(start),
            int(gain_db) | float(gain_db),
            int(fade_in),
            int(fade_out),
        ]:
            return Piece(source, offset, clip, first, samples, start, gain_db, fade_in, fade_out)
        case _:
            raise ValueError(f"not a piece: {values}")


def _bed(fields: dict[str, object]) -> Bed:
    match fields:
        case {"levels": list(levels)}:
            return known(Bed, fields | {"levels": tuple((at, gain) for at, gain in levels)})
        case _:
            raise ValueError(f"not a bed: {fields}")
