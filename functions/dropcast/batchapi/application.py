"""The operations of the batch synthesis API, from a request to its answer (contract, section 1)."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from dropcast.batchapi.access import Caller
from dropcast.batchapi.batches import ID, Standing, every_batch, find_batch, standing
from dropcast.batchapi.body import read_body
from dropcast.batchapi.creating import Putting, create_batch
from dropcast.batchapi.download import download
from dropcast.batchapi.errors import (
    Refused,
    bad_request,
    method_not_allowed,
    not_found,
    our_fault,
    unavailable,
)
from dropcast.batchapi.exchange import Answer, ApiRequest, json_answer
from dropcast.batchapi.jobs import job_fields, results_path
from dropcast.batchapi.operations import earlier_asking
from dropcast.batchapi.paging import read_page
from dropcast.batchapi.removing import remove_batch
from dropcast.batchapi.world import World
from dropcast.ports import TryLater

log = logging.getLogger(__name__)

API_VERSION = "2024-04-01"
BATCHES = "/texttospeech/batchsyntheses"
OPERATIONS = "/texttospeech/operations"
RETRY_AFTER = 10  # seconds, when storage is out of reach: the client library has tried for a minute already
LOOKS_AT_ONCE = 32  # jobs of a page, of four reads each


def answer(request: ApiRequest, world: World) -> Answer:
    """Answer whatever comes, errors in the contract's envelope; never raises."""
    request_id = world.new_id()
    try:
        found = _served(request, world)
    except Refused as refused:
        found = refused.answer()
    except TryLater as trouble:
        log.warning("storage is out of reach: %s", trouble, extra={"request": request_id})
        found = unavailable(RETRY_AFTER).answer()
    except Exception:  # the edge: the contract has an envelope for our own faults too
        log.exception("fault", extra={"request": request_id})
        found = our_fault(request_id).answer()
    body = b"" if request.method == "HEAD" else found.body
    return Answer(found.status, {**_length(found), **found.headers, "apim-request-id": request_id}, body)


def _length(found: Answer) -> dict[str, str]:
    if found.status == HTTPStatus.NO_CONTENT or not isinstance(found.body, bytes):
        return {}
    return {"Content-Length": str(len(found.body))}


def _served(request: ApiRequest, world: World) -> Answer:
    match request.path.split("/"):
        case ["", "texttospeech", "results", job, _] if request.path == results_path(job):
            # The address authorises itself; whatever key or token comes with it is not looked at.
            get = partial(download, job, request.headers, request.parameters(), world)
            return _by_method(request, {"GET": get})
    caller = world.access.caller(request.headers)
    world.throttle.count(caller.name)
    return _Service(request, caller, world).answer()


def _by_method(request: ApiRequest, handlers: Mapping[str, Callable[[], Answer]]) -> Answer:
    """Let the method's handler answer. Raises Refused."""
    allowed = ", ".join([*handlers, "HEAD", "OPTIONS"])
    if request.method == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, {"Allow": allowed})
    handler = handlers.get("GET" if request.method == "HEAD" else request.method)
    if handler is None:
        message = f"{request.method[:20]} is not allowed here, only {allowed}."
        if request.method == "POST":
            message += f" To create a batch synthesis, PUT it to {BATCHES}/{{id}}."
        raise method_not_allowed(message, allowed)
    return handler()


@dataclass(frozen=True, slots=True)
class _Service:
    """One request of somebody who may ask."""

    request: ApiRequest
    caller: Caller
    world: World

    def answer(self) -> Answer:
        """Raises Refused."""
        match self.request.path.removesuffix("/").split("/"):
            case ["", "texttospeech", "batchsyntheses"]:
                return _by_method(self.request, {"GET": self._list})
            case ["", "texttospeech", "batchsyntheses", batch_id]:
                operations = {"GET": self._get, "PUT": self._create, "DELETE": self._delete}
                handlers = {method: partial(handle, batch_id) for method, handle in operations.items()}
                return _by_method(self.request, handlers)
            case ["", "texttospeech", "operations", operation]:
                return _by_method(self.request, {"GET": partial(self._operation, operation)})
            case _:
                there = self.request.path[:200]
                raise not_found(f"There is nothing at {there}. The API begins at {BATCHES}.")

    def _create(self, batch_id: str) -> Answer:
        self._check_version()
        _check_id("id", batch_id)
        operation = self.request.headers.get("operation-id") or None
        if operation:
            _check_id("Operation-Id", operation)
        made = create_batch(Putting(batch_id, read_body(self.request), operation, self.caller), self.world)
        made_operation = str(made.batch.operation)
        headers = {
            "Operation-Location": f"{self._endpoint}{OPERATIONS}/{made_operation}?api-version={API_VERSION}",
            "Operation-Id": made_operation,
        }
        return json_answer(HTTPStatus.CREATED, self._fields(made), headers)

    def _get(self, batch_id: str) -> Answer:
        self._check_version()
        _check_id("id", batch_id)
        batch = find_batch(batch_id, self.caller, self.world)
        found = standing(batch, self.world) if batch else None
        if found is None:
            raise not_found(f"There is no batch synthesis with the id {batch_id}.")
        return json_answer(HTTPStatus.OK, self._fields(found))

    def _list(self) -> Answer:
        self._check_version()
        page = read_page(self.request.parameters())
        batches = every_batch(self.caller, self.world)
        window = batches[page.skip : page.skip + page.size]
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as lookers:
            found = list(lookers.map(partial(standing, world=self.world), window))
        value = [self._fields(each) for each in found if each]
        link = page.next_link(len(batches), f"{self._endpoint}{BATCHES}", API_VERSION)
        return json_answer(HTTPStatus.OK, {"value": value, **link})

    def _delete(self, batch_id: str) -> Answer:
        self._check_version()
        _check_id("id", batch_id)
        if batch := find_batch(batch_id, self.caller, self.world):
            remove_batch(batch, self.caller, self.world)
        return Answer(HTTPStatus.NO_CONTENT)

    def _operation(self, operation: str) -> Answer:
        self._check_version()
        _check_id("operation id", operation)
        asked = earlier_asking(self.caller.owner, operation, self.world.jobs)
        batch = find_batch(asked.id, self.caller, self.world) if asked else None
        found = standing(batch, self.world) if batch and batch.operation == operation else None
        if found is None:
            raise not_found(f"There is no operation {operation}.")
        return json_answer(HTTPStatus.OK, {"id": operation, "status": found.status})

    def _check_version(self) -> None:
        given = self.request.parameters().get("api-version")
        if given != API_VERSION:
            what = "is missing" if given is None else f"{given[:40]!r} is not supported"
            raise bad_request(f"The api-version {what}; this is {API_VERSION}.", "api-version")

    def _fields(self, found: Standing) -> dict[str, object]:
        return job_fields(found, self._endpoint, self.world.signer, self.world.clock())

    @property
    def _endpoint(self) -> str:
        return self.world.endpoint or self.request.endpoint


def _check_id(what: str, given: str) -> None:
    if not ID.fullmatch(given):
        raise bad_request(
            f"The {what} {given[:80]!r} must have 3 to 64 characters: letters, digits, '.', '_' and '-', "
            "with a letter or a digit at both ends.",
            what,
        )
