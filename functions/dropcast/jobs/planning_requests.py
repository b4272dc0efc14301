"""From a line to what the speech service is asked for it, in as many requests as it takes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dropcast.scripts.conversation import NOTHING_SAID, Delivery, Kind, Line, Speaker
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.speakable import has_speech, speakable
from dropcast.scripts.splitting import LEAST_BYTES, split_text
from dropcast.voices.catalog import UnknownLanguage, Voice, resolve_language, voice_named
from dropcast.voices.families import Family, persona_of
from dropcast.voices.pronunciation import pronounced, relevant_to, with_precedence
from dropcast.voices.request import SpeechRequest, speech_request


@dataclass(frozen=True, slots=True)
class Manner:
    """What holds for every line of a script, whoever speaks it.

    The lexicon is the script's over the deployment's; `lexicon_without_sounds` is for voices that can only be
    told other words: there the deployment's sounds, which nobody who writes a script can mend, are left out.
    """

    clean_up: frozenset[str]
    lexicon: tuple[Pronunciation, ...]
    lexicon_without_sounds: tuple[Pronunciation, ...]
    effects_profile: tuple[str, ...]

    def lexicon_for(self, line: Line, text: str, family: Family) -> Sequence[Pronunciation]:
        """Return what counts for the text of a line: its own lexicon first."""
        shared = self.lexicon if family.sounds else self.lexicon_without_sounds
        if not line.pronunciations:
            return shared
        return relevant_to(text, with_precedence(line.pronunciations, shared))


def manner_of(
    clean_up: frozenset[str],
    of_script: Iterable[Pronunciation],
    of_deployment: Iterable[Pronunciation],
    effects_profile: tuple[str, ...],
) -> Manner:
    of_script, of_deployment = tuple(of_script), tuple(of_deployment)
    aliases = [entry for entry in of_deployment if entry.is_alias]
    return Manner(
        clean_up,
        with_precedence(of_script, of_deployment),
        with_precedence(of_script, aliases),
        effects_profile,
    )


def requests_for(
    line: Line, kind: Kind, speaker: Speaker, voice: Voice, manner: Manner
) -> tuple[SpeechRequest, ...]:
    """Return what is asked for a line; nothing where its text holds nothing that could be spoken.

    Raises UnknownVoice, UnknownLanguage.
    """
    request = _request(line, kind, speaker, voice, manner)
    family = voice_named(request.voice).family
    request = pronounced(request, manner.lexicon_for(line, request.content, family))
    if kind != "text":
        return (request,)
    if not has_speech(request.content):
        return ()
    return tuple(_pieces(request, family.max_bytes, family.max_bytes))


def plain_request(speaker: Speaker, voice: Voice, manner: Manner) -> SpeechRequest:
    """Return what would be asked for any line of a speaker that says nothing of itself."""
    line = Line(0, None, speaker.key, "text", "", None, None)
    return _request(line, "text", speaker, voice, manner)


def language_meant(language_code: str) -> str:
    """Return the locale that a code means; or the code, where only a voice that is named can speak it."""
    try:
        return resolve_language(language_code)
    except UnknownLanguage:
        return language_code


def _request(line: Line, kind: Kind, speaker: Speaker, voice: Voice, manner: Manner) -> SpeechRequest:
    """Ask for a line as it, or else its speaker, says. Raises UnknownVoice, UnknownLanguage."""
    said = line.delivery or NOTHING_SAID
    spoken_by = _voice(said, speaker, voice)
    language = said.language_code or (None if said.voice else speaker.delivery.language_code)
    return speech_request(
        kind=kind,
        content=speakable(line.content, manner.clean_up) if kind == "text" else line.content,
        voice=spoken_by.name,
        language_code=language_meant(language) if language else spoken_by.language_code,
        speaking_rate=_first(said.speaking_rate, speaker.delivery.speaking_rate),
        pitch=_first(said.pitch, speaker.delivery.pitch),
        volume_gain_db=_first(said.volume_gain_db, speaker.delivery.volume_gain_db),
        effects_profile=manner.effects_profile if spoken_by.family.effects_profile else (),
    )


def _voice(said: Delivery, speaker: Speaker, voice: Voice) -> Voice:
    """A line's own voice; or, for a line in another language, the same person's voice in that language.

    A voice that the script names is kept: that it does not speak the language is for objections to say.
    """
    if said.voice:
        return voice_named(said.voice)
    if said.language_code and not speaker.delivery.voice:
        return voice_named(f"{resolve_language(said.language_code)}-{persona_of(voice.name)}")
    return voice


def _pieces(request: SpeechRequest, most_bytes: int, size: int) -> Iterator[SpeechRequest]:
    """Cut a text into pieces of a size, and smaller ones where what is sent is longer, as SSML is."""
    for content in split_text(request.content, size):
        piece = request if content == request.content else _piece(request, content)
        if _bytes(piece.as_sent()[1]) <= most_bytes or _bytes(content) <= LEAST_BYTES:
            yield piece
        else:
            yield from _pieces(piece, most_bytes, max(LEAST_BYTES, _bytes(content) // 2 + 1))


def _piece(request: SpeechRequest, content: str) -> SpeechRequest:
    """Return the request for a piece of its text; the aliases are in the text already."""
    return pronounced(replace(request, content=content), request.pronunciations)


def _bytes(text: str) -> int:
    return len(text.encode())


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
