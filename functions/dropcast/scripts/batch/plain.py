"""Plain text as a document: paragraphs in one manner, and a note for what no voice here can do."""

import re
from collections.abc import Iterator

from dropcast.scripts.batch.document import NATURAL, Document, End, Item, Passage, Run
from dropcast.scripts.batch.prosody import guesses_pitch, resolved
from dropcast.scripts.batch.request import Manner
from dropcast.scripts.findings import readable

# What neither XML 1.0 nor a voice can carry, halves of characters among it, but for what ends a line.
UNSPEAKABLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
END = End("paragraph")


def plain_document(content: str, manner: Manner) -> Document:
    """Read plain text, in which every new line is a new paragraph."""
    prosody = resolved(NATURAL, manner.rate, manner.pitch, manner.volume)
    items: list[Item] = []
    for line in UNSPEAKABLE.sub("", content).splitlines():
        if paragraph := line.strip():
            items += (Run(paragraph, prosody), END)
    return Document((Passage(manner.voice, tuple(items)),), tuple(_notes(manner)))


def _notes(manner: Manner) -> Iterator[str]:
    if manner.style:
        yield f"The style '{readable(manner.style)}' was left out: Google's voices have no styles."
    if manner.style_degree is not None:
        yield f"The styleDegree {manner.style_degree:g} was left out: Google's voices have no styles."
    if manner.role:
        yield f"The role '{readable(manner.role)}' was left out: Google's voices play no roles."
    if manner.background_audio:
        # A link may be signed, and what signs it is nobody else's business.
        link = readable(manner.background_audio.partition("?")[0])
        yield f"The background audio '{link}' was left out: no recordings are fetched."
    if manner.speaker_profile_id:
        yield (
            f"The speakerProfileId '{readable(manner.speaker_profile_id)}' was left out: "
            "there are no personal voices."
        )
    if guesses_pitch(manner.pitch):
        yield "The pitch in Hz was taken against a typical voice's; % and st are exact."
