"""Stage directions: what a speaker is to do, not to say."""

import re

# Every word of a direction is known here and one is telling; so brackets with anything else stay.
DOINGS = frozenset(
    """
    laughs laughing laughter laugh chuckles chuckling giggles giggling snickers sighs sighing gasps gasping
    coughs coughing sniffs sniffles sniffling sobs sobbing groans groaning grunts scoffs scoffing snorts
    yawns yawning whispers whispering shouts shouting screams screaming hums humming whistles whistling
    smiles smiling grins grinning nods nodding shrugs shrugging winks winking exhales inhales breathes
    pauses pausing pause applause clears chuckle
    lacht lachend lachen kichert schmunzelt seufzt seufzend hustet flüstert flüsternd räuspert gelächter
    applaus rires rire rit riant soupire soupir tousse chuchote chuchotant sourit applaudissements
    risas risa ríe riendo suspira tose susurra susurrando pausa aplausos
    ridendo risate sospira tossisce sussurra applausi risos rindo sussurra
    zucht gelach śmiech śmieje wzdycha skratt skrattar suckar
    смеётся смеется смех вздыхает шепчет кашляет пауза аплодисменты сміється
    笑 笑い 笑声 大笑 轻笑 苦笑 拍手 ため息 溜息 叹气 停顿 掌声 咳嗽 웃음 박수 한숨
    """.split()  # noqa: SIM905  # in quotes they read worse
)
# What "(music)" in prose may mean as well; in square brackets nobody writes prose of one such word.
SOUNDS = frozenset(
    """
    music jingle silence beat cheering cheers clapping crosstalk inaudible sfx musik musique música musica
    stille silencio музыка тишина 音楽 音乐 음악
    """.split()  # noqa: SIM905
)
MANNERS = frozenset(
    """
    a and again both all bit to in out up down under into with voice throat breath head hands
    audience crowd host guest speaker he she they himself herself themselves everyone
    long short brief soft quiet loud nervous awkward deep heavy light big small little intro outro theme
    background upbeat dramatic fade fades fading play plays playing start starts stop stops swell swells
    begin begins end ends continues leise laut kurz lang sich kurze lange laute się
    """.split()  # noqa: SIM905
)

WORDS = r"([^\W\d_][^\[\]()（）【】\n*_<>,.:;!?]{0,50})"


def _bracketed(openers: str, closers: str) -> re.Pattern[str]:
    span = rf"(\*{{1,3}}|_{{1,3}}|)[{openers}]{WORDS}[{closers}]\1"
    return re.compile(rf"^{span}(?:[.,;:]?[ \t]|$)|[ \t]?" + span.replace(r"\1", r"\3"), re.MULTILINE)


SQUARE = _bracketed(r"\[【", r"\]】")
ROUND = _bracketed("(（", ")）")
STARRED = re.compile(rf"(?<![*\w])\*{WORDS}\*(?![*\w])[ \t]?")


def drop_directions(text: str) -> str:
    """Drop "[laughs]", "(sighing)", "*chuckles softly*" and the like, and no other brackets."""
    text = SQUARE.sub(lambda span: "" if _directs(span[2] or span[4], DOINGS | SOUNDS) else span[0], text)
    text = ROUND.sub(lambda span: "" if _directs(span[2] or span[4], _telling(span)) else span[0], text)
    return STARRED.sub(
        lambda span: "" if _stands_apart(span) and _directs(span[1], DOINGS) else span[0], text
    )


def _telling(span: re.Match[str]) -> frozenset[str]:
    return DOINGS | SOUNDS if span[1] or span[3] else DOINGS  # *(music)* is no prose


def _directs(words: str, telling: frozenset[str]) -> bool:
    said = set(words.lower().split())
    return not said.isdisjoint(telling) and all(map(_is_known, said))


def _is_known(word: str) -> bool:
    return word in DOINGS or word in SOUNDS or word in MANNERS or word.endswith("ly")


def _stands_apart(span: re.Match[str]) -> bool:
    """Say whether no word comes right before, on which "she *laughs* at it" would depend."""
    before = span.string[max(0, span.start() - 3) : span.start()].rstrip(" \t")
    return not before or not before[-1].isalnum()
