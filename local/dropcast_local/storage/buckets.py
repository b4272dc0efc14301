"""storage.buckets and storage.notifications."""

import re
from dataclasses import replace
from typing import Final

from dropcast_local.storage import listing, notifications
from dropcast_local.storage.http import Reply, Request, empty_reply, json_reply
from dropcast_local.storage.preconditions import Preconditions
from dropcast_local.storage.refusals import conflict, invalid
from dropcast_local.storage.resources import JSON, Bucket, bucket_resource
from dropcast_local.storage.service import Service

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


class Buckets:
    """The handlers under /b."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def insert(self, request: Request) -> Reply:
        given = await request.json()
        name = given.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise invalid(f"Invalid bucket name: {name!r}")
        await self._service.enter(request, "storage.buckets.insert", name)
        if self._service.index.bucket(name) is not None:
            raise conflict(
                "Your previous request to create the named bucket succeeded and you already own it."
            )
        now = self._service.index.tick()
        bucket = Bucket(name, now, 1, now, given)
        self._service.index.put_bucket(bucket)
        return json_reply(request, bucket_resource(bucket, request.base))

    async def list(self, request: Request) -> Reply:
        await self._service.enter(request, "storage.buckets.list")
        # Buckets are named like objects of one folder, and paged by the same rules.
        query = listing.query_of("", request.query)
        found = self._service.index.buckets(query.start, query.end, query.limit + 1)
        resource: dict[str, object] = {"kind": "storage#buckets"}
        if len(found) > query.limit:
            resource["nextPageToken"] = listing.token(found.pop().name)
        resource["items"] = [bucket_resource(bucket, request.base) for bucket in found]
        return json_reply(request, resource)

    async def get(self, request: Request, name: str) -> Reply:
        await self._service.enter(request, "storage.buckets.get", name)
        bucket = self._service.bucket(name)
        Preconditions.of(request.query).check_read(bucket)
        return json_reply(request, bucket_resource(bucket, request.base))

    async def patch(self, request: Request, name: str) -> Reply:
        changes = await request.json()
        await self._service.enter(request, "storage.buckets.patch", name)
        bucket = self._service.bucket(name)
        merged = {**bucket.attributes, **changes}
        kept = {key: value for key, value in merged.items() if value is not None}
        return self._changed(request, bucket, kept)

    async def update(self, request: Request, name: str) -> Reply:
        given = await request.json()
        await self._service.enter(request, "storage.buckets.update", name)
        return self._changed(request, self._service.bucket(name), given)

    async def delete(self, request: Request, name: str) -> Reply:
        await self._service.enter(request, "storage.buckets.delete", name)
        Preconditions.of(request.query).check_write(self._service.bucket(name))
        if listing.page(self._service.index, listing.query_of(name, {"maxResults": "1"})).items:
            raise conflict("The bucket you tried to delete is not empty.")
        self._service.index.remove_bucket(name)
        return empty_reply(204)

    def _changed(self, request: Request, bucket: Bucket, attributes: JSON) -> Reply:
        Preconditions.of(request.query).check_write(bucket)
        now = self._service.index.tick()
        changed = replace(
            bucket, updated=now, metageneration=bucket.metageneration + 1, attributes=attributes
        )
        self._service.index.put_bucket(changed)
        return json_reply(request, bucket_resource(changed, request.base))


class Notifications:
    """The handlers under /b/BUCKET/notificationConfigs."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def insert(self, request: Request, bucket: str) -> Reply:
        given = await request.json()
        await self._service.enter(request, "storage.notifications.insert", bucket)
        self._service.bucket(bucket)
        made = notifications.created(self._service.index, bucket, given, request.base)
        return json_reply(request, made.resource)

    async def list(self, request: Request, bucket: str) -> Reply:
        await self._service.enter(request, "storage.notifications.list", bucket)
        self._service.bucket(bucket)
        found = [known.resource for known in self._service.index.notifications(bucket)]
        return json_reply(request, {"kind": "storage#notifications", "items": found})

    async def get(self, request: Request, bucket: str, number: str) -> Reply:
        await self._service.enter(request, "storage.notifications.get", bucket)
        return json_reply(request, notifications.found(self._service.index, bucket, number).resource)

    async def delete(self, request: Request, bucket: str, number: str) -> Reply:
        await self._service.enter(request, "storage.notifications.delete", bucket)
        known = notifications.found(self._service.index, bucket, number)
        self._service.index.remove_notification(known)
        return empty_reply(204)
