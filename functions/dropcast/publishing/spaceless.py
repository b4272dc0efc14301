"""Where scripts that put no spaces between words may be broken: between characters, but not everywhere.

Not before what closes or goes with the character before, nor behind what opens (Unicode Standard Annex 14,
classes CL, NS and OP; JIS X 4051). Words are not known: that would take a dictionary for each language.
"""

import re
import unicodedata
from collections.abc import Iterator

from dropcast.scripts import splitting

# Thai, Lao; Burmese; Khmer; Chinese and Japanese. Korean has spaces.
SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff9f"
    "\U00020000-\U0003ffff]"
)
# Small kana and marks of repetition or length; the vowels that Thai and Lao write behind a consonant.
NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーゝゞヽヾ々〻〜～ะาำๅๆฯະາຳໆຯ")
# The vowels that Thai and Lao write before it; the signs that put the next consonant below (Khmer, Burmese).
NEVER_LAST = frozenset("เแโใไເແໂໃໄ\u17d2\u1039")
CLOSING, OPENING = frozenset({"Pe", "Pf", "Po"}), frozenset({"Ps", "Pi"})


def unspaced_words(word: str) -> Iterator[str]:
    """Yield the parts of what stands between two spaces, cut wherever a line may end."""
    if word.isascii() or not SPACELESS.search(word):
        yield word
        return
    part = ""
    for character in splitting.characters(word):
        if part and _may_break(part[-1], character[0]):
            yield part
            part = ""
        part += character
    yield part


def _may_break(before: str, after: str) -> bool:
    """Say whether a line may end between two characters, of which one is of a script without spaces."""
    return (
        bool(SPACELESS.match(before) or SPACELESS.match(after))
        and not (before in NEVER_LAST or unicodedata.category(before) in OPENING)
        and not (after in NEVER_FIRST or unicodedata.category(after) in CLOSING)
    )
