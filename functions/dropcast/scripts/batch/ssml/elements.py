"""What each element changes about how its text is said; what it asks for in vain becomes a note."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from dropcast.scripts.batch.document import Phoneme, SayAs
from dropcast.scripts.batch.prosody import guesses_pitch, resolved
from dropcast.scripts.batch.ssml.characters import collapsed
from dropcast.scripts.batch.ssml.context import Context, Emphasis, Unit
from dropcast.scripts.batch.ssml.notes import Notes, quoted
from dropcast.scripts.text import language_tag

Attributes = Mapping[str, str]

EMPHASES: Mapping[str, Emphasis | None] = {
    "reduced": "reduced",
    "none": None,
    "moderate": "moderate",
    "strong": "strong",
}
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")

NUMBERS = frozenset(("cardinal", "number", "ordinal", "number_digit", "fraction"))
MEASURES = frozenset(("date", "time", "duration", "telephone", "currency"))
SAID_AS = NUMBERS | MEASURES | {"characters", "spell-out", "address", "name"}
FORMATS = {
    "date": frozenset(("dmy", "mdy", "ymd", "ydm", "ym", "my", "md", "dm", "d", "m", "y")),
    "time": frozenset(("hms12", "hms24")),
    "duration": frozenset(("hms", "hm", "ms")),
}
ALPHABETS: Mapping[str, Literal["ipa", "x-sampa"]] = {"ipa": "ipa", "x-sampa": "x-sampa"}

# What Google's voices cannot do, or what is not looked at (a document must not make us fetch anything).
LEFT_OUT = {
    "speak": "A <speak> inside <speak> was left out; its text is spoken.",
    "lexicon": "<lexicon> was left out: no lexicons are fetched. Use <sub> or <phoneme>.",
    "audio": "<audio> was left out: no recordings are fetched. Text inside it is spoken instead.",
    "audioduration": "<mstts:audioduration> was left out: the voice keeps its own time.",
    "backgroundaudio": "<mstts:backgroundaudio> was left out: no recordings are fetched.",
    "ttsembedding": "<mstts:ttsembedding> was left out: there are no personal voices. Its text is spoken.",
    "dialog": "<mstts:dialog> was left out: a voice is one speaker. Its text is spoken.",
    "turn": "<mstts:turn> was left out: a voice is one speaker. Its text is spoken.",
    "math": "<math> was left out: its signs are spoken one by one, not read as a formula.",
    "prompt": "<mstts:prompt> was left out: its text is spoken as it is written.",
    "mathspeechverbosity": "<mstts:mathspeechverbosity> was left out: formulas are not read as such.",
    "voiceconversion": "<mstts:voiceconversion> was left out: no recordings are fetched.",
}
SILENT = frozenset(("bookmark", "viseme"))  # no trace of them is in batch results, with Azure neither
STRUCTURE = frozenset(("p", "s"))


def inside(element: str, attributes: Attributes, outer: Context, notes: Notes) -> Context:
    """Return how text inside an element is said."""
    if changed := CHANGES.get(element):
        return changed(attributes, outer, notes)
    if element not in SILENT | STRUCTURE:
        unknown = f"<{quoted(element)}> is not known and was left out; text inside it is spoken."
        notes.add(LEFT_OUT.get(element, unknown))
    return outer


def _prosody(attributes: Attributes, outer: Context, notes: Notes) -> Context:
    rate, pitch, volume = (attributes.get(name) for name in ("rate", "pitch", "volume"))
    for name in ("contour", "range"):
        if name in attributes:
            notes.add(f"The {name} of <prosody> was left out: only rate, pitch and volume are followed.")
    if guesses_pitch(pitch):
        notes.add("A pitch of <prosody> in Hz was taken against a typical voice's; % and st are exact.")
    return replace(outer, prosody=resolved(outer.prosody, rate, pitch, volume))


def _emphasis(attributes: Attributes, outer: Context, _notes: Notes) -> Context:
    level = attributes.get("level", "").strip().lower()
    return replace(outer, emphasis=EMPHASES.get(level, "moderate"))


def _language(attributes: Attributes, outer: Context, notes: Notes) -> Context:
    language = attributes.get("lang", "").strip()
    if not LANGUAGE.fullmatch(language):
        notes.add('A <lang> without a language such as xml:lang="de-DE" was left out; its text is spoken.')
        return outer
    return replace(outer, language=language_tag(language))


def _express_as(attributes: Attributes, outer: Context, notes: Notes) -> Context:
    style = quoted(attributes.get("style", "").strip())
    named = f' style="{style}"' if style else ""
    notes.add(f"<mstts:express-as{named}> was left out: no styles, no roles. Its text is spoken.")
    return outer


def _sub(attributes: Attributes, outer: Context, notes: Notes) -> Context:
    alias = collapsed(attributes.get("alias", "")).strip()
    if not alias:
        notes.add("A <sub> without an alias was left out; its text is spoken.")
        return outer
    return replace(outer, unit=Unit("sub", alias=alias))


def _say_as(attributes: Attributes, outer: Context, notes: Notes) -> Context:
    kind = attributes.get("interpret-as", "").strip().lower()
    if kind not in SAID_AS:
        notes.add(
            f'<say-as interpret-as="{quoted(kind)}"> is not known and was left out; its text is spoken.'
        )
        return outer
    written = collapsed(attributes.get("format", "")).strip().lower()
    if written and written not in FORMATS.get(kind, {written}):
        notes.add(f'The format "{quoted(written)}" of <say-as interpret-as="{kind}"> is not known; left out.')
        written = ""
    detail = collapsed(attributes.get("detail", "")).strip()
    return replace(outer, unit=Unit("say-as", say_as=SayAs(kind, written or None, detail or None)))


def _phoneme(attributes: Attributes, outer: Context, notes: Notes) -> Context:
    written = attributes.get("alphabet", "ipa").strip().lower()
    alphabet = ALPHABETS.get(written)
    sounds = collapsed(attributes.get("ph", "")).strip()
    if alphabet and sounds:
        return replace(outer, unit=Unit("phoneme", phoneme=Phoneme(alphabet, sounds)))
    named = f'<phoneme alphabet="{quoted(written)}">' if sounds else "A <phoneme> without sounds (ph)"
    notes.add(f"{named} was left out; its text is spoken as written.")
    return outer


def _math(_attributes: Attributes, outer: Context, notes: Notes) -> Context:
    notes.add(LEFT_OUT["math"])
    return replace(outer, formula=True)


Change = Callable[[Attributes, Context, Notes], Context]
CHANGES: Mapping[str, Change] = {
    "prosody": _prosody,
    "emphasis": _emphasis,
    "lang": _language,
    "express-as": _express_as,
    "sub": _sub,
    "say-as": _say_as,
    "phoneme": _phoneme,
    "math": _math,
}
