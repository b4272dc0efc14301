"""All that the API works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dropcast.batchapi.access import Access
from dropcast.batchapi.signing import Signer
from dropcast.batchapi.throttle import Throttle
from dropcast.ports import ManagedStore
from dropcast.scripts.batch.request import BatchRequest
from dropcast.scripts.problems import Problem
from dropcast.stages.delivery import Destinations

Examine = Callable[[bytes], tuple[BatchRequest | None, tuple[Problem, ...]]]


@dataclass(frozen=True, slots=True)
class World:
    """The stores, who may ask how often, and what is read of a request.

    `bucket` names the uploads' bucket. `examine` says all that is wrong with a request, `understand` just
    reads it. `endpoint` is the API's address, where it is not the one by which a client came.
    `clock` tells the time in UTC; `new_id` never returns the same UUID twice.
    """

    uploads: ManagedStore
    jobs: ManagedStore
    bucket: str
    destinations: Destinations
    access: Access
    throttle: Throttle
    signer: Signer
    examine: Examine
    understand: Examine
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    endpoint: str | None = None
