"""Where words begin and end, in any script, as pieces of regular expressions."""

# Scripts that set no space between words, and Korean, which sets endings right behind them.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)

# Signs that belong to the letter before them and that \w leaves out: accents, points, vowel signs.
SIGNS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff"
)

# A letter of an unspaced script is never in the way: whoever writes one sets no space there.
WORD_STARTS = rf"(?:(?<![\w{SIGNS}])|(?<=[{UNSPACED}]))"
WORD_ENDS = rf"(?:(?![\w{SIGNS}])|(?=[{UNSPACED}]))"
