"""The ASGI application: which handler a request goes to, and what becomes of a refusal."""

from collections.abc import Awaitable, Callable
from errno import EDQUOT, EFBIG, ENOSPC
from sqlite3 import SQLITE_FULL, OperationalError
from typing import Final

from dropcast_local.child import tell_of_ruin
from dropcast_local.storage.buckets import Buckets, Notifications
from dropcast_local.storage.http import (
    ClientGone,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    empty_reply,
    error_reply,
    json_reply,
)
from dropcast_local.storage.objects import Objects
from dropcast_local.storage.refusals import Refusal, not_found
from dropcast_local.storage.service import Service, suffer
from dropcast_local.storage.uploads import Uploads

Handler = Callable[..., Awaitable[Reply]]

# By the first segment of a path: how many segments are the API's own, and what distinguishes its routes.
_PREFIXES: Final = {
    "storage": (2, ""),
    "download": (3, ""),
    "upload": (3, "upload/"),
    "resumable": (4, "upload/"),
}
FULL: Final = (ENOSPC, EDQUOT, EFBIG)
# Where a path holds names: b/*/o/*/rewriteTo/b/*/o/*
_NAMES: Final = (1, 3, 6, 8)


class Application:
    """Answers every request of the JSON API, and those that control the stand-in."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._routes = _routes(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answer(Request(scope, receive))
        except Refusal as refusal:
            reply = error_reply(refusal)
        except ClientGone:
            return
        except (OSError, OperationalError) as error:
            if full := _full(error):
                tell_of_ruin(full)
            raise
        await reply.send(send)

    async def _answer(self, request: Request) -> Reply:
        try:
            handler, names = self._route(request)
            reply = await handler(request, *names)
            await self._meet_fault(request, reply)
        except Refusal:
            await request.drain()
            raise
        return reply

    async def _meet_fault(self, request: Request, reply: Reply) -> None:
        """The reply of work that is done may be lost on the way, if a test ordered that."""
        if request.operation is None or not reply.commits or reply.status >= 400:
            return
        fault = self._service.faults.after(request.operation)
        if fault is not None:
            await suffer(request, fault)

    def _route(self, request: Request) -> tuple[Handler, list[str]]:
        own, kind = _PREFIXES.get(next(iter(request.segments), ""), (0, ""))
        segments = request.segments[own:]
        words = ["*" if place in _NAMES else word for place, word in enumerate(segments)]
        handler = self._routes.get(f"{request.method} {kind}{'/'.join(words)}")
        if handler is None:
            raise not_found(f"No such method: {request.method} /{'/'.join(request.segments)}")
        return handler, [segments[place] for place in _NAMES if place < len(segments)]


def _full(error: OSError | OperationalError) -> str | None:
    """Say that there is no room for what is written, if that is what went wrong."""
    if isinstance(error, OSError):
        return error.strerror if error.errno in FULL else None
    return str(error) if error.sqlite_errorcode == SQLITE_FULL else None


class Control:
    """The handlers that tests and tools use and Cloud Storage does not have."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def order_faults(self, request: Request) -> Reply:
        return json_reply(request, self._service.faults.order(await request.json()))

    async def faults(self, request: Request, plan: str) -> Reply:
        return json_reply(request, self._service.faults.state(plan))

    async def clear_faults(self, _request: Request) -> Reply:
        self._service.faults.clear()
        return empty_reply(204)

    async def order_test(self, request: Request) -> Reply:
        return json_reply(request, self._service.faults.order_test(await request.json()))

    async def test(self, request: Request, plan: str) -> Reply:
        return json_reply(request, self._service.faults.test(plan))

    async def operations(self, request: Request) -> Reply:
        return json_reply(request, dict(self._service.operations))

    async def reset_operations(self, _request: Request) -> Reply:
        self._service.operations.clear()
        return empty_reply(204)


def _routes(service: Service) -> dict[str, Handler]:
    buckets, objects, uploads = Buckets(service), Objects(service), Uploads(service)
    notifications, control = Notifications(service), Control(service)
    return {
        "POST b": buckets.insert,
        "GET b": buckets.list,
        "GET b/*": buckets.get,
        "PATCH b/*": buckets.patch,
        "PUT b/*": buckets.update,
        "DELETE b/*": buckets.delete,
        "POST b/*/notificationConfigs": notifications.insert,
        "GET b/*/notificationConfigs": notifications.list,
        "GET b/*/notificationConfigs/*": notifications.get,
        "DELETE b/*/notificationConfigs/*": notifications.delete,
        "GET b/*/o": objects.list,
        "GET b/*/o/*": objects.get,
        "PATCH b/*/o/*": objects.patch,
        "PUT b/*/o/*": objects.update,
        "DELETE b/*/o/*": objects.delete,
        "POST b/*/o/*/compose": objects.compose,
        "POST b/*/o/*/copyTo/b/*/o/*": objects.copy,
        "POST b/*/o/*/rewriteTo/b/*/o/*": objects.rewrite,
        "POST upload/b/*/o": uploads.insert,
        "PUT upload/b/*/o": uploads.resume,
        "DELETE upload/b/*/o": uploads.cancel,
        "POST _faults": control.order_faults,
        "GET _faults/*": control.faults,
        "DELETE _faults": control.clear_faults,
        "POST retry_test": control.order_test,
        "GET retry_test/*": control.test,
        "GET _operations": control.operations,
        "DELETE _operations": control.reset_operations,
    }
