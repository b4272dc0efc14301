"""Who may ask: subscription keys and Google's ID tokens, each of which is somebody by name."""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from dropcast.batchapi.errors import unauthorized

log = logging.getLogger(__name__)

SHARED = "shared"  # the owner of everything, where keys share
BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: by the name of the key; `owner` is whose batches these are.

    `sees_dropped` says whether batches that lie at the top of the uploads bucket are this caller's too.
    """

    name: str
    owner: str
    sees_dropped: bool = False


def nobody(_: str) -> str | None:
    """Believe no token."""
    return None


@dataclass(frozen=True, slots=True)
class Access:
    """The keys by their names, and the names of those who come with a token, by their addresses.

    `email_of` tells whose a token is, None if it is not to be believed. Raises TryLater.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    callers: Mapping[str, str] = field(default_factory=dict)
    email_of: Callable[[str], str | None] = nobody
    shared: bool = False

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Say who asks: a key or a token, either is enough. Raises Refused."""
        if not self.keys and not self.callers:
            log.error("closed to everybody: neither API_KEYS nor API_CALLERS is set")
        name = self._holder(headers.get("ocp-apim-subscription-key", "").strip())
        name = name or self._bearer(headers.get("authorization", ""))
        if name is None:
            raise unauthorized()
        alone = len({*self.keys, *self.callers.values()}) == 1
        return Caller(name, SHARED if self.shared else name, self.shared or alone)

    def _holder(self, presented: str) -> str | None:
        """Compare with every key, whichever it is, so that the time tells nothing."""
        digest = _digest(presented)
        found = [name for name, key in self.keys.items() if hmac.compare_digest(_digest(key), digest)]
        return found[0] if found and presented else None

    def _bearer(self, authorization: str) -> str | None:
        if not self.callers or not authorization.lower().startswith(BEARER):
            return None
        email = self.email_of(authorization[len(BEARER) :].strip())
        return None if email is None else self.callers.get(email)


def _digest(text: str) -> bytes:
    # Of one length, whatever is compared. Header values may hold anything, halves of characters too.
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
