"""How long silence is that a document asks for: <break> and <mstts:silence> (contract, section 10)."""

import re
from collections.abc import Mapping
from dataclasses import replace

from dropcast.scripts.batch.document import Silences

LONGEST_SILENCE = 20_000  # milliseconds
STRENGTHS = {"none": 0, "x-weak": 250, "weak": 500, "medium": 750, "strong": 1000, "x-strong": 1250}
DEFAULT_BREAK = STRENGTHS["medium"]

KINDS = {
    "leading": "leading",
    "leading-exact": "leading_exact",
    "tailing": "tailing",
    "tailing-exact": "tailing_exact",
    "sentenceboundary": "sentence",
    "sentenceboundary-exact": "sentence_exact",
    "comma-exact": "comma_exact",
    "semicolon-exact": "semicolon_exact",
    "enumerationcomma-exact": "enumeration_comma_exact",
}

LONGEST_TIME = 50  # characters; nobody writes a number with more
TIME = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(ms|s)", re.ASCII)


def break_milliseconds(attributes: Mapping[str, str]) -> int:
    """Return how long a break is: its time, else its strength, else a medium one."""
    time = milliseconds(attributes.get("time", ""))
    strength = attributes.get("strength", "").strip().lower()
    return STRENGTHS.get(strength, DEFAULT_BREAK) if time is None else time


def milliseconds(written: str) -> int | None:
    """Return a time such as "500ms" or "0.5s", limited to 20 s, or None if it is none."""
    if len(written) > LONGEST_TIME:
        return None
    found = TIME.fullmatch("".join(written.split()).lower())
    if not found:
        return None
    exact = float(found[1]) * (1 if found[2] == "ms" else 1000)
    return round(min(max(exact, 0), LONGEST_SILENCE))


def with_silence(silences: Silences, attributes: Mapping[str, str]) -> Silences | None:
    """Return silences with one more <mstts:silence>, or None if its type or its value is none."""
    kind = KINDS.get(attributes.get("type", "").strip().lower())
    value = milliseconds(attributes.get("value", ""))
    return None if kind is None or value is None else replace(silences, **{kind: value})


def settled(silences: Silences) -> Silences:
    """Return silences of which no two speak about the same place: the exact one wins."""
    return replace(
        silences,
        leading=None if silences.leading_exact is not None else silences.leading,
        tailing=None if silences.tailing_exact is not None else silences.tailing,
        sentence=None if silences.sentence_exact is not None else silences.sentence,
    )
