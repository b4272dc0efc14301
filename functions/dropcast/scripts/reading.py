"""From bytes that somebody dropped to a conversation, or to everything that is wrong with them."""

from dropcast.scripts.audio import read_audio
from dropcast.scripts.checking import Checker
from dropcast.scripts.cleaning import read_clean_up
from dropcast.scripts.conversation import UNNAMED, Conversation, Line, Speaker
from dropcast.scripts.defaults import read_defaults
from dropcast.scripts.findings import Findings, readable
from dropcast.scripts.keys.base import MAX_PRONUNCIATIONS
from dropcast.scripts.keys.conversation import ConversationKeys
from dropcast.scripts.lexicon import read_lexicon
from dropcast.scripts.lines import read_lines
from dropcast.scripts.outputs import read_outputs
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.source import read_source
from dropcast.scripts.speakers import read_speakers
from dropcast.scripts.text import clean, clean_name, language_tag

ELSEWHERE = ("lines", "speakers", "defaults", "audio", "pronunciations", "cleanUp", "outputs", "$schema")
CONVERSATION = Checker(ConversationKeys, ELSEWHERE)


def read_conversation(data: bytes) -> Conversation:
    """Read a conversation in either form. Raises ScriptRejected with all that is wrong, and nothing else."""
    conversation, problems = examine(data)
    if conversation is None or problems:
        raise ScriptRejected(problems)
    return conversation


def examine(data: bytes) -> tuple[Conversation | None, tuple[Problem, ...]]:
    """Return what can be read of a conversation, if anything can, and all that is wrong with the rest."""
    findings = Findings()
    try:
        conversation = _read(read_source(data, findings), findings)
    except ScriptRejected as rejected:  # it is not even JSON
        return None, rejected.problems
    return conversation, findings.errors()


def _read(script: object, findings: Findings) -> Conversation | None:
    if isinstance(script, list):
        return _conversation({"lines": script}, {}, findings)
    if not isinstance(script, dict):
        findings.error(
            "", 'A script is a list of {"speaker": …, "line": …}, or an object with "lines".', script
        )
    elif any(key.lower() == "inputkind" for key in script):
        findings.error("", "This is a batch synthesis request: dropcast batch submit takes it.")
    else:
        return _conversation(CONVERSATION.sort(script, "", findings), script, findings)
    return None


def _conversation(
    said: dict[str, object], script: dict[str, object], findings: Findings
) -> Conversation | None:
    """Return what an object says, or a bare array, for which the object is empty."""
    keys = CONVERSATION.check(said, script, "", findings)
    if keys is None:
        return None

    def place_of(key: str) -> str:
        return CONVERSATION.pointer_to(script, key, "") if script else ""

    speakers = read_speakers(said.get("speakers"), "/speakers", findings)
    outputs = read_outputs(said.get("outputs"), "/outputs", findings)
    sounding = read_defaults(said.get("defaults"), "/defaults", findings)
    sounding, extras = read_audio(said.get("audio"), "/audio", sounding, findings)
    lexicon = read_lexicon(
        said.get("pronunciations"), MAX_PRONUNCIATIONS, place_of("pronunciations"), findings
    )
    clean_up = read_clean_up(said.get("cleanUp"), place_of("cleanUp"), findings)
    entries = read_lines(said.get("lines"), clean_up, place_of("lines"), findings)
    _note_strangers(speakers, entries.lines, findings)
    return Conversation(
        title=clean_name(keys.title or "", "/title", findings) or None,
        description=clean(keys.description or "", "/description", findings) or None,
        language_code=language_tag(keys.language_code) if keys.language_code else None,
        speakers=speakers,
        lines=entries.lines,
        skipped=entries.skipped,
        on_error=keys.on_error or "fail",
        outputs=outputs,
        warnings=findings.warnings(),
        lines_pointer=place_of("lines"),
        sounding=sounding,
        extras=extras,
        rest_ms=entries.rest_ms,
        pronunciations=lexicon,
        clean_up=clean_up,
    )


def _note_strangers(speakers: tuple[Speaker, ...], lines: tuple[Line, ...], findings: Findings) -> None:
    """Warn where lines name others than the declared speakers, who stay silent: mostly a slip of spelling."""
    declared, heard = {speaker.key for speaker in speakers}, _who_is_heard(lines)
    silent = sorted(declared - heard)
    for stranger in sorted(heard - declared) if silent else ():
        who = f'"{readable(stranger)}" speaks but is not declared'
        findings.warn("/speakers", f'{who}; "{readable(silent[0])}" is declared but never speaks.')


def _who_is_heard(lines: tuple[Line, ...]) -> set[str]:
    # A recording that names nobody may be anybody's, or a sound.
    return {line.speaker for line in lines if line.kind != "audio" or line.speaker != UNNAMED}
