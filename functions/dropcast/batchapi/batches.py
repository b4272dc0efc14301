"""Which batches there are, and how they stand: found from what exists, never from what was noted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dropcast.batchapi.access import Caller
from dropcast.batchapi.asked import Asked, asked_by_plan, asked_by_request
from dropcast.batchapi.world import World
from dropcast.jobs import names
from dropcast.jobs.batch.report import BatchEnding, decode_batch_ending
from dropcast.jobs.batch.stored_plan import decode_head
from dropcast.jobs.identity import Upload
from dropcast.ports import ObjectMissing, Stored
from dropcast.scripts.batch.request import MAX_REQUEST_BYTES
from dropcast.stages.removal import LONGEST_LIFE

Status = Literal["NotStarted", "Running", "Succeeded", "Failed"]

ID = re.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]")
OPERATION = "operation"  # in the metadata of an upload: the Operation-Id by which it came
ENDING = ".json"
BATCHES = names.batch("").removesuffix(ENDING)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch request in the uploads bucket, under the id that its owner gave it."""

    id: str
    upload: Upload
    created: datetime
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands, and since when.

    `asked` is what it asks for: its plan's head or, before there is one, the request itself; None where that
    cannot be read. `ending` is there once it is over.
    """

    batch: Batch
    status: Status
    since: datetime
    asked: Asked | None
    ending: BatchEnding | None = None

    @property
    def expiry(self) -> datetime | None:
        """When it is to be gone, results included; None while it is not over."""
        hours = self.asked.wanted.time_to_live_hours if self.asked else LONGEST_LIFE
        return self.since + timedelta(hours=hours) if self.ending else None


def batch_of(batch_id: str, stored: Stored, world: World) -> Batch:
    """Return the batch that an upload makes."""
    upload = Upload(world.bucket, stored.name, stored.generation)
    return Batch(batch_id, upload, stored.created, stored.metadata.get(OPERATION))


def find_batch(batch_id: str, caller: Caller, world: World) -> Batch | None:
    """Return the batch that a caller knows by an id."""
    if stored := world.uploads.about(names.batch_upload(caller.owner, batch_id)):
        return batch_of(batch_id, stored, world)
    if caller.sees_dropped and (stored := world.uploads.about(f"{batch_id}{ENDING}")):
        batch = batch_of(batch_id, stored, world)
        return batch if world.jobs.about(names.batch(batch.upload.job)) else None  # else no batch, or not yet
    return None


def every_batch(caller: Caller, world: World) -> list[Batch]:
    """Return all batches of a caller, the newest first."""
    found = {batch.id: batch for batch in _dropped(world)} if caller.sees_dropped else {}
    found |= {batch.id: batch for batch in _under(names.batch_upload(caller.owner, ""), world)}
    return sorted(found.values(), key=lambda batch: (batch.created, batch.upload.generation), reverse=True)


def standing(batch: Batch, world: World) -> Standing | None:
    """Say how a batch stands; None if it is gone, or has outlived its time."""
    try:
        found = _standing(batch, world)
    except ObjectMissing:
        return None  # deleted while we looked
    return None if found.expiry and found.expiry <= world.clock() else found


def _standing(batch: Batch, world: World) -> Standing:
    job = batch.upload.job
    if over := world.jobs.about(names.report(job)):
        ending = decode_batch_ending(world.jobs.read(names.report(job)))
        asked = _planned(job, world) or _requested(batch, world)
        return Standing(batch, "Failed" if ending.error else "Succeeded", over.created, asked, ending)
    if planned := world.jobs.about(names.batch(job)):
        return Standing(batch, "Running", planned.created, _planned(job, world))
    return Standing(batch, "NotStarted", batch.created, _requested(batch, world))


def _planned(job: str, world: World) -> Asked | None:
    try:
        return asked_by_plan(decode_head(world.jobs.read(names.batch(job))))
    except ObjectMissing:
        return None  # it was refused, or is just being removed


def _requested(batch: Batch, world: World) -> Asked | None:
    upload = batch.upload
    request, _ = world.understand(world.uploads.read(upload.name, upload.generation, MAX_REQUEST_BYTES + 1))
    return asked_by_request(request) if request else None


def _under(place: str, world: World) -> Iterator[Batch]:
    """Yield what lies in a folder under names that are ids."""
    folder = place.removesuffix(ENDING)
    for stored in world.uploads.listing(folder):
        batch_id = stored.name[len(folder) : -len(ENDING)]
        if stored.name.endswith(ENDING) and ID.fullmatch(batch_id):
            yield batch_of(batch_id, stored, world)


def _dropped(world: World) -> list[Batch]:
    """Return the batches that somebody dropped at the top of the uploads bucket."""
    at_top = list(_under("", world))
    # Listed after the uploads: what of them was planned by now is a batch, the rest conversations.
    planned = {stored.name for stored in world.jobs.listing(BATCHES)} if at_top else set()
    return [batch for batch in at_top if names.batch(batch.upload.job) in planned]
