"""Render a part: from its recipe to the encoded frames of each coding, each made once."""

import logging
from collections.abc import Collection
from hashlib import sha256

from dropcast.jobs import names
from dropcast.jobs.made import Made, decode_made, encode_made
from dropcast.jobs.part import Coding, Part
from dropcast.ports import Encoder, ObjectMissing, ObjectStore
from dropcast.sound.codings import kept, maker_of, window
from dropcast.sound.loudness import hops_of
from dropcast.sound.rendering import reads, render
from dropcast.sound.wav import SAMPLE_BYTES

log = logging.getLogger(__name__)

CONTENT_DIGITS = 32


def render_part(part: Part, jobs: ObjectStore, encoder: Encoder) -> None:
    """Give every coding of a part its frames: from the cache, or else rendered and encoded."""
    missing = [
        (coding, digest)
        for coding, digest in zip(part.codings, part.digests, strict=True)
        if not _from_cache(part, coding, digest, jobs)
    ]
    if missing:
        _make(part, missing, jobs, encoder)
    log.info("rendered", extra={"job": part.job, "part": part.position, "encoded": len(missing)})


def is_stored(part: Part, stored: Collection[str]) -> bool:
    """Say whether a part is among the names that exist, in all its codings."""
    return all(
        names.part(part.job, digest, coding.name) in stored
        for coding, digest in zip(part.codings, part.digests, strict=True)
    )


def read_made(job: str, digest: str, coding: Coding, jobs: ObjectStore) -> Made:
    """Return what was made of a part. Raises ObjectMissing."""
    return decode_made(jobs.read(names.part(job, digest, coding.name)))


def _from_cache(part: Part, coding: Coding, digest: str, jobs: ObjectStore) -> bool:
    """Take what the cache holds: the frames first, then the word that they are there."""
    try:
        word = jobs.read(names.encoded(digest, coding.name))
        content = decode_made(word).content
        frames = names.part_frames(part.job, digest, content, coding.name)
        jobs.copy(names.encoded_frames(digest, content, coding.name), frames)
    except ObjectMissing:
        return False
    jobs.create(names.part(part.job, digest, coding.name), word)
    return True


def _make(part: Part, missing: list[tuple[Coding, str]], jobs: ObjectStore, encoder: Encoder) -> None:
    windows = [window(coding, part) for coding, _ in missing]
    lead, tail = max(each.lead for each in windows), max(each.tail for each in windows)
    sounds = {read: jobs.slice(read.source, read.start, read.end) for read in reads(part, lead, tail)}
    rendered = render(part, sounds, lead, tail)
    pcm = memoryview(rendered.pcm)
    hops = hops_of(pcm[lead * SAMPLE_BYTES :][: part.samples * SAMPLE_BYTES], part.sample_rate_hertz)
    # What another release named is made for this job all the same, but shared with nobody.
    is_ours = part.maker == maker_of(encoder.version())
    for (coding, digest), around in zip(missing, windows, strict=True):
        first = (lead - around.lead) * SAMPLE_BYTES
        end = (lead + part.samples + around.tail) * SAMPLE_BYTES
        heard = bytes(pcm[first:end])
        stream = heard if coding.name == "pcm" else encoder.encode(heard, part.sample_rate_hertz, coding)
        frames = kept(coding, stream, part)
        content = sha256(frames.body).hexdigest()[:CONTENT_DIGITS]
        made = Made(rendered.true_peak, hops, frames.sizes, content, len(frames.body))
        jobs.create(names.part_frames(part.job, digest, content, coding.name), frames.body)
        jobs.create(names.part(part.job, digest, coding.name), encode_made(made))
        if is_ours:
            jobs.create(names.encoded_frames(digest, content, coding.name), frames.body)
            jobs.create(names.encoded(digest, coding.name), encode_made(made))
