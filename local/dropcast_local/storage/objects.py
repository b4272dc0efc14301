"""storage.objects: get, list, delete, patch, update, copy, rewrite and compose."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dropcast_local.storage import listing
from dropcast_local.storage.blobs import Content
from dropcast_local.storage.http import Header, Reply, Request, empty_reply, json_reply
from dropcast_local.storage.preconditions import Preconditions
from dropcast_local.storage.ranges import Span, requested_span
from dropcast_local.storage.refusals import Refusal, invalid
from dropcast_local.storage.resources import (
    JSON,
    StoredObject,
    checked_name,
    editable,
    etag,
    object_resource,
    patched,
)
from dropcast_local.storage.service import Draft, Service

_MOST_SOURCES: Final = 32
# From here on joining is worth a thread.
_LARGE: Final = 4 * 1024 * 1024
_CONTENT_HEADERS: Final = {
    "contentType": b"content-type",
    "cacheControl": b"cache-control",
    "contentDisposition": b"content-disposition",
    "contentEncoding": b"content-encoding",
    "contentLanguage": b"content-language",
}


@dataclass(frozen=True, slots=True)
class Composition:
    """What a compose request asks for."""

    sources: Sequence[tuple[str, str | None, Preconditions]]
    attributes: JSON


class Objects:
    """The handlers under /b/BUCKET/o."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def list(self, request: Request, bucket: str) -> Reply:
        query = listing.query_of(bucket, request.query)
        await self._service.enter(request, "storage.objects.list", bucket, query.prefix)
        self._service.bucket(bucket)
        page = listing.page(self._service.index, query)
        resource: dict[str, object] = {"kind": "storage#objects"}
        if page.next_start is not None:
            resource["nextPageToken"] = listing.token(page.next_start)
        if page.prefixes:
            resource["prefixes"] = page.prefixes
        if page.items:
            resource["items"] = [object_resource(item, request.base) for item in page.items]
        return json_reply(request, resource)

    async def get(self, request: Request, bucket: str, name: str) -> Reply:
        await self._service.enter(request, "storage.objects.get", bucket, name)
        stored = self._service.object(bucket, name, request.query.get("generation"))
        Preconditions.of(request.query).check_read(stored)
        if request.query.get("alt") == "media":
            return self._media(request, stored)
        return json_reply(request, object_resource(stored, request.base))

    async def delete(self, request: Request, bucket: str, name: str) -> Reply:
        await self._service.enter(request, "storage.objects.delete", bucket, name)
        stored = self._service.object(bucket, name, request.query.get("generation"))
        Preconditions.of(request.query).check_write(stored)
        self._service.index.remove_object(stored)
        self._service.blobs.remove(stored.blob)
        return empty_reply(204)

    async def patch(self, request: Request, bucket: str, name: str) -> Reply:
        changes = await request.json()
        await self._service.enter(request, "storage.objects.patch", bucket, name)
        stored = self._to_change(request, bucket, name)
        return self._changed(request, stored, patched(stored.attributes, changes))

    async def update(self, request: Request, bucket: str, name: str) -> Reply:
        given = await request.json()
        await self._service.enter(request, "storage.objects.update", bucket, name)
        return self._changed(request, self._to_change(request, bucket, name), editable(given))

    async def copy(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Reply:
        stored = await self._copied(request, "storage.objects.copy", (bucket, name), (to_bucket, to_name))
        return json_reply(request, object_resource(stored, request.base))

    async def rewrite(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Reply:
        stored = await self._copied(request, "storage.objects.rewrite", (bucket, name), (to_bucket, to_name))
        resource = {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": str(stored.size),
            "objectSize": str(stored.size),
            "done": True,
            "resource": object_resource(stored, request.base),
        }
        return json_reply(request, resource)

    async def compose(self, request: Request, bucket: str, name: str) -> Reply:
        composition = _composition(await request.json())
        checked_name(name)
        await self._service.enter(request, "storage.objects.compose", bucket, name)
        conditions = Preconditions.of(request.query)
        conditions.check_write(self._service.index.object(bucket, name))
        sources = [
            self._source(bucket, source, generation, wanted)
            for source, generation, wanted in composition.sources
        ]
        content = await self._joined(sources)
        components = sum(source.components or 1 for source in sources)
        draft = Draft(bucket, name, content, composition.attributes, components)
        stored = self._service.commit(draft, conditions, request.base)
        return json_reply(request, object_resource(stored, request.base))

    def _media(self, request: Request, stored: StoredObject) -> Reply:
        try:
            span = requested_span(request.header("range"), stored.size)
        except Refusal as refusal:
            unsatisfied = ((b"content-range", b"bytes */%d" % stored.size), (b"content-length", b"0"))
            return Reply(refusal.status, unsatisfied)
        part = span or Span(0, stored.size)
        headers = [*_media_headers(stored), (b"content-length", b"%d" % (part.end - part.start))]
        if span is not None:
            headers.append((b"content-range", b"bytes %d-%d/%d" % (span.start, span.end - 1, stored.size)))
        pieces = self._service.blobs.read(stored.blob, part)
        return Reply(200 if span is None else 206, headers, stream=pieces)

    def _to_change(self, request: Request, bucket: str, name: str) -> StoredObject:
        stored = self._service.object(bucket, name, request.query.get("generation"))
        Preconditions.of(request.query).check_write(stored)
        return stored

    def _changed(self, request: Request, stored: StoredObject, attributes: JSON) -> Reply:
        changed = replace(
            stored,
            metageneration=stored.metageneration + 1,
            updated=self._service.index.tick(),
            attributes=attributes,
        )
        self._service.index.put_object(changed)
        return json_reply(request, object_resource(changed, request.base))

    async def _copied(
        self, request: Request, operation: str, source: tuple[str, str], target: tuple[str, str]
    ) -> StoredObject:
        # A body without anything to set keeps the source's attributes; any other replaces all of them.
        attributes = editable(await request.json())
        bucket, name = target[0], checked_name(target[1])
        await self._service.enter(request, operation, bucket, name)
        stored = self._service.object(*source, request.query.get("sourceGeneration"))
        Preconditions.of(request.query, "ifSource").check_write(stored)
        content = Content(self._service.blobs.copy(stored.blob), stored.size, stored.crc32c, stored.md5)
        draft = Draft(bucket, name, content, attributes or stored.attributes, stored.components)
        return self._service.commit(draft, Preconditions.of(request.query), request.base)

    def _source(
        self, bucket: str, name: str, generation: str | None, conditions: Preconditions
    ) -> StoredObject:
        stored = self._service.object(bucket, name, generation)
        conditions.check_write(stored)
        return stored

    async def _joined(self, sources: Sequence[StoredObject]) -> Content:
        # All are opened before the first await: what happens to the names from here on does not matter.
        pieces = [self._service.blobs.read(source.blob, Span(0, source.size)) for source in sources]
        if sum(source.size for source in sources) > _LARGE:
            content = await asyncio.to_thread(self._join, pieces)
        else:
            content = self._join(pieces)
        # Cloud Storage has no MD5 of a composite object.
        return replace(content, md5=None)

    def _join(self, parts: Sequence[Iterator[bytes]]) -> Content:
        new = self._service.blobs.new()
        try:
            for pieces in parts:
                new.write_all(pieces)
            return new.content()
        except BaseException:
            new.close()
            self._service.blobs.remove(new.blob)
            raise


def _media_headers(stored: StoredObject) -> tuple[Header, ...]:
    hashes = f"crc32c={stored.crc32c}" + (f",md5={stored.md5}" if stored.md5 else "")
    attributes = {"contentType": "application/octet-stream", **stored.attributes}
    said = {header: attributes[key] for key, header in _CONTENT_HEADERS.items() if key in attributes}
    encoding = attributes.get("contentEncoding", "identity")
    said |= {
        b"accept-ranges": "bytes",
        b"etag": etag(stored.generation, stored.metageneration),
        b"x-goog-generation": stored.generation,
        b"x-goog-metageneration": stored.metageneration,
        b"x-goog-hash": hashes,
        b"x-goog-storage-class": "STANDARD",
        b"x-goog-stored-content-encoding": encoding,
        b"x-goog-stored-content-length": stored.size,
    }
    return tuple((header, str(value).encode()) for header, value in said.items())


def _composition(given: JSON) -> Composition:
    sources = given.get("sourceObjects")
    if not isinstance(sources, list) or not 1 <= len(sources) <= _MOST_SOURCES:
        count = len(sources) if isinstance(sources, list) else 0
        raise invalid(
            f"The number of source components provided ({count}) is not between 1 and {_MOST_SOURCES}."
        )
    destination = given.get("destination")
    attributes = editable(destination) if isinstance(destination, Mapping) else {}
    return Composition([_component(source) for source in sources], attributes)


def _component(given: object) -> tuple[str, str | None, Preconditions]:
    if not isinstance(given, Mapping):
        raise invalid("A source object must be an object.")
    generation = given.get("generation")
    wanted = given.get("objectPreconditions")
    conditions = wanted if isinstance(wanted, Mapping) else {}
    return (
        checked_name(given.get("name")),
        None if generation is None else str(generation),
        Preconditions.of({str(key): str(value) for key, value in conditions.items()}),
    )
