"""What is left of HTML and SSML in plain text."""

import re
from html import unescape
from html.entities import html5

# However often "&" was escaped: "&amp;amp;lt;" is "<".
ENTITY = re.compile(r"&(?:amp;)*((?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")

INLINE = """
    a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong
    sub sup tt u var wbr emphasis lang phoneme prosody say-as voice
""".split()  # noqa: SIM905  # in quotes they read worse
BLOCK = """
    article aside audio blockquote body br caption center dd details div dl dt figcaption figure footer h1 h2
    h3 h4 h5 h6 head header hr html iframe img input li main nav ol option p picture pre script section select
    source style summary svg table tbody td tfoot th thead title tr ul video break p par seq speak
""".split()  # noqa: SIM905
# Only elements that exist, and attributes only with a value: "a <b and c> d" is no tag.
ATTRIBUTE = r"""\s++[\w:-]++\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>=]++)"""
COMMENT = re.compile(r"<!--(?:[^-<]|-(?!->)|<(?!!--))*+-->")


def _tag(names: list[str]) -> re.Pattern[str]:
    return re.compile(rf"</?(?:{'|'.join(names)})(?:{ATTRIBUTE})*+\s*+/?>", re.IGNORECASE)


INLINE_TAG, BLOCK_TAG = _tag(INLINE), _tag(BLOCK)


def decode_entities(text: str) -> str:
    """Replace "&amp;" and the like by what they stand for."""
    return ENTITY.sub(_character, text)


def drop_tags(text: str) -> str:
    """Drop tags and comments; where a tag parts lines or paragraphs, a line ends."""
    return BLOCK_TAG.sub("\n", INLINE_TAG.sub("", COMMENT.sub("", text)))


def _character(entity: re.Match[str]) -> str:
    # unescape() by itself takes "&copyright;" for "©right;".
    return unescape(f"&{entity[1]}") if entity[1][0] == "#" or entity[1] in html5 else entity[0]
