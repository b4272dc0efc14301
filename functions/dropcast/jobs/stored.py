"""Reading back what another release of ours may have written."""

from dataclasses import fields
from typing import TypeVar

Value = TypeVar("Value")


def known(kind: type[Value], stored: dict[str, object]) -> Value:
    """Make a value of the fields that this release knows; a newer one may have written more."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
    return kind(**{name: value for name, value in stored.items() if name in names})
