"""A lexicon applied to a request: what its voice is to say, and how."""

import re
from collections.abc import Sequence
from dataclasses import replace

from dropcast.scripts.pronunciations import Pronunciation, sounds_in, with_aliases
from dropcast.voices.request import SpeechRequest

PAUSE = re.compile(r"(\[pause(?: short| long)?\])")  # in markup; no word of the text


def pronounced(request: SpeechRequest, lexicon: Sequence[Pronunciation]) -> SpeechRequest:
    """Return a request with what a lexicon says of its words, and of nothing else.

    So a request without a phrase of the lexicon is the same as before, digest and clip too. Who writes SSML
    says there how words sound: it is left as it is.
    """
    if request.kind == "ssml" or not lexicon:
        return request
    pieces = PAUSE.split(request.content) if request.kind == "markup" else [request.content]
    for place in range(0, len(pieces), 2):
        pieces[place] = with_aliases(pieces[place], lexicon)
    sounds = {entry for piece in pieces[::2] for entry in sounds_in(piece, lexicon)}
    return replace(request, content="".join(pieces), pronunciations=tuple(sorted(sounds)))
