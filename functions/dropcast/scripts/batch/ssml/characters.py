"""Which characters of a document's text are said."""

import re

from dropcast.scripts.text import UNSPEAKABLE

# XML's white space, and the two that XML 1.1 reads as line ends. A no-break space is none: it belongs there.
SPACE = re.compile("[ \t\r\n\u2028]+")
NEXT_LINE = "\x85"
BYTE_ORDER_MARK = "\ufeff"


def collapsed(text: str) -> str:
    """Return text with one space for any white space, and without what no voice can be sent."""
    carried = UNSPEAKABLE.sub("", text.replace(NEXT_LINE, " ").replace(BYTE_ORDER_MARK, ""))
    return SPACE.sub(" ", carried)
