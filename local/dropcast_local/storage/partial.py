"""The `fields` parameter: only the parts of a resource that a client asked for."""

import re
from collections.abc import Iterator
from typing import Final

from dropcast_local.storage.refusals import invalid

Tree = dict[str, "Tree"]
_TOKEN: Final = re.compile(r"[^,/()\s]+|[,/()]")


def parsed(fields: str) -> Tree:
    """`a,b(c,d/e)` as a tree; an empty tree below a name means all of it."""
    tokens = [*_TOKEN.findall(fields), ")"]
    stream = iter(tokens)
    tree = _group(stream)
    if next(stream, None) is not None:
        raise invalid(f"Invalid field selection {fields}")
    return tree


def project(value: object, tree: Tree) -> object:
    """The value with only the fields of the tree."""
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [project(item, tree) for item in value]
    if isinstance(value, dict):
        return {key: project(value[key], below) for key, below in tree.items() if key in value}
    return value


def _group(tokens: Iterator[str]) -> Tree:
    root: Tree = {}
    place, last = root, root
    for token in tokens:
        match token:
            case ")":
                return root
            case ",":
                place = root
            case "/":
                place = last
            case "(":
                last.update(_group(tokens))
            case name:
                last = place.setdefault(name, {})
    raise invalid("Invalid field selection: a parenthesis is not closed")
