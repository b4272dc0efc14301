"""How something is taken out of a text, so that no gap shows where it stood."""

import re


def removal(span: str) -> re.Pattern[str]:
    """Return the pattern of a span and the space it needed: behind it at a line's start, else before it."""
    return re.compile(rf"^(?:{span})[ \t]?|[ \t]?(?:{span})", re.MULTILINE)
