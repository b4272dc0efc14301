"""What the API refuses, in the contract's envelope (section 5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from dropcast.batchapi.exchange import NOTHING, Answer, json_answer
from dropcast.scripts.problems import Problem

# The service family's own words, with 401 for a code: clients have seen no others.
ACCESS_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key "
    "for an active subscription and use a correct regional API endpoint for your resource."
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: `target` names the place, such as inputs[3].content."""

    code: str
    message: str
    target: str | None = None

    def fields(self) -> dict[str, object]:
        target = {} if self.target is None else {"target": self.target}
        return {"code": self.code, "message": self.message, **target}


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(
        self,
        status: HTTPStatus,
        fault: Fault,
        details: Sequence[Fault] = (),
        headers: Mapping[str, str] = NOTHING,
    ) -> None:
        super().__init__(fault.message)
        self.status = status
        self.fault = fault
        self.details = details
        self.headers = headers

    def answer(self) -> Answer:
        details = {"details": [detail.fields() for detail in self.details]} if self.details else {}
        headers = {"x-ms-error-code": self.fault.code, **self.headers}
        return json_answer(self.status, {"error": {**self.fault.fields(), **details}}, headers)


def bad_request(message: str, target: str | None = None) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, Fault("BadRequest", message, target))


def bad_requests(problems: Sequence[Problem]) -> Refused:
    """Tell all problems of a request: a single one by itself, several as details of the first."""
    faults = [Fault("BadRequest", problem.message, _target(problem.pointer)) for problem in problems]
    return Refused(HTTPStatus.BAD_REQUEST, faults[0], faults if len(faults) > 1 else ())


def unauthorized() -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, Fault("401", ACCESS_DENIED))


def forbidden(message: str) -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, Fault("Forbidden", message))


def not_found(message: str) -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, Fault("NotFound", message))


def method_not_allowed(message: str, allowed: str) -> Refused:
    fault = Fault("MethodNotAllowed", message)
    return Refused(HTTPStatus.METHOD_NOT_ALLOWED, fault, headers={"Allow": allowed})


def conflict(batch: str) -> Refused:
    message = f"A batch synthesis with the id {batch} exists already. Choose another id, or delete it first."
    return Refused(HTTPStatus.CONFLICT, Fault("Conflict", message, "id"))


def too_large(limit: int) -> Refused:
    message = f"The request body is larger than {limit} bytes. Split its inputs over several requests."
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Fault("PayloadTooLarge", message))


def unsupported_media_type(message: str) -> Refused:
    return Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Fault("UnsupportedMediaType", message))


def too_many_requests(seconds: int) -> Refused:
    message = f"Too many requests with this key. Retry after {seconds} s."
    fault = Fault("TooManyRequests", message)
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, fault, headers={"Retry-After": str(seconds)})


def unavailable(seconds: int) -> Refused:
    message = f"The service cannot reach its storage just now. Retry after {seconds} s."
    fault = Fault("ServiceUnavailable", message)
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, fault, headers={"Retry-After": str(seconds)})


def our_fault(request_id: str) -> Refused:
    message = f"The service failed by a fault of its own. Its log tells why, at request {request_id}."
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, Fault("InternalServerError", message))


def _target(pointer: str) -> str | None:
    """Turn a JSON pointer into what clients read: /inputs/3/content is inputs[3].content."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    path = "".join(f"[{step}]" if re.fullmatch("[0-9]+", step) else f".{step}" for step in steps)
    return path.removeprefix(".") or None
