"""What an operator sets for the API. What is wrong with it is said without telling secrets."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from dropcast.scripts.batch.request import Allowed

NAME = re.compile("[a-z0-9-]{1,40}")
DESTINATION = re.compile(r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/.*)?")
KEY = re.compile("[!-~]+")  # what a header can carry
MOST_HOURS = 744
REQUESTS = 100  # in ten seconds (contract, section 2)


@dataclass(frozen=True, slots=True)
class Settings:
    """Who may ask, how often, and where the API is. `signing_key` signs the addresses of results."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    callers: Mapping[str, str] = field(default_factory=dict)
    audience: str = ""
    shared: bool = False
    url: str | None = None
    signing_key: bytes = field(default=b"", repr=False)
    requests: int = REQUESTS


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read API_KEYS and the others. Raises ValueError."""
    keys = _names(environment, "API_KEYS")
    if wrong := [name for name in keys if not NAME.fullmatch(name)]:
        raise ValueError(f"API_KEYS: the name {wrong[0]!r} must be 1 to 40 of a-z, 0-9 and '-'")
    if wrong := [name for name, key in keys.items() if not KEY.fullmatch(key)]:
        raise ValueError(f"API_KEYS: the key of {wrong[0]!r} must be printable ASCII without spaces")
    if len(set(keys.values())) < len(keys):
        raise ValueError("API_KEYS: two names have the same key")
    callers, audience = _names(environment, "API_CALLERS"), environment.get("API_AUDIENCE", "")
    if wrong := [owner for owner in callers.values() if not NAME.fullmatch(owner)]:
        raise ValueError(f"API_CALLERS: the name {wrong[0]!r} must be 1 to 40 of a-z, 0-9 and '-'")
    if callers and not audience:
        raise ValueError("API_CALLERS needs API_AUDIENCE: whom the tokens are issued for")
    url = environment.get("API_URL", "").rstrip("/")
    if url and not re.fullmatch(r"https?://[^\s?#]+", url):
        raise ValueError(f"API_URL is {url!r}; it must begin with https:// and have no query")
    return Settings(
        keys,
        callers,
        audience,
        _flag(environment, "API_SHARED"),
        url or None,
        _signing_key(environment, keys, callers),
        _number(environment, "REQUESTS_PER_TEN_SECONDS", REQUESTS, 1_000_000),
    )


def read_allowed(environment: Mapping[str, str]) -> Allowed:
    """Read BATCH_DESTINATIONS, CUSTOM_VOICES and TIME_TO_LIVE_HOURS. Raises ValueError."""
    given = environment.get("BATCH_DESTINATIONS", "").split(",")
    destinations = tuple(each.strip() for each in given if each.strip())
    if wrong := [each for each in destinations if not DESTINATION.fullmatch(each)]:
        raise ValueError(f"BATCH_DESTINATIONS: {wrong[0]!r} is not gs://bucket or gs://bucket/prefix")
    hours = _number(environment, "TIME_TO_LIVE_HOURS", MOST_HOURS, MOST_HOURS)
    return Allowed(destinations, _names(environment, "CUSTOM_VOICES"), hours)


def _signing_key(
    environment: Mapping[str, str], keys: Mapping[str, str], callers: Mapping[str, str]
) -> bytes:
    """Return the key that is set, or else one that whoever knows a single API key cannot tell."""
    if given := environment.get("SIGNING_KEY", ""):
        return given.encode()
    if callers and not keys:
        raise ValueError("SIGNING_KEY is needed where there are no API_KEYS to derive it from")
    every = json.dumps(sorted(keys.values())).encode()
    return hmac.digest(every, b"addresses of results", sha256)


def _names(environment: Mapping[str, str], setting: str) -> dict[str, str]:
    """Read a JSON object of texts."""
    try:
        value = json.loads(environment.get(setting) or "{}")
    except (ValueError, RecursionError):
        raise ValueError(f"{setting} is not JSON") from None  # the error would quote what may be a secret
    if not isinstance(value, dict) or not all(isinstance(text, str) and text for text in value.values()):
        raise ValueError(f'{setting} must be a JSON object of texts, such as {{"name": "text"}}')
    return value


def _flag(environment: Mapping[str, str], setting: str) -> bool:
    text = environment.get(setting, "").strip().lower()
    if text not in ("", "true", "false"):
        raise ValueError(f"{setting} is {text!r}; it must be true or false")
    return text == "true"


def _number(environment: Mapping[str, str], setting: str, default: int, most: int) -> int:
    text = environment.get(setting, "").strip() or str(default)
    if not re.fullmatch("[0-9]{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise ValueError(f"{setting} is {text!r}; it must be a number from 1 to {most}")
    return int(text)
