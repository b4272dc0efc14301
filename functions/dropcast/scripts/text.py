"""Text as people paste it, made fit to be spoken, shown and compared."""

import re

from dropcast.scripts.findings import Findings

UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
REMOVED = "Control characters or halves of characters, which nobody can speak, were removed."


def clean(text: str, pointer: str, findings: Findings) -> str:
    """Return text without what no voice, file or message can carry, and without space around it."""
    if UNSPEAKABLE.search(text):
        findings.warn(pointer, REMOVED)
        text = UNSPEAKABLE.sub("", text)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def clean_name(text: str, pointer: str, findings: Findings) -> str:
    """Return a name on one line, so that the same name is the same however it is spaced."""
    return " ".join(clean(text, pointer, findings).split())


def language_tag(code: str) -> str:
    """Write a language code as BCP-47 does: "fr_fr" becomes "fr-FR"."""
    language, *rest = code.replace("_", "-").split("-")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])
