"""Our way, as processes: the deployed stages, between which Pub/Sub would carry blocks and parts."""

import sys
from pathlib import Path

from stored_job import StoredJob

from dropcast.gateways.ffmpeg import FfmpegEncoder
from dropcast.jobs.part import Part
from dropcast.ports import TryLater
from dropcast.stages.finalize import finalize_block, finalize_part
from dropcast.stages.in_flight import InFlight


class Parts:
    """Topic that keeps what was published."""

    def __init__(self) -> None:
        self.published: list[Part] = []

    def publish(self, messages):
        self.published.extend(messages)


def settle(job: StoredJob) -> list[Part]:
    """Finalize every block, and return the parts that the last one had rendered."""
    parts = Parts()
    for block in job.blocks():
        finalize_block(block, job.jobs, job.episodes, FfmpegEncoder(), parts, InFlight())
    return parts.published


def render(job: StoredJob, parts: list[Part]) -> None:
    """Finalize the parts that no other process has begun; the last one ends the job."""
    for part in parts:
        if job.jobs.create(f"begun/{part.position}", b""):
            deliver(part, job)


def deliver(part: Part, job: StoredJob) -> None:
    try:
        finalize_part(part, job.jobs, job.episodes, FfmpegEncoder(), InFlight())
    except TryLater:  # two processes that end the job at once: Pub/Sub delivers again
        deliver(part, job)


def main(what: str, folder: str, lines: str) -> None:
    job = StoredJob(Path(folder), int(lines))
    if what == "all":
        render(job, settle(job))
    elif what == "settle":
        settle(job)
    elif what == "render":
        render(job, job.parts())


if __name__ == "__main__":
    main(*sys.argv[1:])
