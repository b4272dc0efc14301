"""The clips that all jobs share: each is made once, and every job that wants it takes a copy."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from dropcast.jobs import names
from dropcast.jobs.batch.timing import Mark
from dropcast.ports import ObjectMissing, ObjectStore
from dropcast.sound.wav import Clip, encode_wav, parse_wav


@dataclass(frozen=True, slots=True)
class TimedClip:
    """A clip, and when its marks were passed: in this very clip, for no two of the same words are alike."""

    clip: Clip
    marks: tuple[Mark, ...] = ()


def taken(
    take: str, digest: str, make: Callable[[], TimedClip], jobs: ObjectStore, *, marked: bool = False
) -> tuple[str, TimedClip]:
    """Take a clip from the cache, or make it and put it there; return the name that it has for this job.

    Whoever finds the clip in the cache takes a copy for the job, which stays when the cache forgets.
    Nobody makes what the cache holds, and what another delivery put there first is used instead of ours.
    """
    clip = names.clip(digest)
    try:
        jobs.copy(clip, take)
    except ObjectMissing:
        made = make()
        if _put(digest, made, jobs):
            return clip, made
        jobs.copy(clip, take)
    data = jobs.read(take)
    return take, TimedClip(parse_wav(data), _marks_of(digest, data, jobs) if marked else ())


def _put(digest: str, made: TimedClip, jobs: ObjectStore) -> bool:
    """Store a clip unless another one is there; its marks before it, so that whoever finds it has them."""
    data = encode_wav(made.clip)
    if made.marks:
        jobs.create(_marks_name(digest, data), _encode(made.marks))
    return jobs.create(names.clip(digest), data)


def _marks_of(digest: str, data: bytes, jobs: ObjectStore) -> tuple[Mark, ...]:
    """Return the marks of a stored clip; none where the service told of none, or the cache forgot them."""
    try:
        stored = json.loads(jobs.read(_marks_name(digest, data)))
    except ObjectMissing:
        return ()
    return tuple(Mark(token, seconds) for token, seconds in stored)


def _marks_name(digest: str, data: bytes) -> str:
    """Name marks by the clip's content as well.

    Of two deliveries that buy the same at once both store marks, but one its clip: each clip has its own.
    """
    return names.clip_marks(digest, sha256(data).hexdigest())


def _encode(marks: Sequence[Mark]) -> bytes:
    return json.dumps([[mark.token, mark.seconds] for mark in marks], separators=(",", ":")).encode()
