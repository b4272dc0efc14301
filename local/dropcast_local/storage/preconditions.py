"""Generation and metageneration preconditions: the only locks Cloud Storage has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from dropcast_local.storage.refusals import invalid, not_modified, precondition_failed


class Versioned(Protocol):
    """What a precondition can be asked of."""

    @property
    def generation(self) -> int: ...

    @property
    def metageneration(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What must hold of the live object; generation 0 is a name that is not taken."""

    generation: int | None = None
    generation_not: int | None = None
    metageneration: int | None = None
    metageneration_not: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], prefix: str = "if") -> Self:
        """Those in a query; `ifSource` is the prefix of a copy's source."""
        return cls(
            number(query, f"{prefix}GenerationMatch"),
            number(query, f"{prefix}GenerationNotMatch"),
            number(query, f"{prefix}MetagenerationMatch"),
            number(query, f"{prefix}MetagenerationNotMatch"),
        )

    def check_write(self, live: Versioned | None) -> None:
        """Raise 412 unless all hold."""
        if not self._matches(live) or self._is_excluded(live):
            raise precondition_failed()

    def check_read(self, live: Versioned) -> None:
        """Raise 412 unless it is the version wanted, 304 where it is the version the reader has."""
        if not self._matches(live):
            raise precondition_failed()
        if self._is_excluded(live):
            raise not_modified()

    def _matches(self, live: Versioned | None) -> bool:
        generation, metageneration = _versions(live)
        return self.generation in (None, generation) and self.metageneration in (None, metageneration)

    def _is_excluded(self, live: Versioned | None) -> bool:
        generation, metageneration = _versions(live)
        return self.generation_not == generation or self.metageneration_not == metageneration


def number(query: Mapping[str, str], name: str) -> int | None:
    """The whole number a query gives under a name, if it gives one."""
    given = query.get(name)
    if given is None:
        return None
    try:
        return int(given)
    except ValueError as error:
        raise invalid(f"Invalid value for {name}: {given!r}") from error


def _versions(live: Versioned | None) -> tuple[int, int]:
    return (0, 0) if live is None else (live.generation, live.metageneration)
