"""What all operations share: looking things up, meeting ordered faults, being counted, and the commit."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

from dropcast_local.storage import notifications
from dropcast_local.storage.blobs import Blobs, Content
from dropcast_local.storage.faults import Fault, Faults, Operation
from dropcast_local.storage.http import ClientGone, Request
from dropcast_local.storage.index import Index
from dropcast_local.storage.outbox import Outbox
from dropcast_local.storage.preconditions import Preconditions
from dropcast_local.storage.refusals import injected, no_such_object, not_found
from dropcast_local.storage.resources import JSON, Bucket, StoredObject, object_resource

_TEST_HEADER: Final = "x-retry-test-id"


@dataclass(frozen=True, slots=True)
class Draft:
    """An object that is complete but has no generation yet."""

    bucket: str
    name: str
    content: Content
    attributes: JSON
    components: int | None = None


class Service:
    """The stand-in's state, and the steps that every operation takes."""

    def __init__(self, index: Index, blobs: Blobs, outbox: Outbox) -> None:
        self.index = index
        self.blobs = blobs
        self.faults = Faults()
        # Operations as Cloud Storage bills them.
        self.operations: Counter[str] = Counter()
        self._outbox = outbox

    async def enter(
        self, request: Request, name: str, bucket: str = "", key: str = "", *, billed: bool = True
    ) -> None:
        """Begin an operation: meet the fault that waits for it, or count it."""
        request.operation = Operation(name, bucket, key, request.header(_TEST_HEADER))
        fault = self.faults.before(request.operation)
        if fault is not None:
            await suffer(request, fault)
        if billed:
            self.operations[name] += 1

    def bucket(self, name: str) -> Bucket:
        """The bucket, or 404."""
        bucket = self.index.bucket(name)
        if bucket is None:
            raise not_found("The specified bucket does not exist.")
        return bucket

    def object(self, bucket: str, name: str, generation: str | None = None) -> StoredObject:
        """The live object, or 404: also where another generation is asked for, as none is kept."""
        stored = self.index.object(bucket, name)
        if stored is None:
            self.bucket(bucket)
            raise no_such_object(bucket, name)
        if generation not in (None, "", str(stored.generation)):
            raise no_such_object(bucket, f"{name}#{generation}")
        return stored

    def commit(
        self, draft: Draft, conditions: Preconditions, base: str, upload: str | None = None
    ) -> StoredObject:
        """Make the draft the live object of its name, with its events, if the preconditions hold; at once.

        There is no await between the look at what is live and the write: of any number of uploads that want
        a name to be absent, one finds it so.
        """
        try:
            self.bucket(draft.bucket)
            live = self.index.object(draft.bucket, draft.name)
            conditions.check_write(live)
            stored = _stored(draft, self.index.tick())
            events = notifications.finalized(self.index, stored, live, base)
            finished = None if upload is None else (upload, object_resource(stored, base))
            self.index.put_object(stored, events, finished)
        except BaseException:
            self.blobs.remove(draft.content.blob)
            raise
        if live is not None:
            self.blobs.remove(live.blob)
        if events:
            self._outbox.wake()
        return stored


async def suffer(request: Request, fault: Fault) -> None:
    """Let the request fail, or wait, as ordered."""
    if fault.delay is not None:
        await asyncio.sleep(fault.delay)
    elif fault.status is not None:
        raise injected(fault.status)
    else:
        request.reset_connection()
        await request.gone()
        raise ClientGone


def _stored(draft: Draft, now: int) -> StoredObject:
    content = draft.content
    return StoredObject(
        bucket=draft.bucket,
        name=draft.name,
        generation=now,
        metageneration=1,
        updated=now,
        size=content.size,
        blob=content.blob,
        crc32c=content.crc32c,
        md5=content.md5,
        components=draft.components,
        attributes=draft.attributes,
    )
