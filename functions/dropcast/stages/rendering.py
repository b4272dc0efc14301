"""Render a part: from its recipe to the encoded frames of each coding, each made once."""

import logging
from collections.abc import Collection, Iterator

from dropcast.jobs import names
from dropcast.jobs.made import Made, decode_made, encode_made
from dropcast.jobs.part import Coding, Part
from dropcast.ports import Encoder, ObjectMissing, ObjectStore
from dropcast.sound.codings import kept, maker_of, window
from dropcast.sound.loudness import hops_of
from dropcast.sound.rendering import reads, render
from dropcast.sound.wav import SAMPLE_BYTES

log = logging.getLogger(__name__)


def render_part(part: Part, jobs: ObjectStore, encoder: Encoder) -> None:
    """Give every coding of a part its frames: from the cache, or else rendered and encoded."""
    missing = [
        (coding, digest)
        for coding, digest in zip(part.codings, part.digests, strict=True)
        if not _from_cache(part, coding, digest, jobs)
    ]
    if missing:
        _make(part, missing, jobs, encoder)
    about = {"job": part.job, "position": part.position, "encoded": len(missing)}
    log.info("rendered", extra=about)


def is_stored(part: Part, stored: Collection[str]) -> bool:
    """Say whether a part is among the names that exist, in all its codings."""
    return all(
        names.part(part.job, digest, coding.name) in stored
        for coding, digest in zip(part.codings, part.digests, strict=True)
    )


def read_made(encoded_part: str, jobs: ObjectStore) -> Made:
    """Return what was measured of an encoded part. Raises ObjectMissing."""
    return decode_made(jobs.read(names.about(encoded_part)))


def _from_cache(part: Part, coding: Coding, digest: str, jobs: ObjectStore) -> bool:
    cached, own = names.encoded(digest, coding.name), names.part(part.job, digest, coding.name)
    try:
        jobs.copy(names.about(cached), names.about(own))
        jobs.copy(cached, own)
    except ObjectMissing:
        return False
    return True


def _make(part: Part, missing: list[tuple[Coding, str]], jobs: ObjectStore, encoder: Encoder) -> None:
    windows = [window(coding, part) for coding, _ in missing]
    lead, tail = max(each.lead for each in windows), max(each.tail for each in windows)
    sounds = {read: jobs.slice(read.source, read.start, read.end) for read in reads(part, lead, tail)}
    rendered = render(part, sounds, lead, tail)
    hops = hops_of(rendered.pcm[lead * SAMPLE_BYTES :][: part.samples * SAMPLE_BYTES], part.sample_rate_hertz)
    # What another release named is made for this job all the same, but shared with nobody.
    is_ours = part.maker == maker_of(encoder.version())
    for (coding, digest), around in zip(missing, windows, strict=True):
        first = (lead - around.lead) * SAMPLE_BYTES
        end = (lead + part.samples + around.tail) * SAMPLE_BYTES
        heard = rendered.pcm[first:end]
        stream = heard if coding.name == "pcm" else encoder.encode(heard, part.sample_rate_hertz, coding)
        frames = kept(coding, stream, part)
        about = encode_made(Made(rendered.true_peak, hops, frames.sizes))
        for name in _stored_as(part, coding, digest, is_ours=is_ours):
            jobs.create(names.about(name), about)
            jobs.create(name, frames.body)


def _stored_as(part: Part, coding: Coding, digest: str, *, is_ours: bool) -> Iterator[str]:
    if is_ours:
        yield names.encoded(digest, coding.name)
    yield names.part(part.job, digest, coding.name)
