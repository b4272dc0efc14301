"""From a conversation to its plan: cast the voices, cut what is too long, refuse what no voice can do."""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import CastSpeaker, Head, Mp3Output, Plan, PlannedLine
from dropcast.scripts.conversation import NOTHING_SAID, Conversation, Delivery, Line, Speaker
from dropcast.scripts.names import stem
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.reading import examine
from dropcast.scripts.splitting import split_text
from dropcast.voices.casting import Part, cast
from dropcast.voices.catalog import UnknownLanguage, Voice, resolve_language, voice_named
from dropcast.voices.families import UnknownVoice, persona_of
from dropcast.voices.request import NATURAL_SAMPLE_RATE_HERTZ, SpeechRequest, objections, speech_request

MOST_PROBLEMS = 100  # of one script; more would say nothing new to whoever must mend it
TAG, PAUSE = re.compile(r"<[^>]*>"), re.compile(r"\[pause[^\]]*\]")
BITRATE_KBPS = 96  # mono speech: PESQ 4.5 against 4.2 at 64 kbit/s (sound.md, section 2)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a deployment sets for scripts that do not say.

    `effects_profile` names device profiles of Text-to-Speech, sent where the voice's family takes them.
    """

    language_code: str = "en-US"
    effects_profile: tuple[str, ...] = ()


def plan_script(upload: Upload, data: bytes, defaults: Defaults) -> Plan:
    """Read a script and lay its plan.

    Raises ScriptRejected with everything that is wrong: what cannot be read, and, in what can, all that no
    voice can do.
    """
    conversation, problems = examine(data)
    if conversation is None:
        raise ScriptRejected(problems)
    try:
        plan = plan_conversation(upload, conversation, hashlib.sha256(data).hexdigest(), defaults)
    except ScriptRejected as rejected:
        raise ScriptRejected((*problems, *rejected.problems)) from rejected
    if problems:
        raise ScriptRejected(problems)
    return plan


def plan_conversation(upload: Upload, script: Conversation, script_sha256: str, defaults: Defaults) -> Plan:
    """Lay the plan of a conversation. Raises ScriptRejected with everything that no voice can do."""
    speakers = _speakers(script)
    language = _resolved(script.language_code or defaults.language_code)
    voices, uncastable = _cast(list(speakers.values()), language)
    lines, unspeakable = _lines(script, speakers, voices, defaults)
    if problems := (*uncastable, *unspeakable):
        raise ScriptRejected(problems[:MOST_PROBLEMS])
    mp3 = script.outputs[0]
    return Plan(
        Head(
            upload=upload,
            script_sha256=script_sha256,
            title=script.title or stem(upload.name).rsplit("/", 1)[-1],
            language_code=language,
            on_error=script.on_error,
            pause_ms=script.pause_ms,
            sample_rate_hertz=NATURAL_SAMPLE_RATE_HERTZ,
            mp3=Mp3Output(
                mp3.sample_rate_hertz or NATURAL_SAMPLE_RATE_HERTZ, mp3.bitrate_kbps or BITRATE_KBPS
            ),
            speakers=tuple(CastSpeaker(key, speakers[key].name, voices[key].name) for key in speakers),
            lines_pointer=script.lines_pointer,
            skipped=script.skipped,
            warnings=script.warnings,
            utterances=sum(len(line.requests) for line in lines),
        ),
        tuple(lines),
    )


def _speakers(script: Conversation) -> dict[str, Speaker]:
    """Every speaker: those whom the script declares, then the others as they first speak."""
    speakers = {speaker.key: speaker for speaker in script.speakers}
    for line in script.lines:
        speakers.setdefault(line.speaker, Speaker(line.speaker, line.speaker, None, NOTHING_SAID))
    return speakers


def _cast(speakers: list[Speaker], language: str) -> tuple[dict[str, Voice], tuple[Problem, ...]]:
    """Cast everybody who can be cast; whoever cannot is a problem, and is left out."""
    problems = {speaker.key: problem for speaker in speakers if (problem := _uncastable(speaker, language))}
    parts = [
        Part(speaker.key, speaker.delivery.voice, speaker.delivery.language_code, speaker.gender)
        for speaker in speakers
        if speaker.key not in problems
    ]
    return cast(parts, language), tuple(dict.fromkeys(problems.values()))


def _uncastable(speaker: Speaker, language: str) -> Problem | None:
    said = speaker.delivery
    try:
        if said.voice:
            voice_named(said.voice)
        else:
            resolve_language(said.language_code or language)
    except UnknownVoice as unknown:
        return Problem(speaker.pointer, str(unknown))
    except UnknownLanguage as unknown:
        return Problem(speaker.pointer if said.language_code else "", str(unknown))
    return None


def _lines(
    script: Conversation, speakers: dict[str, Speaker], voices: dict[str, Voice], defaults: Defaults
) -> tuple[list[PlannedLine], tuple[Problem, ...]]:
    """Plan every line whose speaker was cast, and tell of each problem once, where it was said."""
    planned: list[PlannedLine] = []
    problems: dict[Problem, None] = {}  # a set that keeps the order
    utterances = 0
    for line in script.lines:
        if line.speaker not in voices:
            continue
        speaker, voice = speakers[line.speaker], voices[line.speaker]
        try:
            request = _request(line, speaker, voice, defaults)
        except (UnknownVoice, UnknownLanguage) as unknown:
            problems[Problem(script.pointer(line), str(unknown))] = None
            continue
        if wrong := objections(request):
            problems |= dict.fromkeys(_placed(wrong, script.pointer(line), line, speaker, voice, defaults))
        requests = _cut(request)
        planned.append(
            PlannedLine(line.index, line.speaker, line.caption or _heard(line), utterances, requests)
        )
        utterances += len(requests)
    return planned, tuple(problems)


def _placed(
    wrong: tuple[str, ...], pointer: str, line: Line, speaker: Speaker, voice: Voice, defaults: Defaults
) -> Iterator[Problem]:
    """Tell what is wrong at the speaker where it would be wrong with any line of theirs, else at the line."""
    plain = replace(line, kind="text", delivery=None)
    with_any_line = objections(_request(plain, speaker, voice, defaults)) if speaker.pointer else ()
    for objection in wrong:
        yield Problem(speaker.pointer if objection in with_any_line else pointer, objection)


def _request(line: Line, speaker: Speaker, voice: Voice, defaults: Defaults) -> SpeechRequest:
    """Ask for a line as it, or else its speaker, says. Raises UnknownVoice, UnknownLanguage."""
    said = line.delivery or NOTHING_SAID
    spoken_by = _voice(said, speaker, voice)
    language = said.language_code or (None if said.voice else speaker.delivery.language_code)
    return speech_request(
        kind=line.kind,
        content=line.content,
        voice=spoken_by.name,
        language_code=_resolved(language) if language else spoken_by.language_code,
        speaking_rate=_first(said.speaking_rate, speaker.delivery.speaking_rate),
        pitch=_first(said.pitch, speaker.delivery.pitch),
        volume_gain_db=_first(said.volume_gain_db, speaker.delivery.volume_gain_db),
        effects_profile=defaults.effects_profile if spoken_by.family.effects_profile else (),
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


def _resolved(language_code: str) -> str:
    try:
        return resolve_language(language_code)
    except UnknownLanguage:
        return language_code  # one that nobody is cast in, but a named voice may speak


def _cut(request: SpeechRequest) -> tuple[SpeechRequest, ...]:
    size = voice_named(request.voice).family.max_bytes
    if request.kind != "text" or len(request.content.encode()) <= size:
        return (request,)
    return tuple(replace(request, content=piece) for piece in split_text(request.content, size))


def _heard(line: Line) -> str:
    """What captions show of a line that has no caption of its own: its words, without marks for the voice."""
    match line.kind:
        case "ssml":
            return " ".join(html.unescape(TAG.sub(" ", line.content)).split())
        case "markup":
            return " ".join(PAUSE.sub(" ", line.content).split())
        case _:
            return line.content


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
