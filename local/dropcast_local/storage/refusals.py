"""What the stand-in answers when it does not do what was asked: Google's status, reason and wording."""


class Refusal(Exception):
    """The request is answered with an error of the JSON API."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    def resource(self) -> dict[str, object]:
        """The error in Google's envelope."""
        message = str(self)
        details = [{"message": message, "domain": "global", "reason": self.reason}]
        return {"error": {"code": self.status, "message": message, "errors": details}}


def invalid(message: str) -> Refusal:
    """The request itself is wrong."""
    return Refusal(400, "invalid", message)


def not_found(message: str) -> Refusal:
    """What the request names does not exist."""
    return Refusal(404, "notFound", message)


def no_such_object(bucket: str, name: str) -> Refusal:
    """The object, or the generation asked for, is not there."""
    return not_found(f"No such object: {bucket}/{name}")


def conflict(message: str) -> Refusal:
    """The state of what is stored forbids it."""
    return Refusal(409, "conflict", message)


def precondition_failed() -> Refusal:
    """A precondition did not hold: nothing was written."""
    return Refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def not_modified() -> Refusal:
    """What is read is what the caller already has."""
    return Refusal(304, "notModified", "Not Modified")


def injected(status: int) -> Refusal:
    """The failure that a test asked for."""
    reason = "rateLimitExceeded" if status == 429 else "backendError"
    return Refusal(status, reason, f"Injected fault: {status}")
