"""The one way in which this service says no."""

import grpc


class RequestError(Exception):
    """A request is answered with a gRPC status other than OK."""

    def __init__(self, code: grpc.StatusCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def invalid(reason: str) -> RequestError:
    """What was asked for can never be done."""
    return RequestError(grpc.StatusCode.INVALID_ARGUMENT, reason)


def not_found(name: str) -> RequestError:
    """What was asked for does not exist."""
    return RequestError(grpc.StatusCode.NOT_FOUND, f"Resource not found: {name}")


def already_exists(name: str) -> RequestError:
    """The name is taken."""
    return RequestError(grpc.StatusCode.ALREADY_EXISTS, f"Resource already exists: {name}")


def unsupported(feature: str) -> RequestError:
    """The real service could do it, this stand-in cannot, and says so rather than ignore it."""
    return RequestError(grpc.StatusCode.UNIMPLEMENTED, f"the Pub/Sub stand-in does not offer {feature}")
