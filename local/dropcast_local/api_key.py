"""The key of the local stack's batch synthesis API, which is closed to whoever has none."""

import secrets
from pathlib import Path

FILE = "api-key"
BYTES = 16


def api_key(data: Path | None) -> str:
    """Return a new key; for a folder that is kept, the one that it was given at first."""
    key = secrets.token_hex(BYTES)
    if data is None:
        return key
    file = data / FILE
    if kept := file.read_text().strip() if file.exists() else "":
        return kept
    data.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(key)
    return key
