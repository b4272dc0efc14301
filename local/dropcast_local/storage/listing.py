"""A page of a bucket's names: in the order of their UTF-8, folded at a delimiter, continued by a token."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dropcast_local.storage.index import Index
from dropcast_local.storage.preconditions import number
from dropcast_local.storage.refusals import invalid
from dropcast_local.storage.resources import StoredObject

_LARGEST_PAGE: Final = 1000
# Greater than every name: no name of 1,024 bytes has room for more of the last character than 256.
_END: Final = "\U0010ffff" * 257
_UNSUPPORTED: Final = ("matchGlob", "softDeleted", "filter")


@dataclass(frozen=True, slots=True)
class Query:
    """Which names are wanted: from `start`, before `end`, all of them beginning with `prefix`."""

    bucket: str
    prefix: str
    delimiter: str
    start: str
    end: str
    limit: int


@dataclass(frozen=True, slots=True)
class Page:
    """Objects and folded prefixes, and where the next page starts, if there may be one."""

    items: list[StoredObject]
    prefixes: list[str]
    next_start: str | None


def query_of(bucket: str, given: Mapping[str, str]) -> Query:
    """The query in a request's parameters; what would be answered wrongly is refused."""
    for name in _UNSUPPORTED:
        if given.get(name, "false") != "false":
            raise invalid(f"{name} is not supported by this stand-in")
    prefix = given.get("prefix", "")
    start = max(prefix, given.get("startOffset", ""), _start(given.get("pageToken", "")))
    return Query(
        bucket,
        prefix,
        given.get("delimiter", ""),
        start,
        min(_after_prefix(prefix), given.get("endOffset") or _END),
        page_size(given),
    )


def page(index: Index, query: Query) -> Page:
    """At most `limit` items and prefixes together."""
    items: list[StoredObject] = []
    prefixes: list[str] = []
    start = query.start
    while len(items) + len(prefixes) < query.limit:
        run, folded = _run(index, query, start, query.limit - len(items) - len(prefixes))
        items += run
        if folded is None:
            break
        prefixes.append(folded)
        start = _after_prefix(folded)
    return Page(items, prefixes, _continuation(index, query, items, prefixes))


def page_size(given: Mapping[str, str]) -> int:
    """How many results the client wants at most."""
    wanted = number(given, "maxResults")
    if wanted is not None and wanted < 0:
        raise invalid(f"Invalid maxResults: {wanted}")
    return min(wanted or _LARGEST_PAGE, _LARGEST_PAGE)


def token(next_start: str) -> str:
    """A page token that says where the next page starts."""
    return base64.urlsafe_b64encode(next_start.encode()).decode()


def _run(index: Index, query: Query, start: str, limit: int) -> tuple[list[StoredObject], str | None]:
    """Objects up to the first that folds into a prefix, and that prefix."""
    run: list[StoredObject] = []
    for stored in index.objects(query.bucket, start, query.end, limit):
        if query.delimiter:
            cut = stored.name.find(query.delimiter, len(query.prefix))
            if cut >= 0:
                return run, stored.name[: cut + len(query.delimiter)]
        run.append(stored)
    return run, None


def _continuation(index: Index, query: Query, items: list[StoredObject], prefixes: list[str]) -> str | None:
    last_item = items[-1].name if items else ""
    last_prefix = prefixes[-1] if prefixes else ""
    start = f"{last_item}\0" if last_item > last_prefix else _after_prefix(last_prefix)
    full = len(items) + len(prefixes) == query.limit
    # A page that happens to end with the last name needs no successor, which would cost a request.
    return start if full and any(index.objects(query.bucket, start, query.end, 1)) else None


def _start(page_token: str) -> str:
    try:
        return base64.b64decode(page_token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise invalid(f"Invalid pageToken: {page_token!r}") from error


def _after_prefix(prefix: str) -> str:
    """The least string greater than all that begin with the prefix."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return _END
    following = ord(kept[-1]) + 1
    # Surrogates are no characters: what follows U+D7FF is U+E000.
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)
