"""From bytes that somebody dropped to a conversation, or to everything that is wrong with them."""

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import DEFAULT_PAUSE_MS, Conversation, Line, Speaker
from dropcast.scripts.findings import Findings, readable
from dropcast.scripts.keys import ConversationKeys, DefaultsKeys
from dropcast.scripts.lines import read_lines
from dropcast.scripts.outputs import read_outputs
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.source import read_source
from dropcast.scripts.speakers import read_speakers
from dropcast.scripts.text import clean, clean_name, language_tag

CONVERSATION = Checker(ConversationKeys, elsewhere=("lines", "speakers", "defaults", "outputs", "$schema"))
DEFAULTS = Checker(DefaultsKeys)


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
        return _conversation({"lines": script}, {}, "", findings)
    if not isinstance(script, dict):
        findings.error(
            "", 'A script is a list of {"speaker": …, "line": …}, or an object with "lines".', script
        )
    elif any(key.lower() == "inputkind" for key in script):
        findings.error("", "This is a batch synthesis request, which is not read yet.")
    else:
        said = CONVERSATION.sort(script, "", findings)
        return _conversation(said, script, CONVERSATION.pointer_to(script, "lines", ""), findings)
    return None


def _conversation(
    said: dict[str, object], script: dict[str, object], lines_pointer: str, findings: Findings
) -> Conversation | None:
    keys = CONVERSATION.check(said, script, "", findings)
    if keys is None:
        return None
    speakers = read_speakers(said.get("speakers"), "/speakers", findings)
    outputs = read_outputs(said.get("outputs"), "/outputs", findings)
    pause_ms = _pause_ms(said.get("defaults"), findings)
    lines, skipped = read_lines(said.get("lines"), lines_pointer, findings)
    _note_strangers(speakers, lines, findings)
    return Conversation(
        title=clean_name(keys.title or "", "/title", findings) or None,
        description=clean(keys.description or "", "/description", findings) or None,
        language_code=language_tag(keys.language_code) if keys.language_code else None,
        speakers=speakers,
        lines=lines,
        skipped=skipped,
        on_error=keys.on_error or "fail",
        outputs=outputs,
        pause_ms=pause_ms,
        warnings=findings.warnings(),
        lines_pointer=lines_pointer,
    )


def _note_strangers(speakers: tuple[Speaker, ...], lines: tuple[Line, ...], findings: Findings) -> None:
    """Warn where lines name others than the declared speakers, who stay silent: mostly a slip of spelling."""
    declared, heard = {speaker.key for speaker in speakers}, {line.speaker for line in lines}
    silent = sorted(declared - heard)
    for stranger in sorted(heard - declared) if silent else ():
        who = f'"{readable(stranger)}" speaks but is not declared'
        findings.warn("/speakers", f'{who}; "{readable(silent[0])}" is declared but never speaks.')


def _pause_ms(defaults: object, findings: Findings) -> int:
    if defaults is None:
        return DEFAULT_PAUSE_MS
    if not isinstance(defaults, dict):
        findings.error("/defaults", '"defaults" must be an object such as {"pauseTurnMs": 300}.', defaults)
        return DEFAULT_PAUSE_MS
    keys = DEFAULTS.read(defaults, "/defaults", findings)
    return DEFAULT_PAUSE_MS if keys is None or keys.pause_turn_ms is None else keys.pause_turn_ms
