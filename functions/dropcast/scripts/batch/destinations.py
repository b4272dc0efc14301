"""Where a request wants its results besides, and whether its operator allows that."""

import re

from dropcast.scripts.batch.members import Members
from dropcast.scripts.batch.request import Allowed, Destination

# Bucket names as Cloud Storage allows them, and names without what would lead out of a folder.
FOLDER = re.compile(r"(gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(?:/(.*))?", re.DOTALL)
UNFIT = re.compile(r"[\x00-\x1f\x7f\\?#*\[\]]|(?:^|/)\.{0,2}(?=/|$)")
LONGEST_FOLDER = 900  # bytes: of the 1,024 of an object's name, what ids and names of files leave

RIGHT = "a folder in Cloud Storage, gs://bucket/prefix, that the operator of this service has allowed"


def read_destination(properties: Members, allowed: Allowed) -> Destination | None:
    """Return a destination that is allowed, or None; a path says nothing without one."""
    path = properties.text("destinationPath") or ""
    url = (properties.text("destinationContainerUrl") or "").strip()
    if not url:
        return None
    folder = _folder(url)
    if folder is None or not _is_allowed(folder, allowed):
        # What stands behind "?" is the signature of a container of Azure's, which nobody else shall read.
        properties.wrong("destinationContainerUrl", RIGHT, url.partition("?")[0] + "?…" * ("?" in url))
        return None
    return _with_path(properties, folder, path.strip().strip("/"))


def _with_path(properties: Members, folder: str, path: str) -> Destination | None:
    if path and not _is_fit(path):
        properties.wrong("destinationPath", 'a folder such as "books/first", without "..", "*", "?" or "#"')
    elif len(f"{folder}/{path}".encode()) > LONGEST_FOLDER:
        properties.error(
            "destinationPath", f"Destination and path have more than {LONGEST_FOLDER} bytes together."
        )
    else:
        return Destination(folder, path)
    return None


def _folder(url: str) -> str | None:
    """Return a folder of Cloud Storage without slashes behind, or None if a URL is none."""
    found = FOLDER.fullmatch(url.rstrip("/"))
    if found is None or (found[2] and not _is_fit(found[2])):
        return None
    return found[0]


def _is_fit(path: str) -> bool:
    return not UNFIT.search(path)


def _is_allowed(folder: str, allowed: Allowed) -> bool:
    # An entry that is no folder, such as "gs://" alone, allows nothing.
    folders = filter(None, map(_folder, allowed.destinations))
    return any(folder == own or folder.startswith(f"{own}/") for own in folders)
