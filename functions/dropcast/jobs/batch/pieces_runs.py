"""From a run of a document to what its voice can do with it; what it cannot is noted and left out."""

import re
from collections.abc import Iterator

from dropcast.jobs.batch.pieces_parts import PLAIN, Bit, Manner, Notes, Pause
from dropcast.jobs.batch.pieces_ssml import LONGEST_ELEMENT, escaped, phoneme_element, say_as_element
from dropcast.jobs.batch.pieces_text import spelled
from dropcast.scripts.batch.document import NATURAL, Phoneme, Prosody, Run, SayAs
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.speakable import has_speech
from dropcast.voices.catalog import Voice

# 'Studio voices support SSML, except for <mark>, <emphasis>, <prosody pitch>, and <lang>': Google's page of
# voice types, read in a stored copy, 2026-11. Marks and pitch are cells of voices/families.py.
WITHOUT_EMPHASIS_AND_LANGUAGE = frozenset({"Studio"})

# Ranges of the request's options; prosody in SSML is kept to them too, since nobody documents its own.
RATES, PITCHES, GAINS = (0.25, 2.0), (-20.0, 20.0), (-96.0, 16.0)

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
SILENT_BYTES_PER_SECOND = 15  # near what people speak: 15 Latin letters, 5 Chinese characters


def bits_of(run: Run, voice: Voice, notes: Notes) -> Iterator[Bit | Pause]:
    """Yield what a run comes to: bits whose texts, joined, are its text; a pause where it is silent."""
    if run.prosody.silent:
        yield from _silent(run.text, notes)
        return
    manner = manner_of(run, voice, notes)
    whole = _whole(run, voice, manner, notes)
    if whole is None:
        yield Bit(run.text, run.text, manner)
        return
    # White space at the edges is nobody's: only so do sentences end before an element, and not in it.
    start = len(run.text) - len(run.text.lstrip())
    end = len(run.text.rstrip())
    if 0 < start < end:
        yield Bit(run.text[:start], run.text[:start], manner)
    yield whole
    if start < end < len(run.text):
        yield Bit(run.text[end:], run.text[end:], manner)


def manner_of(run: Run, voice: Voice, notes: Notes) -> Manner:
    """Return how a voice can speak a run."""
    if run.prosody is NATURAL and run.emphasis is None and run.language is None:
        return PLAIN
    family = voice.family
    prosody = _prosody(run.prosody, voice, notes)
    emphasis, language = run.emphasis, _language(run, voice, notes)
    if (emphasis or language) and (not family.ssml or family.name in WITHOUT_EMPHASIS_AND_LANGUAGE):
        for name in filter(None, (emphasis and "Emphasis", language and f"The language {language}")):
            notes.add(f"{name} was left out: {family.name} voices speak in their own way.")
        emphasis = language = None
    return Manner(prosody, emphasis, language)


def _prosody(wanted: Prosody, voice: Voice, notes: Notes) -> Prosody:
    family = voice.family
    rate, pitch, gain = round(wanted.rate, 4), round(wanted.pitch_semitones, 2), round(wanted.volume_db, 2)
    if rate != 1 and not family.speaking_rate:
        notes.add(f"The rate was left out: {family.name} voices have their own.")
        rate = 1.0
    if pitch and not family.pitch:
        notes.add(f"The pitch was left out: {family.name} voices have their own.")
        pitch = 0.0
    if gain and not family.volume_gain:
        notes.add(f"The volume was left out: {family.name} voices have their own.")
        gain = 0.0
    return Prosody(_limited(rate, RATES), _limited(pitch, PITCHES), _limited(gain, GAINS))


def _limited(value: float, limits: tuple[float, float]) -> float:
    least, most = limits
    return min(max(value, least), most)


def _language(run: Run, voice: Voice, notes: Notes) -> str | None:
    language = run.language
    if language is None or language.lower() == voice.language_code.lower():
        return None
    if not LANGUAGE.fullmatch(language):
        notes.add(f"The language {language[:40]} was left out: it is no language code.")
        return None
    return language


def _silent(text: str, notes: Notes) -> Iterator[Bit | Pause]:
    """A clip without sound would be taken for a broken one, so silence is a pause of the likely length."""
    yield Bit(text, "")
    if seconds := len(text.strip().encode("utf-8", "surrogatepass")) / SILENT_BYTES_PER_SECOND:
        notes.add("Silent text is a pause, about as long as the text would take.")
        yield Pause(round(1000 * seconds))


def _whole(run: Run, voice: Voice, manner: Manner, notes: Notes) -> Bit | None:
    """Return the bit of a run that is said otherwise than written, if it is."""
    text = run.text.strip()
    if run.phoneme and (bit := _sounded(text, run.phoneme, voice, manner, notes)):
        return bit
    if run.alias is not None:
        return Bit(text, run.alias.strip(), manner) if run.alias.strip() != text else None
    if run.say_as:
        return _said_as(text, run.say_as, voice, manner, notes)
    return None


def _sounded(text: str, phoneme: Phoneme, voice: Voice, manner: Manner, notes: Notes) -> Bit | None:
    element = phoneme_element(phoneme)
    is_word = has_speech(text) and has_speech(phoneme.sounds)
    if not is_word or len((element + escaped(text)).encode()) > LONGEST_ELEMENT:
        notes.add("A <phoneme> was left out: it does not give the sounds of a word.")
    elif voice.family.ssml:
        return Bit(text, text, manner, element)
    elif voice.family.custom_pronunciations:
        return Bit(text, text, manner, sound=Pronunciation(text, phoneme.alphabet, phoneme.sounds.strip()))
    else:
        notes.add(f"A <phoneme> was left out: {voice.family.name} voices take no sounds.")
    return None


def _said_as(text: str, say_as: SayAs, voice: Voice, manner: Manner, notes: Notes) -> Bit | None:
    if voice.family.ssml and (element := say_as_element(say_as)):
        return Bit(text, text, manner, element)
    if not voice.family.ssml and (letters := spelled(text, say_as)):
        return Bit(text, letters, manner) if letters != text else None
    kind, family = say_as.interpret_as[:40], voice.family.name
    notes.add(f'<say-as interpret-as="{kind}"> was left out: {family} voices read it as they read any text.')
    return None
