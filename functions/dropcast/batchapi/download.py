"""Hand out the results of a batch to whoever has their address."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from dropcast.batchapi.errors import Fault, Refused, not_found
from dropcast.batchapi.exchange import Answer
from dropcast.batchapi.world import World
from dropcast.jobs import names
from dropcast.jobs.batch.report import decode_batch_ending
from dropcast.ports import ObjectMissing, ObjectStore, Stored
from dropcast.stages.withdrawal import is_withdrawn

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
CHUNK = 4 << 20  # bytes of a range held at a time


def download(job: str, headers: Mapping[str, str], query: Mapping[str, str], world: World) -> Answer:
    """Stream the archive of a job, or the range of it that is asked for. Raises Refused."""
    world.signer.check(job, query, world.clock())
    archive = _archive(job, world)
    tag = f'"{archive.generation}"'
    about = {
        "Content-Type": "application/zip",
        "Content-Disposition": 'attachment; filename="results.zip"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "ETag": tag,
    }
    wanted = headers.get("range") if headers.get("if-range", tag) == tag else None
    part = _part(wanted, archive.size)
    if part is None:
        length = {"Content-Length": str(archive.size)}
        return Answer(HTTPStatus.OK, about | length, world.jobs.chunks(archive.name))
    where = {
        "Content-Length": str(len(part)),
        "Content-Range": f"bytes {part.start}-{part.stop - 1}/{archive.size}",
    }
    return Answer(HTTPStatus.PARTIAL_CONTENT, about | where, _slices(archive.name, part, world.jobs))


def _archive(job: str, world: World) -> Stored:
    """Find what a job left, unless it was deleted, although not everything of it may be gone yet."""
    gone = not_found("There are no results here any more: the batch synthesis was deleted or has expired.")
    if is_withdrawn(job, world.jobs):
        raise gone
    try:
        ending = decode_batch_ending(world.jobs.read(names.report(job)))
    except ObjectMissing:
        raise gone from None
    archive = world.jobs.about(ending.archive) if ending.archive else None
    if archive is None:
        raise gone
    return archive


def _part(wanted: str | None, size: int) -> range | None:
    """Return the bytes of a single range; None where everything is to be told. Raises Refused."""
    found = RANGE.fullmatch((wanted or "").strip().replace(" ", ""))
    if not found or not any(found.groups()):
        return None  # several ranges, or none that we know: RFC 9110 lets a server send the whole
    first, last = found.groups()
    if not first:
        part = range(max(0, size - int(last)), size)
    else:
        part = range(int(first), min(int(last) + 1, size) if last else size)
        if last and int(last) < int(first):
            return None
    if not part:
        fault = Fault("RangeNotSatisfiable", f"There is nothing of {size} bytes in the range {wanted}.")
        headers = {"Content-Range": f"bytes */{size}"}
        raise Refused(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, fault, headers=headers)
    return part


def _slices(name: str, part: range, jobs: ObjectStore) -> Iterator[bytes]:
    for start in range(part.start, part.stop, CHUNK):
        yield jobs.slice(name, start, min(start + CHUNK, part.stop))
