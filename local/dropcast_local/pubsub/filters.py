"""Which messages a subscription wants, in the part of Pub/Sub's filter language that dropcast uses.

Terms joined by AND; a term is `attributes.key = "value"`, `hasPrefix(attributes.key, "value")` or
`attributes:key` (the key is there).
"""

import re
from collections.abc import Callable, Mapping

Attributes = Mapping[str, str]
Filter = Callable[[Attributes], bool]

_KEY = r'(?P<key>[A-Za-z_][\w-]*|"[^"\\]+")'
_VALUE = r'"(?P<value>[^"\\]*)"'
_EQUALS = re.compile(rf"\s*attributes\.{_KEY}\s*=\s*{_VALUE}\s*")
_HAS_PREFIX = re.compile(rf"\s*hasPrefix\(\s*attributes\.{_KEY}\s*,\s*{_VALUE}\s*\)\s*")
_HAS_KEY = re.compile(rf"\s*attributes:{_KEY}\s*")
_AND = re.compile(r"AND\b")


class FilterError(ValueError):
    """The filter is wrong, or right but outside what this stand-in understands."""


def parse_filter(text: str) -> Filter:
    """The predicate that a filter's text means; an empty text wants everything."""
    if not text.strip():
        return lambda _: True
    terms = list(_terms(text))
    return lambda attributes: all(term(attributes) for term in terms)


def _terms(text: str) -> list[Filter]:
    term, position = _term_at(text, 0)
    terms = [term]
    while position < len(text):
        conjunction = _AND.match(text, position)
        if conjunction is None:
            raise FilterError(f"expected AND at {position} of the filter {text!r}")
        term, position = _term_at(text, conjunction.end())
        terms.append(term)
    return terms


def _term_at(text: str, position: int) -> tuple[Filter, int]:
    for pattern, meaning in ((_EQUALS, _equals), (_HAS_PREFIX, _has_prefix), (_HAS_KEY, _has_key)):
        found = pattern.match(text, position)
        if found is not None:
            return meaning(found), found.end()
    raise FilterError(f"cannot read {text[position:]!r} in the filter {text!r}")


def _equals(found: re.Match[str]) -> Filter:
    key, value = found["key"].strip('"'), found["value"]
    return lambda attributes: attributes.get(key) == value


def _has_prefix(found: re.Match[str]) -> Filter:
    key, prefix = found["key"].strip('"'), found["value"]
    return lambda attributes: attributes.get(key, "").startswith(prefix) and key in attributes


def _has_key(found: re.Match[str]) -> Filter:
    key = found["key"].strip('"')
    return lambda attributes: key in attributes
