"""PUT: put a request into the uploads bucket, where the pipeline finds it."""

import logging
from dataclasses import dataclass

from dropcast.batchapi.access import Caller
from dropcast.batchapi.asked import asked_by_request
from dropcast.batchapi.batches import OPERATION, Batch, Standing, batch_of, find_batch, standing
from dropcast.batchapi.errors import bad_request, bad_requests, conflict
from dropcast.batchapi.operations import asking, earlier_asking, forget_asking, note_asking
from dropcast.batchapi.removing import remove_batch
from dropcast.batchapi.world import World
from dropcast.jobs import names
from dropcast.scripts.batch.request import BatchRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Putting:
    """A request that is put under an id; `operation` is the client's own word for it, if it gave one."""

    id: str
    body: bytes
    operation: str | None
    caller: Caller


def create_batch(putting: Putting, world: World) -> Standing:
    """Take a request, and return how its batch stood then; its `operation` tells of its progress.

    The same request once more, by the same operation, is answered the same. Raises Refused.
    """
    request = _examined(putting.body, world)
    batch = _earlier(putting, world) or _new(putting, world)
    log.info("taken", extra={"job": batch.upload.job, "caller": putting.caller.name})
    return Standing(batch, "NotStarted", batch.created, asked_by_request(request))


def _examined(body: bytes, world: World) -> BatchRequest:
    request, problems = world.examine(body)
    if problems:
        raise bad_requests(problems)
    if request is None:
        raise bad_request("The request body cannot be read.")
    return request


def _earlier(putting: Putting, world: World) -> Batch | None:
    """Return the batch that this very request made before; None if its id is free. Raises Refused."""
    was_made = _noted(putting, putting.operation, world) if putting.operation else False
    taken = find_batch(putting.id, putting.caller, world)
    if taken and not standing(taken, world):
        remove_batch(taken, putting.caller, world)
        return None
    if taken and not (was_made and taken.operation == putting.operation):
        raise conflict(putting.id)
    return taken


def _new(putting: Putting, world: World) -> Batch:
    """Make the batch, unless another request is quicker. Raises Refused."""
    owner, wish = putting.caller.owner, asking(putting.id, putting.body)
    operation = putting.operation or world.new_id()
    if not note_asking(owner, operation, wish, world.jobs):
        _noted(putting, operation, world)
    stored = world.uploads.add(names.batch_upload(owner, putting.id), putting.body, {OPERATION: operation})
    batch = batch_of(putting.id, stored, world) if stored else find_batch(putting.id, putting.caller, world)
    if batch is None or batch.operation != operation:
        if not putting.operation:
            forget_asking(owner, operation, world.jobs)
        raise conflict(putting.id)
    # Also where storage says that the name is taken: by ourselves, and the reply that it was done got lost.
    return batch


def _noted(putting: Putting, operation: str, world: World) -> bool:
    """Say whether an operation stands for this very request, or yet for none. Raises Refused."""
    earlier = earlier_asking(putting.caller.owner, operation, world.jobs)
    if earlier not in (None, asking(putting.id, putting.body)):
        message = f"The Operation-Id {operation} was given for a different request. Choose another, or none."
        raise bad_request(message, "Operation-Id")
    return earlier is not None
