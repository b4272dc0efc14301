"""Whose a Google ID token is."""

import threading
import time
from collections.abc import Mapping

from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport import Request, Response
from google.oauth2.id_token import verify_oauth2_token

from dropcast.ports import TryLater

KEPT = 3600  # seconds: Google lets its certificates be kept for hours, and shows new ones long before
SKEW = 10  # seconds that clocks may differ
LONGEST = 8192  # characters of a token; Google's have about a thousand


class GoogleIdentity:
    """Believes ID tokens that Google has issued for one audience."""

    def __init__(self, audience: str, request: Request) -> None:
        self._audience = audience
        self._request = KeepingRequest(request)

    def email_of(self, token: str) -> str | None:
        """Return the verified address that a token was issued to; None if it is not to be believed.

        Raises TryLater if Google's certificates cannot be had.
        """
        if len(token) > LONGEST:
            return None
        try:
            claims = verify_oauth2_token(token, self._request, self._audience, clock_skew_in_seconds=SKEW)
        except TransportError as error:
            raise TryLater(f"Google's certificates: {error}") from error
        except (ValueError, GoogleAuthError, LookupError, TypeError, AttributeError, RecursionError):
            return None  # hostile tokens hold JSON of any shape, which the library takes as it comes
        match claims:
            case {"email": str(email), "email_verified": True}:
                return email
            case _:
                return None


class KeepingRequest:
    """Asks for an address once an hour: the library fetches certificates anew for every token."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._kept: dict[str, tuple[float, Response]] = {}
        self._lock = threading.Lock()

    def __call__(self, url: str, method: str = "GET", **options: Mapping[str, str]) -> Response:
        with self._lock:
            now = time.monotonic()
            kept = self._kept.get(url)
            if kept is None or kept[0] <= now:
                kept = now + KEPT, self._request(url, method=method, **options)
                if kept[1].status == 200:
                    self._kept[url] = kept
            return kept[1]
