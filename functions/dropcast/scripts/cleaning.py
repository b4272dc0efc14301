"""Which rules make the text of a script fit to be spoken."""

import difflib

from dropcast.scripts.findings import Findings, child, readable
from dropcast.scripts.speakable import ALL, RULES

NONE: frozenset[str] = frozenset()
MOST_RULES = 100
LONGEST_TYPO = 40
NAMES = ", ".join(rule.name for rule in RULES)


def read_clean_up(value: object, pointer: str, findings: Findings) -> frozenset[str]:
    """Return the rules to apply: all or none of them, or all but those that are switched off."""
    if value is None or value is True:
        return ALL
    if value is False:
        return NONE
    if not isinstance(value, dict) or len(value) > MOST_RULES:
        findings.error(
            pointer,
            'The clean-up must be true, false, or an object of its rules such as {"emoji": false}.',
            value,
        )
        return ALL
    return ALL - {rule for rule, wanted in value.items() if _is_off(rule, wanted, pointer, findings)}


def _is_off(rule: str, wanted: object, pointer: str, findings: Findings) -> bool:
    place = child(pointer, rule)
    if rule not in ALL:
        findings.error(place, f'No rule of the clean-up is called "{readable(rule)}".{_advice(rule)}')
    elif wanted is not None and not isinstance(wanted, bool):
        findings.error(place, f'"{rule}" must be true or false.', wanted)
    return wanted is False


def _advice(rule: str) -> str:
    near = difflib.get_close_matches(rule, ALL, 1) if len(rule) <= LONGEST_TYPO else []
    return f' Did you mean "{near[0]}"?' if near else f" Its rules are {NAMES}."
