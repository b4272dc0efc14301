"""Buckets and objects as values, and as the JSON resources that clients see."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from dropcast_local.storage.refusals import invalid

JSON = Mapping[str, object]

# What a client may set on an object; everything else in its metadata is computed here, and ignored there.
EDITABLE: Final = (
    "contentType",
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "customTime",
    "metadata",
)
_LONGEST_NAME = 1024


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and the attributes its creator gave it."""

    name: str
    generation: int
    metageneration: int
    updated: int
    attributes: JSON


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The live generation of one name: all that is known of it but its bytes."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    updated: int
    size: int
    blob: str
    crc32c: str
    md5: str | None
    components: int | None
    attributes: JSON


def editable(given: JSON) -> dict[str, object]:
    """The attributes of a client's metadata that it may set."""
    return {key: _checked(key, given[key]) for key in EDITABLE if given.get(key) is not None}


def patched(attributes: JSON, changes: JSON) -> dict[str, object]:
    """The attributes with some changed: null takes one away, and metadata is changed key by key."""
    known, new = attributes.get("metadata"), changes.get("metadata")
    both = {**known, **new} if isinstance(known, dict) and isinstance(new, dict) else new
    return editable({**attributes, **changes, **({"metadata": both} if "metadata" in changes else {})})


def _checked(key: str, value: object) -> object:
    if key == "metadata":
        if not isinstance(value, dict):
            raise invalid("metadata must be an object of strings")
        return {name: str(text) for name, text in value.items() if text is not None}
    # They become headers, where a line break would begin another.
    if not isinstance(value, str) or not value.isprintable():
        raise invalid(f"Invalid value for {key}: {value!r}")
    return value


def checked_name(name: object) -> str:
    """The name, if Cloud Storage would take it for an object."""
    if not isinstance(name, str) or not name:
        raise invalid("Required: the name of the object")
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise invalid("Object names must be valid UTF-8.") from error
    if size > _LONGEST_NAME:
        raise invalid(f"The specified object name is {size} bytes long; the maximum is {_LONGEST_NAME}.")
    if name in (".", "..") or "\r" in name or "\n" in name or name.startswith(".well-known/acme-challenge/"):
        raise invalid(f"Invalid object name: {name!r}")
    return name


def timestamp(microseconds: int) -> str:
    """RFC 3339, to the millisecond, as Cloud Storage writes it."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def etag(generation: int, metageneration: int) -> str:
    """Changes whenever the object or its metadata does."""
    return base64.b64encode(f"{generation}/{metageneration}".encode()).decode()


def object_resource(stored: StoredObject, base: str) -> dict[str, object]:
    """The storage#object resource, its links under the address by which the client came."""
    path = f"storage/v1/b/{stored.bucket}/o/{quote(stored.name, safe='')}"
    created = timestamp(stored.generation)
    resource: dict[str, object] = {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": f"{base}/{path}",
        "mediaLink": f"{base}/download/{path}?generation={stored.generation}&alt=media",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": str(stored.generation),
        "metageneration": str(stored.metageneration),
        "storageClass": "STANDARD",
        "size": str(stored.size),
        "crc32c": stored.crc32c,
        "etag": etag(stored.generation, stored.metageneration),
        "timeCreated": created,
        "updated": timestamp(stored.updated),
        "timeStorageClassUpdated": created,
        "timeFinalized": created,
        **stored.attributes,
    }
    if stored.md5 is not None:
        resource["md5Hash"] = stored.md5
    if stored.components is not None:
        resource["componentCount"] = stored.components
    return resource


def bucket_resource(bucket: Bucket, base: str) -> dict[str, object]:
    """The storage#bucket resource."""
    return {
        "location": "US",
        "locationType": "multi-region",
        "storageClass": "STANDARD",
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
        **bucket.attributes,
        "kind": "storage#bucket",
        "id": bucket.name,
        "selfLink": f"{base}/storage/v1/b/{bucket.name}",
        "name": bucket.name,
        "projectNumber": "0",
        "generation": str(bucket.generation),
        "metageneration": str(bucket.metageneration),
        "etag": etag(bucket.generation, bucket.metageneration),
        "timeCreated": timestamp(bucket.generation),
        "updated": timestamp(bucket.updated),
    }
