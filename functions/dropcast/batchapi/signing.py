"""Addresses of results that authorise themselves for a while, as those of Azure's storage do."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

from dropcast.batchapi.errors import forbidden

SECONDS = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with a key of the deployment: whoever changes it ends all addresses handed out before."""

    key: bytes

    def query(self, job: str, expiry: datetime) -> str:
        """Return the query that opens a job's results until then."""
        until = expiry.astimezone(UTC).strftime(SECONDS)
        return urlencode({"se": until, "sig": self._signature(job, until)})

    def check(self, job: str, query: Mapping[str, str], now: datetime) -> None:
        """Return if a query opens a job's results now. Raises Refused."""
        until = query.get("se", "")
        given = query.get("sig", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(self._signature(job, until).encode(), given):
            raise forbidden("The signature of this address is wrong. GET the batch synthesis for a new one.")
        if datetime.strptime(until, SECONDS).replace(tzinfo=UTC) <= now:
            raise forbidden(f"This address expired at {until}. GET the batch synthesis for a new one.")

    def _signature(self, job: str, until: str) -> str:
        signed = f"{job}\n{until}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, signed, sha256).hex()
