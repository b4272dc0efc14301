"""How long words take to be said, as far as their letters tell. Only ratios matter: voices differ in pace.

Rounded from what speech synthesis needs at its usual pace of some five syllables a second.
"""

import unicodedata
from functools import lru_cache

from dropcast.jobs.batch.plan import Token

# Seconds.
VOWEL, MORE_VOWELS, CONSONANT = 0.08, 0.03, 0.06  # the first vowel of a row, each further one
DIGIT = 0.3  # 1984 is five syllables in English, 2,500 seven
SPELT_LETTER = 0.2
SIGN_WITH_A_NAME = 0.3  # per cent, dollars, plus
SHORTEST = 0.06

VOWELS = frozenset("aeiouyæøœəıаеёиоуыэюяіїєαεηιουω")
MONEY = "Sc"
NAMED = frozenset("%‰&@#§°+=")
MOST_SPELT = 5  # letters of an abbreviation such as BBC or HTML

# Where a letter is (almost) a syllable, or where vowels are not written: seconds for each letter.
BY_SCRIPT = (
    ("\u0590", "\u07ff", 0.1),  # Hebrew, Arabic
    ("\u0900", "\u0dff", 0.11),  # of India
    ("\u0e00", "\u109f", 0.09),  # Thai, Lao, Burmese
    ("\u1100", "\u11ff", 0.06),  # Korean letters
    ("\u1780", "\u17ff", 0.09),  # Khmer
    ("\u3040", "\u30ff", 0.13),  # Japanese syllables
    ("\u3400", "\u9fff", 0.21),  # Chinese characters
    ("\uac00", "\ud7af", 0.17),  # Korean syllables
    ("\uf900", "\ufaff", 0.21),
    ("\U00020000", "\U0003ffff", 0.21),
)


def is_said(token: Token) -> bool:
    """Say whether a token is spoken: a word is, and of signs those that have a name."""
    return token.is_word or any(map(_has_a_name, token.text))


def spoken_length(word: str) -> float:
    """Return about how many seconds a word takes; always more than none."""
    if _is_spelt(word):
        return SPELT_LETTER * len(word)
    seconds, after_vowel = 0.0, False
    for character in word:
        length, is_vowel = _sound_of(character)
        seconds += MORE_VOWELS if is_vowel and after_vowel else length
        after_vowel = is_vowel
    return max(seconds, SHORTEST)


def _is_spelt(word: str) -> bool:
    return (
        1 < len(word) <= MOST_SPELT
        and word.isalpha()
        and word.isupper()
        and not any(_sound_of(letter)[1] for letter in word)
    )


@lru_cache(maxsize=4096)
def _sound_of(character: str) -> tuple[float, bool]:
    """Return how long a character is by itself, and whether it is a vowel."""
    category = unicodedata.category(character)
    if character.isnumeric() and not category.startswith("L"):
        return DIGIT, False
    if _has_a_name(character):
        return SIGN_WITH_A_NAME, False
    if not category.startswith("L"):
        return 0.0, False  # accents, vowel signs, apostrophes, hyphens
    for first, last, seconds in BY_SCRIPT:
        if first <= character <= last:
            return seconds, False
    letter = unicodedata.normalize("NFD", character.lower())[0]
    return (VOWEL, True) if letter in VOWELS else (CONSONANT, False)


def _has_a_name(sign: str) -> bool:
    return sign in NAMED or unicodedata.category(sign) == MONEY
