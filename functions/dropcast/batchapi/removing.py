"""DELETE, and what has outlived its time when its id is wanted again."""

import logging

from dropcast.batchapi.access import Caller
from dropcast.batchapi.batches import Batch
from dropcast.batchapi.operations import forget_asking
from dropcast.batchapi.world import World
from dropcast.ports import TryLater
from dropcast.stages.removal import remove_everything, withdraw_job

log = logging.getLogger(__name__)


def remove_batch(batch: Batch, caller: Caller, world: World) -> None:
    """Remove a batch and its results, in whatever state it is; its id is free then."""
    withdraw_job(batch.upload, world.uploads, world.jobs)
    log.info("withdrawn", extra={"job": batch.upload.job, "caller": caller.name})
    if batch.operation:
        forget_asking(caller.owner, batch.operation, world.jobs)
    try:
        remove_everything(batch.upload.job, world.jobs, world.destinations)
    except TryLater as trouble:  # nobody can see the batch any more; the sweep does the rest
        log.warning("not yet removed whole: %s", trouble, extra={"job": batch.upload.job})
