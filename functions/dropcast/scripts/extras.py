"""Recordings beside the lines: before them, after them, under them."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import Extra
from dropcast.scripts.findings import Findings
from dropcast.scripts.keys.base import OBJECT, is_object_name
from dropcast.scripts.keys.sound import ExtraKeys, MusicKeys

Role = Literal["intro", "outro", "music"]
ROLES: tuple[Role, ...] = ("intro", "outro", "music")
CHECKERS: Mapping[Role, Checker[ExtraKeys] | Checker[MusicKeys]] = MappingProxyType(
    {"intro": Checker(ExtraKeys), "outro": Checker(ExtraKeys), "music": Checker(MusicKeys)}
)
USUAL: Mapping[Role, Extra] = MappingProxyType(
    {
        "intro": Extra("intro", ""),
        "outro": Extra("outro", ""),
        "music": Extra("music", "", gain_db=-12, duck_db=-10, loop=True, fade_in_ms=1500, fade_out_ms=1500),
    }
)


def read_extra(role: Role, value: object, pointer: str, findings: Findings) -> Extra | None:
    """Return a recording, said by its object's name or by an object; None where nothing is said."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, dict):
        keys = CHECKERS[role].read(value, pointer, findings)
        return _described(role, keys) if keys else None
    if isinstance(value, str) and is_object_name(value):
        return replace(USUAL[role], name=value)
    message = f'"{role}" must be {OBJECT.words}, or an object such as {{"audio": "stings/one.wav"}}.'
    findings.error(pointer, message, value)
    return None


def _described(role: Role, keys: ExtraKeys) -> Extra:
    said = keys.model_dump(exclude={"audio"}, exclude_none=True)
    return replace(USUAL[role], name=keys.audio, **said)
