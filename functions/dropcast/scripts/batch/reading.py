"""From the bytes of a batch synthesis request to its values, or to everything that is wrong with them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from dropcast.scripts.batch.body import Unreadable, read_body
from dropcast.scripts.batch.destinations import read_destination
from dropcast.scripts.batch.formats import DEFAULT_FORMAT, FORMATS, AudioFormat, format_named, unsupported
from dropcast.scripts.batch.manner import read_manner
from dropcast.scripts.batch.members import WHOLE_TEXT, Members, is_whole, note_wrong
from dropcast.scripts.batch.request import (
    MAX_INPUTS,
    MAX_REQUEST_BYTES,
    Allowed,
    BatchRequest,
    InputKind,
    Manner,
    Wanted,
)
from dropcast.scripts.findings import Findings, child, readable
from dropcast.scripts.problems import Problem

KINDS: Mapping[str, InputKind] = {kind.lower(): kind for kind in get_args(InputKind)}
ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]", re.ASCII)
MOST_HOURS = 744
HOURS = f"a whole number of hours from 1 to {MOST_HOURS}"
DURATION = re.compile(r"\s*P[0-9T]", re.IGNORECASE)  # ISO 8601
WHOLE_NUMBER = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
SPELT = re.compile(rb'"inputkind"', re.IGNORECASE)


def is_batch_request(data: bytes) -> bool:
    """Say whether a script is a batch request, however wrong, rather than a conversation."""
    # A glance spares most conversations a second reading; UTF-16 and UTF-32 put zeros between letters.
    if not SPELT.search(data.replace(b"\0", b"")):
        return False
    try:
        body = read_body(data)
    except Unreadable:
        return False
    return any(key.lower() == "inputkind" for key in body)


def examine_request(data: bytes, allowed: Allowed) -> tuple[BatchRequest | None, tuple[Problem, ...]]:
    """Return what can be read of a request, if anything can, and all that is wrong with the rest.

    An input that cannot be read is "", so that all others keep their places. What SSML says, and whether a
    voice exists, is not looked at.
    """
    findings = Findings()
    try:
        body = Members(read_body(_of_bearable_size(data)), "", "", findings)
    except Unreadable as unreadable:
        return None, (Problem("", str(unreadable)),)
    return _request(body, allowed, findings), findings.errors()


def _of_bearable_size(data: bytes) -> bytes:
    if len(data) > MAX_REQUEST_BYTES:
        most = f"{MAX_REQUEST_BYTES:,} are the most. Split its inputs among several requests."
        raise Unreadable(f"The request has {len(data):,} bytes; {most}")
    return data


def _request(body: Members, allowed: Allowed, findings: Findings) -> BatchRequest | None:
    # Contents come last: ten thousand of them can be wrong, and only so many problems are told.
    entries = _entries(body)
    kind = _kind(body)
    manner = _manner(body) if kind == "PlainText" else None
    description = body.text("description")
    custom_voices = _custom_voices(body, allowed, findings)
    wanted = _wanted(body, allowed)
    inputs = tuple(_contents(entries, body.pointer("inputs"), findings))
    if not inputs or kind is None or (kind == "PlainText" and manner is None):
        return None
    return BatchRequest(kind, inputs, wanted, manner, custom_voices, description)


def _entries(body: Members) -> list[object]:
    said = body.value("inputs")
    if said is None or said == []:
        body.error("inputs", "The inputs is required.")
    elif not isinstance(said, list):
        body.wrong("inputs", 'a list such as [{"content": "…"}]')
    elif len(said) > MAX_INPUTS:
        body.error(
            "inputs", f"There are {len(said):,} inputs; {MAX_INPUTS:,} are the most. Split the request."
        )
    else:
        return said
    return []


def _kind(body: Members) -> InputKind | None:
    said = body.value("inputKind")
    kind = KINDS.get(said.strip().lower()) if isinstance(said, str) else None
    if said is None:
        body.error("inputKind", 'The inputKind is required: "PlainText" or "SSML".')
    elif kind is None:
        body.wrong("inputKind", '"PlainText" or "SSML"')
    return kind


def _manner(body: Members) -> Manner | None:
    config = body.inside("synthesisConfig", '{"voice": "en-US-JennyNeural"}')
    return read_manner(config) if config else None


def _custom_voices(body: Members, allowed: Allowed, findings: Findings) -> dict[str, str]:
    voices: dict[str, str] = {}
    for name, deployment in (body.mapping("customVoices", '{"my-voice": "deployment-id"}') or {}).items():
        if isinstance(deployment, str) and deployment in allowed.custom_voices and is_whole(name):
            voices[name] = deployment
        else:
            pointer = child(body.pointer("customVoices"), name)
            path = f"customVoices.{readable(name)}"
            note_wrong(findings, pointer, path, deployment, _right_deployment(name, deployment))
    return voices


def _right_deployment(name: str, deployment: object) -> str:
    if not is_whole(name):
        return f"under a name that is {WHOLE_TEXT}"
    if isinstance(deployment, str) and ID.fullmatch(deployment):
        return "the id of a deployment that the operator of this service has mapped to a voice"
    return 'a deployment id: 3 to 64 letters, digits, "-", "_" and ".", with a letter or digit at both ends'


def _wanted(body: Members, allowed: Allowed) -> Wanted:
    properties = body.inside("properties", '{"outputFormat": "riff-24khz-16bit-mono-pcm"}')
    if properties is None:
        return Wanted(FORMATS[DEFAULT_FORMAT])
    return Wanted(
        audio=_audio(properties),
        concatenated=properties.flag("concatenateResult"),
        decompressed=properties.flag("decompressOutputFiles"),
        words=properties.flag("wordBoundaryEnabled"),
        sentences=properties.flag("sentenceBoundaryEnabled"),
        time_to_live_hours=_hours(properties) or allowed.time_to_live_hours,
        destination=read_destination(properties, allowed),
    )


def _audio(properties: Members) -> AudioFormat:
    name = properties.text("outputFormat") or ""
    audio = format_named(name)
    if audio is None:
        properties.error("outputFormat", unsupported(name))
    return audio or FORMATS[DEFAULT_FORMAT]


def _hours(properties: Members) -> int | None:
    said = properties.value("timeToLiveInHours")
    hours = _whole_number(said)
    if said is None or (hours is not None and 1 <= hours <= MOST_HOURS):
        return hours
    is_duration = isinstance(said, str) and DURATION.match(said)
    properties.wrong("timeToLiveInHours", f"{HOURS}, not a duration" if is_duration else HOURS)
    return None


def _whole_number(said: object) -> int | None:
    if isinstance(said, str) and WHOLE_NUMBER.fullmatch(said):
        return int(said)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return int(said) if said == int(said) else None


def _contents(entries: Iterable[object], pointer: str, findings: Findings) -> Iterator[str]:
    for index, entry in enumerate(entries):
        place = f"inputs[{index}]"
        if isinstance(entry, dict):
            yield _content(Members(entry, child(pointer, index), place, findings), place)
        else:
            note_wrong(findings, child(pointer, index), place, entry, 'an object such as {"content": "…"}')
            yield ""


def _content(entry: Members, place: str) -> str:
    if "content" not in entry and "text" in entry:
        entry.error(
            "text", f'The {place}.content is required; "text" stands in its place: rename it "content".'
        )
        return ""
    return entry.required_text("content", "an input is at least one character of text or SSML") or ""
