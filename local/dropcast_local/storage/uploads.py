"""storage.objects.insert: by media, multipart and resumable upload."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from dropcast_local.storage.blobs import Content, new_id
from dropcast_local.storage.http import Reply, Request, empty_reply, json_reply
from dropcast_local.storage.index import Upload
from dropcast_local.storage.preconditions import Preconditions
from dropcast_local.storage.ranges import ContentRange, content_range
from dropcast_local.storage.refusals import Refusal, invalid, not_found
from dropcast_local.storage.related import Related
from dropcast_local.storage.resources import JSON, checked_name, editable, object_resource
from dropcast_local.storage.service import Draft, Service

_INSERT: Final = "storage.objects.insert"
# What of an unfinished upload is kept is a multiple of this, as in Cloud Storage.
_GRAIN: Final = 256 * 1024
# From here on checksums are worth a thread.
_LARGE: Final = 4 * 1024 * 1024


class Uploads:
    """The handlers under /upload."""

    def __init__(self, service: Service) -> None:
        self._service = service
        # Sessions that a request is writing to.
        self._busy: set[str] = set()

    async def insert(self, request: Request, bucket: str) -> Reply:
        """POST: the whole upload, or the start of a resumable one."""
        match request.query.get("uploadType"):
            case "media":
                return await self._media(request, bucket)
            case "multipart":
                return await self._multipart(request, bucket)
            case "resumable":
                return await self._start(request, bucket)
            case other:
                raise invalid(f"Invalid uploadType: {other!r}")

    async def resume(self, request: Request, bucket: str) -> Reply:
        """PUT to a session: bytes, or the question how many have arrived."""
        upload = self._upload(request, bucket)
        await self._service.enter(request, _INSERT, upload.bucket, upload.name, billed=False)
        upload = self._upload(request, bucket)
        if upload.outcome is not None:
            await request.drain()
            return json_reply(request, upload.outcome)
        part = content_range(request.header("content-range"))
        if part is not None and part.span is None and part.total is None:
            return self._progress(upload)
        if upload.id in self._busy:
            raise Refusal(503, "backendError", "Another request is writing to this upload.")
        self._busy.add(upload.id)
        try:
            return await self._write(request, upload, part)
        finally:
            self._busy.discard(upload.id)

    async def cancel(self, request: Request, bucket: str) -> Reply:
        """DELETE of a session: nothing of it remains."""
        upload = self._upload(request, bucket)
        self._service.index.remove_upload(upload.id)
        self._service.blobs.remove(upload.blob)
        return empty_reply(499)

    async def _media(self, request: Request, bucket: str) -> Reply:
        metadata = {"contentType": request.header("content-type")}
        return await self._insert(request, bucket, metadata, request.chunks())

    async def _multipart(self, request: Request, bucket: str) -> Reply:
        related = Related(request.header("content-type"), request.chunks())
        return await self._insert(request, bucket, await related.metadata(), related.media())

    async def _insert(
        self, request: Request, bucket: str, metadata: JSON, media: AsyncIterator[bytes]
    ) -> Reply:
        name = _name(request, metadata)
        await self._service.enter(request, _INSERT, bucket, name)
        attributes = editable(metadata)
        content = await self._received(media, metadata, request.header("x-goog-hash"))
        draft = Draft(bucket, name, content, attributes)
        stored = self._service.commit(draft, Preconditions.of(request.query), request.base)
        return json_reply(request, object_resource(stored, request.base))

    async def _received(self, media: AsyncIterator[bytes], metadata: JSON, hashes: str | None) -> Content:
        new = self._service.blobs.new()
        try:
            async for chunk in media:
                new.write(chunk)
            content = new.content()
            _check_hashes(content, metadata, hashes)
        except BaseException:
            new.close()
            self._service.blobs.remove(new.blob)
            raise
        return content

    async def _start(self, request: Request, bucket: str) -> Reply:
        metadata = await request.json()
        name = _name(request, metadata)
        await self._service.enter(request, _INSERT, bucket, name)
        self._service.bucket(bucket)
        Preconditions.of(request.query).check_write(self._service.index.object(bucket, name))
        content_type = request.header("x-upload-content-type")
        metadata = metadata if content_type is None else {"contentType": content_type, **metadata}
        editable(metadata)
        total = request.header("x-upload-content-length")
        upload = Upload(
            id=new_id(),
            started=self._service.index.tick(),
            bucket=bucket,
            name=name,
            metadata=metadata,
            conditions={key: value for key, value in request.query.items() if key.startswith("if")},
            total=int(total) if total and total.isdecimal() else None,
            blob=new_id(),
            outcome=None,
        )
        self._service.index.put_upload(upload)
        location = f"{request.base}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload.id}"
        headers = ((b"location", location.encode()), (b"x-guploader-uploadid", upload.id.encode()))
        return empty_reply(200, headers, commits=False)

    async def _write(self, request: Request, upload: Upload, part: ContentRange | None) -> Reply:
        if part is not None and part.span is None:
            await request.drain()
            received = self._size(upload)
            return (
                await self._finish(request, upload, received)
                if part.total == received
                else self._progress(upload)
            )
        start = 0 if part is None or part.span is None else part.span.start
        if start > self._size(upload):
            # The client believes that more arrived than did: the answer says where to go on.
            await request.drain()
            return self._progress(upload)
        end = await self._append(request, upload, start)
        if part is not None and part.span is not None and part.span.end != end:
            raise invalid("The body is not as long as its Content-Range says.")
        if part is None or part.total == end:
            return await self._finish(request, upload, end)
        return self._progress(upload)

    async def _append(self, request: Request, upload: Upload, start: int) -> int:
        with self._service.blobs.append_from(upload.blob, start) as stream:
            async for chunk in request.chunks():
                stream.write(chunk)
            return stream.tell()

    async def _finish(self, request: Request, upload: Upload, size: int) -> Reply:
        if upload.total not in (None, size):
            raise invalid(f"The upload was to be {upload.total} bytes long; it is {size}.")
        blobs = self._service.blobs
        blobs.append_from(upload.blob, size).close()
        content = (
            await asyncio.to_thread(blobs.digest, upload.blob) if size > _LARGE else blobs.digest(upload.blob)
        )
        _check_hashes(content, upload.metadata, request.header("x-goog-hash"))
        draft = Draft(upload.bucket, upload.name, content, editable(upload.metadata))
        stored = self._service.commit(draft, Preconditions.of(upload.conditions), request.base, upload.id)
        return json_reply(request, object_resource(stored, request.base))

    def _progress(self, upload: Upload) -> Reply:
        received = self._size(upload)
        headers = ((b"range", b"bytes=0-%d" % (received - 1)),) if received else ()
        return empty_reply(308, headers, commits=False)

    def _size(self, upload: Upload) -> int:
        size = self._service.blobs.size(upload.blob)
        return size - size % _GRAIN

    def _upload(self, request: Request, bucket: str) -> Upload:
        upload = self._service.index.upload(request.query.get("upload_id", ""))
        if upload is None or upload.bucket != bucket:
            raise not_found("No such upload.")
        return upload


def _name(request: Request, metadata: JSON) -> str:
    return checked_name(request.query.get("name") or metadata.get("name"))


def _check_hashes(content: Content, metadata: JSON, header: str | None) -> None:
    given = {"crc32c": metadata.get("crc32c"), "md5": metadata.get("md5Hash")}
    for claim in (header or "").split(","):
        kind, _, value = claim.strip().partition("=")
        given[kind] = value or given.get(kind)
    for kind, actual in (("crc32c", content.crc32c), ("md5", content.md5)):
        if given[kind] not in (None, actual):
            raise invalid(f'Provided {kind} hash "{given[kind]}" doesn\'t match calculated hash "{actual}".')
