"""What the voice is given of a text; captions keep the text as it was written.

Each rule has a name by which it can be left out. Numbers, abbreviations, dates, money and units are the
speech service's business: no rule touches them. Nor does any rule put in words, which would have to be in
the listener's language: of a URL its host is said, since "h-t-t-p-s colon slash slash" and what follows the
host are what listeners complain of (joelpurra/talkie#35, rozbb/readtomyshoe#39, acomminos/Plumble#88).
"""

from collections.abc import Callable
from dataclasses import dataclass

from dropcast.scripts.cleanup.addresses import say_hosts, say_mail_addresses
from dropcast.scripts.cleanup.blocks import (
    drop_bullets,
    drop_dividers,
    drop_heading_marks,
    drop_quotation_marks,
    say_tables,
)
from dropcast.scripts.cleanup.characters import (
    calm_punctuation,
    drop_emoji,
    drop_footnote_marks,
    drop_invisible,
)
from dropcast.scripts.cleanup.directions import drop_directions
from dropcast.scripts.cleanup.hypertext import decode_entities, drop_tags
from dropcast.scripts.cleanup.markdown import drop_code_marks, drop_emphasis, drop_escapes, say_link_texts

MOST_PASSES = 10  # what one rule uncovers another cleans; nobody nests marks deeper than this


@dataclass(frozen=True, slots=True)
class Rule:
    """One sort of thing that is cleaned up, by its name."""

    name: str
    apply: Callable[[str], str]


# In this order: what others hide in first, what is inside a line before whole lines.
RULES = (
    Rule("entities", decode_entities),
    Rule("spaces", drop_invisible),
    Rule("tags", drop_tags),
    Rule("code", drop_code_marks),
    Rule("escapes", drop_escapes),
    Rule("links", say_link_texts),
    Rule("urls", say_hosts),
    Rule("emails", say_mail_addresses),
    Rule("footnotes", drop_footnote_marks),
    Rule("directions", drop_directions),
    Rule("emphasis", drop_emphasis),
    Rule("emoji", drop_emoji),
    Rule("tables", say_tables),
    Rule("dividers", drop_dividers),
    Rule("quotations", drop_quotation_marks),
    Rule("headings", drop_heading_marks),
    Rule("bullets", drop_bullets),
    Rule("punctuation", calm_punctuation),
)
ALL = frozenset(rule.name for rule in RULES)


def speakable(text: str, rules: frozenset[str] = ALL) -> str:
    """Return what the voice is given of a text, "" if nothing in it could be spoken.

    Ordinary prose comes back as it is, and so does what this function returned. Only marks that nest deeper
    than any person writes may be left.
    """
    if unknown := rules - ALL:
        raise ValueError(f"no rule of the clean-up is called {', '.join(sorted(unknown))}")
    chosen = [rule.apply for rule in RULES if rule.name in rules]
    for _ in range(MOST_PASSES):
        before = text
        for apply in chosen:
            text = apply(text)
        text = text.strip()
        if text == before:
            break
    return text if has_speech(text) else ""


def has_speech(text: str) -> bool:
    """Say whether anything in a text could be spoken: any letter or digit of any script."""
    return any(map(str.isalnum, text))
