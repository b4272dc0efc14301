"""A lexicon applied to a request: what its voice is to say, and how."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dropcast.scripts.pronunciations import Pronunciation, lexicon_of, sounds_in, with_aliases
from dropcast.voices.request import SpeechRequest

PAUSE = re.compile(r"(\[pause(?: short| long)?\])")  # in markup; no word of the text
DOT_ABOVE = "\u0307"  # which a Turkish capital i leaves behind when it is folded


def pronounced(request: SpeechRequest, lexicon: Sequence[Pronunciation]) -> SpeechRequest:
    """Return a request with what a lexicon says of its words, and of nothing else.

    So a request without a phrase of the lexicon is the same as before, digest and clip too. Who writes SSML
    says there how words sound: it is left as it is.
    """
    if request.kind == "ssml":
        return request
    if not _within(request.content, lexicon):  # told quickly: most lines of a long script hold none
        return replace(request, pronunciations=())
    pieces = PAUSE.split(request.content) if request.kind == "markup" else [request.content]
    for place in range(0, len(pieces), 2):
        pieces[place] = with_aliases(pieces[place], lexicon)
    sounds = {entry for piece in pieces[::2] for entry in sounds_in(piece, lexicon)}
    return replace(request, content="".join(pieces), pronunciations=tuple(sorted(sounds)))


def with_precedence(
    first: Iterable[Pronunciation], second: Iterable[Pronunciation]
) -> tuple[Pronunciation, ...]:
    """Return one lexicon of two, of which the first counts wherever both have something to say of a word."""
    first = tuple(first)
    whatever_case = {_folded(entry.phrase) for entry in first if not entry.match_case}
    return lexicon_of(first, (entry for entry in second if _folded(entry.phrase) not in whatever_case))


def relevant_to(text: str, lexicon: Sequence[Pronunciation]) -> list[Pronunciation]:
    """Return the entries of a lexicon that can matter to a text: to its words, or to its aliases' words.

    What is looked for at whole words is compiled anew for every lexicon, and a thousand entries take two
    seconds: too much where each line brings entries of its own.
    """
    aliases = (entry.pronunciation for entry in _within(text, lexicon) if entry.is_alias)
    return _within("\n".join((text, *aliases)), lexicon)


def _within(text: str, lexicon: Sequence[Pronunciation]) -> list[Pronunciation]:
    """Return the entries whose phrase stands somewhere in a text, be it within a word."""
    folded = _folded(text)
    return [
        entry
        for entry in lexicon
        if (entry.phrase in text if entry.match_case else _folded(entry.phrase) in folded)
    ]


def _folded(text: str) -> str:
    """Make equal whatever an expression that leaves case aside takes for equal."""
    return text.upper().casefold().replace(DOT_ABOVE, "")
