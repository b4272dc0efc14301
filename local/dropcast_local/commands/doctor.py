"""`dropcast doctor`: whether a dropcast is well, and what to do where it is not."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from dropcast_local.checkup.checks import findings
from dropcast_local.checkup.facts import Facts, Quota
from dropcast_local.checkup.finding import Finding
from dropcast_local.checkup.gathering import gather
from dropcast_local.reach import Whereabouts, reached


@dataclass(frozen=True, slots=True)
class Doctor:
    """What is asked for: which dropcast, what its speech quota is, and in what form the answer."""

    where: Whereabouts
    quota: Quota
    as_json: bool


def doctor(asked: Doctor) -> int:
    """Print what is found, and return the exit code: 1 where anything fails."""
    with reached(asked.where) as services:
        facts = gather(services, asked.quota)
    found = list(findings(facts))
    print(_in_json(facts, found) if asked.as_json else _in_lines(found), flush=True)
    return 1 if any(finding.status == "fail" for finding in found) else 0


def _in_lines(found: Sequence[Finding]) -> str:
    counts = Counter(finding.status for finding in found)
    summary = ", ".join(f"{count} {status}" for status, count in counts.items())
    return "\n".join([*map(str, found), summary])


def _in_json(facts: Facts, found: Sequence[Finding]) -> str:
    told = {
        "project": facts.deployment.project,
        "region": facts.deployment.region,
        "time": facts.now.isoformat(timespec="seconds"),
        "findings": [asdict(finding) for finding in found],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
