"""`dropcast batch`: batches of a batch synthesis API, submitted, followed, and brought home."""

import hashlib
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dropcast_local.batch_answers import BatchJob, Refused
from dropcast_local.batch_client import BatchClient
from dropcast_local.batch_results import appearing, failures, unpack
from dropcast_local.episode import clock
from dropcast_local.failures import Failed
from dropcast_local.problems import complain, counted

# Seconds between two looks. A key has 100 requests in ten seconds, and others use it, too.
SHORTEST_PAUSE, LONGEST_PAUSE, GROWTH = 0.2, 5.0, 1.3
DIGITS = 12  # of a request's digest in an id
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Submission:
    """A request in a file. Without an id it gets one of its own content; with an output it is waited for."""

    file: Path
    batch_id: str | None
    wait: bool
    output: Path | None


def submit(client: BatchClient, asked: Submission) -> int:
    """Submit a request; if that is asked for, wait until it is over and unpack its results."""
    job = _created(client, asked)
    if asked.wait or asked.output:
        return _finish(client, _over(client, job), asked.output)
    print(f"{job.id}: {job.status}", flush=True)
    return 0


def status(client: BatchClient, batch_id: str) -> int:
    """Print how a batch stands."""
    for line in _told(client.get(batch_id)):
        print(line)
    return 0


def show_list(client: BatchClient) -> int:
    """Print every batch of the key, the newest first."""
    table = Table("id", "status", "created", "kind", "inputs", "length")
    for job in client.every_batch():
        table.add_row(job.id, job.status, job.created[:19], job.input_kind, _inputs(job), _length(job))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)  # a pipe has no width; a table folded at eighty is hard to search
    console.print(table, markup=False)
    return 0


def delete(client: BatchClient, batch_id: str) -> int:
    """Remove a batch and its results."""
    client.delete(batch_id)
    print(f"{batch_id}: deleted")
    return 0


def download(client: BatchClient, batch_id: str, output: Path | None, *, unpacked: bool) -> int:
    """Fetch the results of a batch that is over: the archive, or the files in it."""
    job = client.get(batch_id)
    if not job.is_over:
        raise Failed(f"{batch_id} is {job.status}: results are there once it has Succeeded")
    if unpacked:
        return _unpack(client, job, output or Path(batch_id))
    result, archive = _result(job), output or Path("results.zip")
    with appearing(archive) as file:
        client.download(result, file)
    print(f"{batch_id}: {archive}, {archive.stat().st_size / MEGABYTE:,.1f} MB")
    return 0


def _created(client: BatchClient, asked: Submission) -> BatchJob:
    """Create a batch; or find the one of the same content, if the id is of our making."""
    request = asked.file.read_bytes()
    batch_id = asked.batch_id or id_of(asked.file, request)
    try:
        return client.create(batch_id, request)
    except Refused as refused:
        if asked.batch_id or refused.status != HTTPStatus.CONFLICT:
            raise
    complain(f"{batch_id}: the same request was submitted before; to have it made anew, give it an --id")
    return client.get(batch_id)


def id_of(file: Path, request: bytes) -> str:
    """Name a request by its file and its content."""
    name = re.sub(r"[^a-zA-Z0-9._-]+", "-", file.stem).strip("._-") or "batch"
    return f"{name[: 64 - DIGITS - 1]}-{hashlib.sha256(request).hexdigest()[:DIGITS]}"


def _over(client: BatchClient, job: BatchJob) -> BatchJob:
    """Wait for the end of a batch, showing how it stands."""
    never, pause = threading.Event(), SHORTEST_PAUSE
    with _shown() as show:
        while not job.is_over:
            show(job)
            never.wait(pause)
            pause = min(GROWTH * pause, LONGEST_PAUSE)
            job = client.get(job.id)
    return job


@contextmanager
def _shown() -> Iterator[Callable[[BatchJob], None]]:
    """Show how a batch stands: in one line of a terminal, else in a line for each status."""
    console, last = Console(stderr=True), ""
    if console.is_terminal:
        with console.status("") as line:
            yield lambda job: line.update(f"{job.id}: {job.status}")
        return

    def show(job: BatchJob) -> None:
        nonlocal last
        if job.status != last:
            last = job.status
            complain(f"{job.id}: {job.status}")

    yield show


def _finish(client: BatchClient, job: BatchJob, output: Path | None) -> int:
    for line in _told(job):
        print(line, flush=True)
    code = _unpack(client, job, output) if output and job.result else 0
    return code if job.status == "Succeeded" and not job.failed else 1


def _told(job: BatchJob) -> Iterator[str]:
    yield f"{job.id}: {job.status}"
    facts = {
        "about": job.description,
        "created": job.created,
        "since": job.last_action,
        "format": job.output_format,
        "inputs": _inputs(job),
        "length": _length(job),
        "sound": f"{job.size_in_bytes / MEGABYTE:,.1f} MB" if job.size_in_bytes else "",
        "characters": ", ".join(f"{count:,} {kind}" for kind, count in job.billed.items()),
        "results": job.result,
        "error": job.error,
    }
    for name, fact in facts.items():
        if fact:
            yield f"  {name:<10}  {fact}"


def _inputs(job: BatchJob) -> str:
    if not job.is_over:
        return ""
    failed = f", {job.failed:,} failed" if job.failed else ""
    return f"{job.succeeded:,} succeeded{failed}"


def _length(job: BatchJob) -> str:
    return clock(job.duration_ms, 1000) if job.duration_ms else ""


def _result(job: BatchJob) -> str:
    if not job.result:
        raise Failed(f"{job.id} has no results: {job.error or job.status}")
    if "://" not in job.result:
        raise Failed(f"The results of {job.id} lie in the destination that it named, in {job.result}")
    return job.result


def _unpack(client: BatchClient, job: BatchJob, folder: Path) -> int:
    result = _result(job)
    with tempfile.TemporaryFile() as archive:
        client.download(result, archive)
        files = unpack(archive, folder)
    print(f"{job.id}: {counted(files, 'file', 'files')} in {folder}")
    failed = list(failures(folder))
    for failure in failed:
        complain(failure)
    return 1 if failed else 0
