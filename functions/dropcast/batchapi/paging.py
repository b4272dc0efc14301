"""A page of the list, and the address of the next (contract, section 4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dropcast.batchapi.errors import bad_request

LARGEST_PAGE = 100
LARGEST = 2**31 - 1
INTEGER = re.compile(r"[+-]?[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    skip: int = 0
    size: int = LARGEST_PAGE

    def next_link(self, total: int, address: str, api_version: str) -> dict[str, str]:
        """Return the member that leads to the next page, or none on the last."""
        if self.skip + self.size >= total:
            return {}
        query = f"skip={self.skip + self.size}&maxpagesize={self.size}&api-version={api_version}"
        return {"nextLink": f"{address}?{query}"}


def read_page(parameters: Mapping[str, str]) -> Page:
    """Read which page is wanted. Raises Refused."""
    skip = _integer("skip", parameters.get("skip", "0"), 0)
    size = _integer("maxpagesize", parameters.get("maxpagesize", str(LARGEST_PAGE)), 1)
    return Page(skip, min(size, LARGEST_PAGE))


def _integer(name: str, text: str, least: int) -> int:
    if not INTEGER.fullmatch(text) or not least <= int(text) <= LARGEST:
        raise bad_request(f"The {name} {text[:40]!r} must be an integer from {least} to {LARGEST}.", name)
    return int(text)
