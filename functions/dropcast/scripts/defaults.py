"""What a script says of the pauses and edges of all its lines."""

from dropcast.scripts.checking import Checker, object_or_nothing
from dropcast.scripts.conversation import Pauses, Sounding
from dropcast.scripts.findings import Findings
from dropcast.scripts.keys.sound import DefaultsKeys

DEFAULTS = Checker(DefaultsKeys)
USUAL = Sounding()


def read_defaults(value: object, pointer: str, findings: Findings) -> Sounding:
    """Return how the episode sounds as far as "defaults" says it; the rest is as usual."""
    entry = object_or_nothing(value, pointer, '{"pauseTurnMs": 300}', findings)
    keys = DEFAULTS.read(entry, pointer, findings) if entry else None
    if keys is None:
        return USUAL
    return Sounding(
        pauses=_pauses(keys),
        trim=keys.trim_silence is not False,
        fade_ms=keys.fade_ms or USUAL.fade_ms,
    )


def _pauses(keys: DefaultsKeys) -> Pauses:
    return Pauses(
        same_speaker_ms=_said(keys.pause_same_speaker_ms, USUAL.pauses.same_speaker_ms),
        turn_ms=_said(keys.pause_turn_ms, USUAL.pauses.turn_ms),
        question_ms=_said(keys.pause_question_ms, USUAL.pauses.question_ms),
        chapter_ms=_said(keys.pause_chapter_ms, USUAL.pauses.chapter_ms),
    )


def _said(value: int | None, usual: int) -> int:
    return usual if value is None else value
