"""Asking gcloud, for what no client library of ours tells: functions, who may call them, the schedule."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from dropcast_local.checkup.facts import Absent, Function, Grant, Missing, Policy, Schedule, Unknown

PATIENCE = 90  # seconds; gcloud takes some to start


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function, and the archive that it was built from: bucket and object."""

    function: Function
    archive: tuple[str, str] | None


def functions(project: str, region: str) -> Mapping[str, Deployed] | Unknown:
    """All functions of a region by name, as far as they can be read."""
    match _said("functions", "list", "--v2", f"--regions={region}", f"--project={project}"):
        case list(found):
            return {name: described for each in found for name, described in [read_function(each)]}
        case Unknown() as unknown:
            return unknown
        case _:
            return Unknown("gcloud functions list said what we cannot read")


def read_function(said: object) -> tuple[str, Deployed]:
    """Read a function as version 2 of the API shows it; what it does not say has no value."""
    fields, build, service = _of(said), _of(_of(said).get("buildConfig")), _of(_of(said).get("serviceConfig"))
    source = _of(_of(build.get("source")).get("storageSource"))
    function = Function(
        state=_text(fields, "state"),
        address=_text(service, "uri"),
        runtime=_text(build, "runtime"),
        account=_text(service, "serviceAccountEmail"),
        timeout=_number(service, "timeoutSeconds", 60),
        concurrency=_number(service, "maxInstanceRequestConcurrency", 1),
        instances=_number(service, "maxInstanceCount", 100),
        environment={name: str(value) for name, value in _of(service.get("environmentVariables")).items()},
    )
    archive = (_text(source, "bucket"), _text(source, "object"))
    return _text(fields, "name").rpartition("/")[2], Deployed(function, archive if all(archive) else None)


def callers(function: str, project: str, region: str) -> Policy | Absent:
    """Who may call a function."""
    match _said("run", "services", "get-iam-policy", function, f"--region={region}", f"--project={project}"):
        case dict(said):
            return read_policy(said)
        case Missing() | Unknown() as absent:
            return absent
        case _:
            return Unknown("gcloud run services get-iam-policy said what we cannot read")


def read_policy(said: Mapping[str, object]) -> Policy:
    """Read a policy; a grant on a condition is none that counts on its being met."""
    bindings = said.get("bindings")
    return frozenset(
        Grant(_text(binding, "role"), str(member))
        for binding in map(_of, bindings if isinstance(bindings, list) else [])
        if not binding.get("condition")
        for member in _list(binding, "members")
    )


def schedule(job: str, project: str, region: str) -> Schedule | Absent:
    """How a job is called on schedule."""
    match _said("scheduler", "jobs", "describe", job, f"--location={region}", f"--project={project}"):
        case dict(said):
            return Schedule(_text(said, "state"), _text(_of(said.get("httpTarget")), "uri"))
        case Missing() | Unknown() as absent:
            return absent
        case _:
            return Unknown("gcloud scheduler jobs describe said what we cannot read")


def _said(*words: str) -> object:
    program = shutil.which("gcloud")
    if program is None:
        return Unknown("gcloud is not installed")
    command = [program, *words, "--format=json", "--quiet"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Unknown(f"gcloud did not answer within {PATIENCE} seconds")
    if ended.returncode:
        missing = "NOT_FOUND" in ended.stderr or "Cannot find" in ended.stderr
        return Missing() if missing else Unknown(f"gcloud: {' '.join(ended.stderr.split())[:300]}")
    try:
        said: object = json.loads(ended.stdout)
    except ValueError:
        return Unknown("gcloud answered in something else than JSON")
    return said


def _of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Mapping[str, object], name: str, otherwise: int) -> int:
    value = fields.get(name)
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else otherwise


def _list(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name)
    return value if isinstance(value, list) else []
