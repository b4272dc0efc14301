"""The words and the punctuation marks of a text, in order: what files of boundaries name.

Nothing but white space is left out: the tokens of a text, joined, are the text without its white space.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dropcast.scripts.speakable import has_speech
from dropcast.scripts.splitting import sentences
from dropcast.scripts.words import SIGNS


@dataclass(frozen=True, slots=True)
class Written:
    """A word or a punctuation mark as written, and where it begins in its text."""

    text: str
    start: int
    is_word: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as written, with the white space behind it. Its tokens begin where they do in it."""

    text: str
    tokens: tuple[Written, ...]


# Thai, Lao, Burmese, Khmer, kana, Han. Where words end there is for a dictionary to say, so that the
# character is the honest unit; Korean sets spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# What never stands alone: accents, vowel signs, joiners, marks of direction, selectors of a glyph.
_EXTENDS = (
    f"{SIGNS}\u00ad\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059"
    "\u135d-\u135f\u17b4-\u17d3\u17dd\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
)
_EMOJI = (
    "\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297"
    "\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
)
_DRESS = "\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"  # glyph, keycap, skin tone, regional flag

_LETTERS = rf"[^\W{_UNSPACED}](?:[^\W{_UNSPACED}]|[{_EXTENDS}])*+"
_JOINS = (
    r"(?:['’.@&·\-‐‑]|(?<=\d)[,:/٫٬](?=\d))"  # between letters or digits: don't, 3.5, a@b.c, 1,000, 10:30
)

# Possessive, and every alternative begins with a character of its own sort: linear, whatever is written.
_TOKEN = re.compile(
    rf"""(?:
        (?:https?|ftp)://[!-~]*[0-9A-Za-z/]                        # an address, without the stop behind it
      | (?:[^\W\d_{_UNSPACED}]\.){{2,}}+(?!\w)                     # U.S.
      | (?:(?<!\w)[-+−])?(?:[$€£¥₩₹](?=\d))?+
        {_LETTERS}(?:{_JOINS}{_LETTERS})*+[%‰°]?+
      | [\U0001f1e6-\U0001f1ff]{{2}}                               # a flag
      | [{_EMOJI}][{_DRESS}]*+(?:\u200d[{_EMOJI}][{_DRESS}]*+)*+
      | [^\W_]                                                     # a character of an unspaced script
      | (\S)\1*+                                                   # marks: "...", "—"
    )[{_EXTENDS}]*+""",
    re.VERBOSE,
)


def tokens_of(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text with their tokens; a line end ends a sentence, whatever stands there."""
    found = ((sentence, tuple(tokens_in(sentence))) for sentence in sentences(text))
    return tuple(Sentence(sentence, tokens) for sentence, tokens in found if tokens)


def tokens_in(text: str) -> Iterator[Written]:
    """Yield the tokens of a text."""
    for found in _TOKEN.finditer(text):
        token = found[0]
        yield Written(token, found.start(), has_speech(token))
