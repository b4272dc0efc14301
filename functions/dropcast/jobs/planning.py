"""From a conversation to its plan: cast the voices, cut what is too long, refuse what no voice can do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import CastSpeaker, Head, Plan, PlannedExtra
from dropcast.jobs.planning_lines import Cast, PlannedLines, plan_lines
from dropcast.jobs.planning_recordings import recording_named
from dropcast.jobs.planning_requests import language_meant, manner_of
from dropcast.scripts.conversation import NOTHING_SAID, Conversation, Format, Output, Speaker
from dropcast.scripts.names import stem
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.reading import examine
from dropcast.voices.casting import Part, cast
from dropcast.voices.catalog import UnknownLanguage, Voice, resolve_language, voice_named
from dropcast.voices.families import UnknownVoice
from dropcast.voices.request import NATURAL_SAMPLE_RATE_HERTZ

MOST_PROBLEMS = 100  # of one script; more would say nothing new to whoever must mend it

# Sample rate and bitrate of a file, where the script says none, by what mono speech needs: PESQ 4.5 for MP3
# at 96 kbit/s against 4.2 at 64, AAC 4.2 at 64, Opus 4.3 at 32 (sound.md, section 2). AAC is at 48 kHz since
# at 24 it ends at 144 kbit/s, Opus because it knows nothing else.
USUAL_CODING: Mapping[Format, tuple[int, int | None]] = MappingProxyType(
    {
        "mp3": (24_000, 96),
        "m4a": (48_000, 64),
        "m4b": (48_000, 64),
        "opus": (48_000, 32),
        "flac": (NATURAL_SAMPLE_RATE_HERTZ, None),
        "wav": (NATURAL_SAMPLE_RATE_HERTZ, None),
    }
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a deployment sets for scripts that do not say.

    `effects_profile` names device profiles of Text-to-Speech, sent where the voice's family takes them. Of
    the `pronunciations` a voice gets those that its family can be told; what a script says goes before them.
    """

    language_code: str = "en-US"
    effects_profile: tuple[str, ...] = ()
    pronunciations: tuple[Pronunciation, ...] = ()


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
    """Lay the plan of a conversation. Raises ScriptRejected with everything that cannot be done."""
    speakers = _speakers(script)
    language = language_meant(script.language_code or defaults.language_code)
    voices, uncastable = _cast(_speaking(script, speakers), language)
    manner = manner_of(
        script.clean_up, script.pronunciations, defaults.pronunciations, defaults.effects_profile
    )
    planned = plan_lines(script, upload.bucket, Cast(speakers, voices), manner)
    extras, missing = _extras(script, upload.bucket, planned.utterances)
    if problems := (*uncastable, *planned.problems, *missing, *_emptiness(script, planned)):
        raise ScriptRejected(problems[:MOST_PROBLEMS])
    return Plan(
        Head(
            upload=upload,
            script_sha256=script_sha256,
            title=script.title or stem(upload.name).rsplit("/", 1)[-1],
            language_code=language,
            on_error=script.on_error,
            sounding=script.sounding,
            sample_rate_hertz=NATURAL_SAMPLE_RATE_HERTZ,
            outputs=tuple(map(_resolved, script.outputs)),
            speakers=tuple(
                CastSpeaker(key, speaker.name, voices[key].name if key in voices else "")
                for key, speaker in speakers.items()
            ),
            lines_pointer=script.lines_pointer,
            skipped=tuple(sorted((*script.skipped, *planned.skipped))),
            warnings=script.warnings,
            utterances=planned.utterances + len(extras),
            extras=extras,
            rest_ms=planned.rest_ms + script.rest_ms,
        ),
        planned.lines,
    )


def _speakers(script: Conversation) -> dict[str, Speaker]:
    """Every speaker: those whom the script declares, then the others as they are first heard."""
    speakers = {speaker.key: speaker for speaker in script.speakers}
    for line in script.lines:
        speakers.setdefault(line.speaker, Speaker(line.speaker, line.speaker, None, NOTHING_SAID))
    return speakers


def _speaking(script: Conversation, speakers: Mapping[str, Speaker]) -> list[Speaker]:
    """Return all but those who are heard in recordings only: they take no voice from anybody."""
    recorded = {line.speaker for line in script.lines if line.kind == "audio"}
    spoken = {line.speaker for line in script.lines if line.kind != "audio"}
    return [speaker for key, speaker in speakers.items() if key not in recorded - spoken]


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


def _extras(
    script: Conversation, bucket: str, first_utterance: int
) -> tuple[tuple[PlannedExtra, ...], tuple[Problem, ...]]:
    """Plan what is heard beside the lines, behind the last of their utterances."""
    planned: list[PlannedExtra] = []
    problems: list[Problem] = []
    for extra in script.extras:
        found = recording_named(extra.name, bucket, f"/audio/{extra.role}")
        if isinstance(found, Problem):
            problems.append(found)
        else:
            planned.append(PlannedExtra(extra, first_utterance + len(planned), found))
    return tuple(planned), tuple(problems)


def _emptiness(script: Conversation, planned: PlannedLines) -> tuple[Problem, ...]:
    # A job of no utterances would wait for its last outcome for ever. (Lines that are missing altogether were
    # wrong, which whoever read the script has told.)
    if not script.lines or len(planned.skipped) < len(script.lines):
        return ()
    return (Problem(script.lines_pointer, "No line holds anything that a voice could speak."),)


def _resolved(output: Output) -> Output:
    """Return an output that says its sample rate and bitrate, where its format has any."""
    if output.format not in USUAL_CODING:
        return Output(output.format)
    rate, bitrate = USUAL_CODING[output.format]
    return Output(
        output.format,
        (output.bitrate_kbps or bitrate) if bitrate else None,
        output.sample_rate_hertz or rate,
    )
