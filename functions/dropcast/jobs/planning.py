"""From a conversation to its plan: cast the voices, cut what is too long, refuse what no voice can do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import CastSpeaker, Head, Mp3Output, Plan, PlannedLine
from dropcast.scripts.conversation import NOTHING_SAID, Conversation, Delivery, Line, Speaker
from dropcast.scripts.names import stem
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.splitting import split_text
from dropcast.voices.casting import Part, cast
from dropcast.voices.catalog import UnknownLanguage, Voice, resolve_language, voice_named
from dropcast.voices.families import UnknownVoice, persona_of
from dropcast.voices.request import NATURAL_SAMPLE_RATE_HERTZ, SpeechRequest, objections, speech_request

MOST_PROBLEMS = 100  # of one script; more would say nothing new to whoever must mend it
BITRATE_KBPS = 96  # mono speech: PESQ 4.5 against 4.2 at 64 kbit/s (sound.md, section 2)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a deployment sets for scripts that do not say.

    `effects_profile` names device profiles of Text-to-Speech, sent where the voice's family takes them.
    """

    language_code: str = "en-US"
    effects_profile: tuple[str, ...] = ()


def plan_conversation(upload: Upload, script: Conversation, script_sha256: str, defaults: Defaults) -> Plan:
    """Lay the plan of one upload. Raises ScriptRejected with everything that no voice can do."""
    speakers = _speakers(script)
    language = _resolved(script.language_code or defaults.language_code)
    voices = _cast(list(speakers.values()), language)
    lines = _lines(script, speakers, voices, defaults)
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
        lines,
    )


def _speakers(script: Conversation) -> dict[str, Speaker]:
    """Every speaker: those whom the script declares, then the others as they first speak."""
    speakers = {speaker.key: speaker for speaker in script.speakers}
    for line in script.lines:
        speakers.setdefault(line.speaker, Speaker(line.speaker, line.speaker, None, NOTHING_SAID))
    return speakers


def _resolved(language_code: str) -> str:
    try:
        return resolve_language(language_code)
    except UnknownLanguage:
        return language_code  # no matter where every speaker has a voice; where one is to be cast, it is said


def _cast(speakers: list[Speaker], language: str) -> dict[str, Voice]:
    if problems := tuple(_uncastable(speakers)):
        raise ScriptRejected(problems)
    parts = [
        Part(speaker.key, speaker.delivery.voice, speaker.delivery.language_code, speaker.gender)
        for speaker in speakers
    ]
    try:
        return cast(parts, language)
    except UnknownLanguage as unknown:
        raise ScriptRejected((Problem("/languageCode", str(unknown)),)) from unknown


def _uncastable(speakers: list[Speaker]) -> Iterator[Problem]:
    for speaker in speakers:
        said = speaker.delivery
        try:
            if said.voice:
                voice_named(said.voice)
            elif said.language_code:
                resolve_language(said.language_code)
        except UnknownVoice as unknown:
            yield Problem(_of_speaker(speaker.key, "/voice"), str(unknown))
        except UnknownLanguage as unknown:
            yield Problem(_of_speaker(speaker.key, "/languageCode"), str(unknown))


def _lines(
    script: Conversation, speakers: dict[str, Speaker], voices: dict[str, Voice], defaults: Defaults
) -> tuple[PlannedLine, ...]:
    planned: list[PlannedLine] = []
    problems: dict[
        Problem, None
    ] = {}  # in order, each once: what is wrong with a speaker is wrong in every line
    utterances = 0
    for line in script.lines:
        try:
            request = _request(line, speakers[line.speaker], voices[line.speaker], defaults)
        except (UnknownVoice, UnknownLanguage) as unknown:
            problems[Problem(script.pointer(line), str(unknown))] = None
            continue
        place = script.pointer(line) if line.delivery or line.kind != "text" else _of_speaker(line.speaker)
        problems |= {Problem(place, objection): None for objection in objections(request)}
        requests = _cut(request)
        planned.append(
            PlannedLine(line.index, line.speaker, line.caption or line.content, utterances, requests)
        )
        utterances += len(requests)
    if problems:
        raise ScriptRejected(tuple(problems)[:MOST_PROBLEMS])
    return tuple(planned)


def _request(line: Line, speaker: Speaker, voice: Voice, defaults: Defaults) -> SpeechRequest:
    """Ask for a line as it, or else its speaker, says. Raises UnknownVoice, UnknownLanguage."""
    said = line.delivery or NOTHING_SAID
    spoken_by = _voice(said, speaker, voice)
    return speech_request(
        kind=line.kind,
        content=line.content,
        voice=spoken_by.name,
        language_code=spoken_by.language_code,
        speaking_rate=_first(said.speaking_rate, speaker.delivery.speaking_rate),
        pitch=_first(said.pitch, speaker.delivery.pitch),
        volume_gain_db=_first(said.volume_gain_db, speaker.delivery.volume_gain_db),
        effects_profile=defaults.effects_profile if spoken_by.family.effects_profile else (),
    )


def _voice(said: Delivery, speaker: Speaker, voice: Voice) -> Voice:
    """A line's own voice; or, for a line in another language, the same person's voice in that language."""
    if said.voice:
        return voice_named(said.voice)
    if said.language_code and not speaker.delivery.voice:
        return voice_named(f"{resolve_language(said.language_code)}-{persona_of(voice.name)}")
    return voice


def _cut(request: SpeechRequest) -> tuple[SpeechRequest, ...]:
    size = voice_named(request.voice).family.max_bytes
    if request.kind != "text" or len(request.content.encode()) <= size:
        return (request,)
    return tuple(replace(request, content=piece) for piece in split_text(request.content, size))


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _of_speaker(key: str, field: str = "") -> str:
    escaped = key.replace("~", "~0").replace("/", "~1")  # RFC 6901, section 3
    return f"/speakers/{escaped}{field}"
