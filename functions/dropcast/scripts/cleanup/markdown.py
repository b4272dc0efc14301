"""Markdown inside a line: the marks go, the words stay."""

import re

from dropcast.scripts.words import WORD_ENDS, WORD_STARTS

FENCE = re.compile(r"^[ \t]{0,3}(?:`{3,}|~{3,})[\w+#.-]*[ \t]*(?:\n|\Z)", re.MULTILINE)
CODE = re.compile(rf"{WORD_STARTS}(?<!`)(`++)([^`\n]++)\1(?!`)")

DESTINATION = r"[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)*+"
TITLE = r"""(?:[ \t]++(?:"[^"\n]*+"|'[^'\n]*+'))?"""
# A destination looks like one: f[x](y) is no link.
LINK = re.compile(rf"!?\[([^\[\]\n]*+)\]\(<?(?=[^()\s]*[/.#:@])({DESTINATION}){TITLE}\)")

ESCAPE = re.compile(r"(?<![\\:])\\([*_`~#\[\]>])")

# What stands first inside a span is no closing mark, nor the point of a file name (*.txt), and so on.
FIRST = r"(?![\s*./)\],;:!?»”%])"
LAST = r"(?<![\s(\[«“])"
ONE_LINE = r"\n(?![ \t]*\n)"
STRONG = re.compile(
    rf"(?<!\*)(\*{{2,3}}){FIRST}((?:[^*\n]|{ONE_LINE}|\*(?!\*))++){LAST}\1"
    rf"|(?<!~)(~~){FIRST}((?:[^~\n]|{ONE_LINE}|~(?!~))++){LAST}~~"
)
NO_NAME = r"(?!\.\w)"  # __init__.py
EMPHASIS = re.compile(
    rf"{WORD_STARTS}(?<!\*)\*{FIRST}((?:[^*\n]|{ONE_LINE})++){LAST}\*(?!\*){WORD_ENDS}"
    rf"|{WORD_STARTS}(?<!_)__(?!_){FIRST}((?:[^_\n]|{ONE_LINE}|_(?!_))++){LAST}__(?!_){WORD_ENDS}{NO_NAME}"
    rf"|{WORD_STARTS}(?<!_)_(?!_){FIRST}((?:[^_\n]|{ONE_LINE}|(?<=\w)_(?=\w))++){LAST}_(?!_){WORD_ENDS}{NO_NAME}"
)
STARTS, ENDS = re.compile(WORD_STARTS), re.compile(WORD_ENDS)


def drop_code_marks(text: str) -> str:
    """Drop the fences and ticks around code; what they hold is spoken."""
    return CODE.sub(r"\2", FENCE.sub("", text))


def say_link_texts(text: str) -> str:
    """Leave of a link its text, and of a picture its description."""
    return LINK.sub(r"\1", text)


def drop_escapes(text: str) -> str:
    """Drop the backslash before a mark."""
    return ESCAPE.sub(r"\1", text)


def drop_emphasis(text: str) -> str:
    """Drop the marks of bold, italic and struck out text."""
    text = STRONG.sub(_plain, text)
    return EMPHASIS.sub(lambda span: span[1] or span[2] or span[3], text)


def _plain(span: re.Match[str]) -> str:
    """A span without its marks; but 2**3**4, which is in the midst of a word on both sides, as it is."""
    if STARTS.match(span.string, span.start()) or ENDS.match(span.string, span.end()):
        return span[2] or span[4]
    return span[0]
