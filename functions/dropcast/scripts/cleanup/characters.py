"""Single characters that nobody can speak, and marks in rows."""

import re

from dropcast.scripts.cleanup.removal import removal

# Thai, Lao, Tibetan, Burmese, Khmer and their neighbours part words with the space of no width.
PARTED_BY_NOTHING = "\u0e00-\u109f\u1780-\u17ff\u1a20-\u1aaf\ua980-\uaadf"
INVISIBLE = re.compile(
    "[\u00ad\u180e\u2060\ufeff]"
    f"|(?<![{PARTED_BY_NOTHING}])\u200b(?![{PARTED_BY_NOTHING}])"
    "|(?<=[\x00-\u024f])[\u200c\u200d]+"  # joiners mean something in Persian and Hindi, nothing in Latin
)
ODD_SPACE = re.compile("(?<!\\d)[\u2000-\u200a\u205f]|[\u2000-\u200a\u205f](?!\\d)")  # 10 000 keeps its own
LINE_END = re.compile("[\x85\u2028\u2029]")

# Not the letters and digits in circles, and not ♭ ♮ ♯, which musicians speak of.
PICTURE = (
    "\U0001f000-\U0001f0ff\U0001f170-\U0001faff\u2600-\u266c\u2670-\u2775\u2794-\u27bf"
    "\u231a\u231b\u23e9-\u23fa\u2b1b\u2b1c\u2b50\u2b55"
)
MODIFIER = "\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"
EMOJI = removal(f"(?:[{PICTURE}]|[^\\w\\s#*]\ufe0f|\u2139\ufe0f)[{PICTURE}{MODIFIER}]*")
KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")
LEFT_OVER = re.compile("[\ufe0e\ufe0f]")

FOOTNOTE = re.compile(
    r"^\[\^[^\]\s]{1,30}\]:[ \t]?|[ \t]?\[\^[^\]\s]{1,30}\]"
    # [1] behind a word or its full stop; x[1] and list[0] are something else.
    r"""|(?:(?<=[^\W\d_]{2})|(?<=[.,;:!?"”’»)…]))(?:\[[1-9]\d{0,2}(?:[,–-] ?\d{1,3}){0,9}\])+(?![\w(\[=])"""
    r"""|(?<=[.,;:!?"”’»…])[¹²³⁰-⁹]{1,3}(?!\w)"""  # behind a letter it may be a power
    r"""|(?<=[\w.,;:!?"”’»)])[†‡]+(?!\w)""",
    re.MULTILINE,
)

EXCLAMATIONS = re.compile("[!?！？؟¡¿]{2,}")
POINTS = re.compile(r"\.{4,}")
ELLIPSES = re.compile("…{3,}")  # two are the rule in Chinese
SAME_AGAIN = re.compile(r"([,，、،。])\1+")
HYPHENS = re.compile("-{3,}")
DECORATION = removal(r"(?<!\S)(?:\*{3,}|_{3,}|={3,}|~{3,}|#{3,})(?!\S)")


def drop_invisible(text: str) -> str:
    """Drop what has no width, and make odd spaces and line ends the usual ones."""
    return LINE_END.sub("\n", ODD_SPACE.sub(" ", INVISIBLE.sub("", text)))


def drop_emoji(text: str) -> str:
    """Drop emoji and pictures; of a keycap the key stays."""
    return LEFT_OVER.sub("", EMOJI.sub("", KEYCAP.sub(r"\1", text)))


def drop_footnote_marks(text: str) -> str:
    """Drop the marks that point to notes."""
    return FOOTNOTE.sub("", text)


def calm_punctuation(text: str) -> str:
    """Say each mark of a row once: "?!?!" is "?!", and more points than three are three."""
    text = EXCLAMATIONS.sub(lambda row: "".join(dict.fromkeys(row[0])), text)
    text = ELLIPSES.sub("……", POINTS.sub("...", text))
    return DECORATION.sub("", HYPHENS.sub("—", SAME_AGAIN.sub(r"\1", text)))
