"""Speaks to a batch synthesis API, ours or another that keeps the contract: a method for each operation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import quote, urlsplit
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from dropcast_local.batch_answers import BatchJob, read_job, read_page, read_refusal
from dropcast_local.failures import Failed

API_VERSION = "2024-04-01"
LONGEST_SILENCE = 60  # seconds; an archive comes as a stream, and never pauses so long
CHUNK = 256 * 1024
RETRIES = Retry(
    total=6,
    connect=2,  # a wrong address is told within a second or two
    backoff_factor=0.5,
    status_forcelist=(429, 502, 503, 504),  # to the first of these the service says how long to wait
    allowed_methods=None,  # every one: by its Operation-Id, a PUT made twice is known for the same
    raise_on_status=False,
)
NOTHING: Mapping[str, str] = MappingProxyType({})
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class BatchClient:
    """The batches of one key. Raises Refused where the service refuses, and Failed where none answers."""

    def __init__(self, url: str, key: str) -> None:
        self._base = f"{url.rstrip('/')}/texttospeech/batchsyntheses"
        self._key = {"Ocp-Apim-Subscription-Key": key}
        self._session = requests.Session()
        # A proxy that the environment names cannot reach this machine's own addresses.
        self._session.trust_env = urlsplit(url).hostname not in THIS_MACHINE
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=RETRIES))

    def create(self, batch_id: str, request: bytes) -> BatchJob:
        """Submit a request under an id that is free; one that is not is Refused with status 409."""
        headers = {"Content-Type": "application/json", "Operation-Id": str(uuid4())}
        return read_job(self._ask("PUT", self._address(batch_id), headers, request))

    def get(self, batch_id: str) -> BatchJob:
        return read_job(self._ask("GET", self._address(batch_id)))

    def every_batch(self) -> Iterator[BatchJob]:
        """Yield all batches, the newest first, fetching page after page as they are needed."""
        link = f"{self._base}?api-version={API_VERSION}"
        while link:
            page = read_page(self._ask("GET", link))
            yield from page.jobs
            link = page.next_link

    def delete(self, batch_id: str) -> None:
        """Remove a batch and its results, whether it is over, runs, or is not there at all."""
        self._ask("DELETE", self._address(batch_id))

    def download(self, result: str, into: BinaryIO) -> None:
        """Fetch results from the address that a finished batch tells; it needs no key and is given none."""
        with _told_plainly(result), self._answer("GET", result, {}) as answer:
            for chunk in answer.iter_content(CHUNK):
                into.write(chunk)

    def _address(self, batch_id: str) -> str:
        return f"{self._base}/{quote(batch_id, safe='')}?api-version={API_VERSION}"

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] = NOTHING, body: bytes | None = None
    ) -> bytes:
        """Ask with the key, and return what is answered."""
        with _told_plainly(url), self._answer(method, url, {**self._key, **headers}, body) as answer:
            return answer.content

    def _answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> requests.Response:
        """Ask, and return an answer that says yes, still to be read."""
        answer = self._session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            auth=_nobody,
            timeout=LONGEST_SILENCE,
            stream=True,
            allow_redirects=False,  # the contract knows none, and a key is not carried anywhere else
        )
        if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            with answer:
                raise read_refusal(answer.status_code, answer.content)
        return answer


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request as it is: requests would else add what ~/.netrc says of the host."""
    return request


@contextmanager
def _told_plainly(url: str) -> Iterator[None]:
    """Turn what requests raises into Failed."""
    try:
        yield
    except requests.RequestException as error:
        where, _, _ = url.partition("?")  # behind it may stand a signature
        raise Failed(f"{where} cannot be reached: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Say what lies at the bottom of it: requests wraps what urllib3 wraps what the system said."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error)
