"""ManagedStore and EpisodeStore on Cloud Storage buckets."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC

import requests
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Blob, Bucket, Client
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.adapters import HTTPAdapter

from dropcast.ports import DestinationRefused, ObjectMissing, Standing, Stored, TryLater

MAY_NOT_REPLACE = "storage.objects.delete"
ABSENT = 0  # the generation of an object that does not exist
PATIENCE = {"timeout": 20, "retry": DEFAULT_RETRY.with_timeout(60)}  # seconds; then Pub/Sub tries again
CHUNK = 1 << 20  # bytes of a stream held at a time; uploads demand a multiple of 256 KiB
LARGE_CHUNK = 4 << 20  # for what is delivered: each chunk of an upload is a request of its own
CONNECTIONS = 128  # kept open: at least as many as the server has threads
SCRIPT_GENERATION = "dropcast-script-generation"  # in the metadata of what stands under a stable name
TRANSIENT = (
    exceptions.ServerError,
    exceptions.TooManyRequests,
    exceptions.RetryError,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    DataCorruption,
    GoogleAuthError,
)
# What comes too fast is answered 403 at times (google-cloud-go#269; status codes of the JSON API).
TOO_FAST = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded")
GZIP = b"\x1f\x8b"
CONTENT_TYPES = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "wav": "audio/wav",
}


def keep_connections(client: Client) -> Client:
    """Let as many threads as a server has use one client at once without opening connections anew."""
    client._http.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    client._http.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    return client


class GcsObjectStore:
    """ManagedStore on one bucket.

    The client retries uploads by itself; the precondition is what stops a retry from replacing an object.
    Where the reply to our own success was lost, the retry finds the name taken.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def create(self, name: str, data: bytes) -> bool:
        blob = self._bucket.blob(name)
        options = {"content_type": _content_type(name), "if_generation_match": ABSENT} | PATIENCE
        return _unless_taken(name, lambda: blob.upload_from_string(data, **options))

    def create_from(self, name: str, chunks: Iterable[bytes]) -> bool:
        return _unless_taken(name, lambda: _upload(self._bucket.blob(name), chunks, ABSENT, CHUNK))

    def copy(self, source: str, name: str) -> bool:
        blobs = self._bucket.blob(source), self._bucket.blob(name)
        return _unless_taken(source, lambda: _rewrite(*blobs, ABSENT))

    def join(self, sources: Sequence[str], name: str) -> bool:
        blob = self._bucket.blob(name)
        blob.content_type = _content_type(name)
        parts = [self._bucket.blob(source) for source in sources]
        return _unless_taken(name, lambda: blob.compose(parts, if_generation_match=ABSENT, **PATIENCE))

    def read(self, name: str, generation: int | None = None, at_most: int | None = None) -> bytes:
        blob = self._bucket.blob(name, generation=generation)
        last = None if at_most is None else at_most - 1
        with _translated(name):
            try:
                data: bytes = blob.download_as_bytes(end=last, raw_download=True, **PATIENCE)
            except exceptions.RequestRangeNotSatisfiable:
                return b""  # a range of an empty object
        return data if at_most is None else _inflated(data, at_most)

    def slice(self, name: str, start: int, end: int) -> bytes:
        blob = self._bucket.blob(name)
        with _translated(name):
            try:
                data: bytes = blob.download_as_bytes(start=start, end=end - 1, raw_download=True, **PATIENCE)
            except exceptions.RequestRangeNotSatisfiable:
                return b""
        return data

    def chunks(self, name: str) -> Iterator[bytes]:
        with _translated(name), self._bucket.blob(name).open("rb", chunk_size=CHUNK, **PATIENCE) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def sizes(self, prefix: str) -> dict[str, int]:
        fields = "items(name,size),nextPageToken"
        with _translated(prefix):
            found = self._bucket.list_blobs(prefix=prefix, fields=fields, **PATIENCE)
            return {blob.name: int(blob.size) for blob in found}

    def add(self, name: str, data: bytes, metadata: Mapping[str, str]) -> Stored | None:
        blob = self._bucket.blob(name)
        blob.metadata = dict(metadata)
        options = {"content_type": _content_type(name), "if_generation_match": ABSENT} | PATIENCE
        created = _unless_taken(name, lambda: blob.upload_from_string(data, **options))
        return _stored(blob) if created else None

    def replace(
        self, name: str, chunks: Iterable[bytes], metadata: Mapping[str, str], over: Stored | None
    ) -> bool:
        blob = self._bucket.blob(name)
        blob.metadata = dict(metadata)
        seen = over.generation if over else ABSENT
        return _unless_taken(name, lambda: _upload(blob, chunks, seen, LARGE_CHUNK))

    def about(self, name: str) -> Stored | None:
        blob = self._bucket.blob(name)
        with suppress(ObjectMissing), _translated(name):
            blob.reload(**PATIENCE)
            return _stored(blob)
        return None

    def listing(self, prefix: str) -> Iterator[Stored]:
        fields = "items(name,size,generation,timeCreated,metadata),nextPageToken"
        with _translated(prefix):
            yield from map(_stored, self._bucket.list_blobs(prefix=prefix, fields=fields, **PATIENCE))

    def remove(self, name: str, generation: int | None = None) -> None:
        blob = self._bucket.blob(name)
        with suppress(ObjectMissing, exceptions.PreconditionFailed), _translated(name):
            blob.delete(if_generation_match=generation, **PATIENCE)


class GcsEpisodeStore:
    """EpisodeStore on one bucket, filled from another."""

    def __init__(self, bucket: Bucket, results: Bucket) -> None:
        self._bucket = bucket
        self._results = results

    def standing(self, name: str) -> Standing | None:
        with _translated(name):
            blob = self._bucket.get_blob(name, **PATIENCE)
        if blob is None:
            return None
        # What somebody put there by hand has no generation of a script: anything is newer.
        script_generation = (blob.metadata or {}).get(SCRIPT_GENERATION, "")
        return Standing(int(blob.generation), int(script_generation) if script_generation.isdecimal() else 0)

    def publish(self, result: str, name: str, script_generation: int, over: Standing | None) -> None:
        blob = self._bucket.blob(name)
        blob.content_type = _content_type(name)
        blob.cache_control = "no-cache"  # a stable name is replaced: whoever plays it asks first
        blob.metadata = {SCRIPT_GENERATION: str(script_generation)}
        seen = over.generation if over else ABSENT
        if not _unless_taken(result, lambda: _rewrite(self._results.blob(result), blob, seen)):
            raise TryLater(f"{name} was replaced meanwhile")


def _stored(blob: Blob) -> Stored:
    created = blob.time_created.astimezone(UTC)
    return Stored(blob.name, int(blob.size), int(blob.generation), created, dict(blob.metadata or {}))


def _unless_taken(name: str, write: Callable[[], object]) -> bool:
    """Write, and say whether the precondition held."""
    with _translated(name):
        try:
            write()
        except exceptions.PreconditionFailed:
            return False
        except exceptions.Forbidden as error:
            # Who may create, but not replace, may be told that instead: that permission is asked for only
            # where the name is taken ("IAM permissions for JSON methods"). Not tried on a real bucket.
            if MAY_NOT_REPLACE in _answer(error):
                return False
            raise
        return True


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Say in the words of the ports what the client library raises."""
    try:
        yield
    except exceptions.NotFound as error:
        if "bucket does not exist" in str(error):
            raise DestinationRefused(_reason(error)) from error
        raise ObjectMissing(name) from error
    except exceptions.Forbidden as error:
        if any(f'"{reason}"' in _answer(error) for reason in TOO_FAST):
            raise TryLater(f"Cloud Storage, at {name}: {error}") from error
        raise DestinationRefused(_reason(error)) from error
    except TRANSIENT as error:
        raise TryLater(f"Cloud Storage, at {name}: {error}") from error


def _answer(error: exceptions.GoogleAPICallError) -> str:
    return error.response.text if error.response is not None else ""


def _reason(error: exceptions.GoogleAPICallError) -> str:
    """Return what Google says is wrong, without the request that it was."""
    try:
        return str(json.loads(_answer(error))["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.message)


def _upload(blob: Blob, chunks: Iterable[bytes], generation: int, chunk_size: int) -> None:
    """Store chunks in one request, if they are few; else in as many as there are of this size."""
    options = {"content_type": _content_type(blob.name), "if_generation_match": generation} | PATIENCE
    coming = iter(chunks)
    beginning = bytearray()
    for chunk in coming:
        beginning += chunk
        if len(beginning) > chunk_size:
            break
    else:
        blob.upload_from_string(bytes(beginning), **options)
        return
    # Left by an exception, the stream gives the upload up, and nothing of it is ever visible.
    try:
        with blob.open("wb", chunk_size=chunk_size, **options) as stream:
            stream.write(beginning)
            for chunk in coming:
                stream.write(chunk)
    except InvalidResponse as error:  # the one call that the library does not translate (3.17)
        raise exceptions.from_http_response(error.response) from error


def _rewrite(source: Blob, target: Blob, generation: int) -> None:
    # One call where both lie in one place; a large object that moves takes several, each resumed by a token.
    token, _, _ = target.rewrite(source, if_generation_match=generation, **PATIENCE)
    while token is not None:
        token, _, _ = target.rewrite(source, token=token, if_generation_match=generation, **PATIENCE)


def _inflated(data: bytes, at_most: int) -> bytes:
    """What gzip holds (`gsutil cp -z` uploads so), without ever inflating more than was asked for."""
    if not data.startswith(GZIP):
        return data
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, at_most)
    except zlib.error:
        return data  # it only begins like gzip


def _content_type(name: str) -> str:
    return CONTENT_TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream")
