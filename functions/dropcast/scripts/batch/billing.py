"""What an input costs its owner, in characters (contract, section 9)."""

import re

from dropcast.scripts.batch.request import InputKind

# Unicode's script Han: radicals, 々, 〇, numerals, ideographs, and the two planes that are kept for them.
CHINESE = re.compile(
    "[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00016fe2\U00016fe3\U00016ff0-\U00016ff6\U00020000-\U0003fffd]+"
)
# The tags <speak> and <voice>, as lenient as SSML is read: in any case, with any prefix. What looks like one
# in a comment, a CDATA section or an instruction is none. An attribute never holds "<", so that no piece of
# a document is looked at more than once or twice.
FREE = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
    r"""|(</?(?:[^\s<>/:"'=]++:)?(?:speak|voice)(?=[\s/>])(?:[^<>"']|"[^<"]*+"|'[^<']*+')*+>)""",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)


def billed_characters(content: str, kind: InputKind) -> int:
    """Count every character, a Chinese one twice, and no tag <speak> or <voice> of SSML."""
    billed = FREE.sub(_without_tag, content) if kind == "SSML" else content
    return len(billed) + sum(len(run) for run in CHINESE.findall(billed))


def _without_tag(found: re.Match[str]) -> str:
    return "" if found[1] else found[0]
