"""What both services share: a method is a coroutine from request to response that may refuse."""

from collections.abc import Awaitable, Callable, Iterable

import grpc
import grpc.aio
from google.protobuf.message import Message

from dropcast_local.pubsub.errors import RequestError

_DEFAULT_PAGE = 100


def unary(
    request_type: Message, answer: Callable[[Message, grpc.aio.ServicerContext], Awaitable[Message]]
) -> grpc.RpcMethodHandler:
    """One request, one response; a RequestError becomes the gRPC status it stands for."""

    async def answer_or_refuse(request: Message, context: grpc.aio.ServicerContext) -> Message:
        try:
            return await answer(request, context)
        except RequestError as refusal:
            await context.abort(refusal.code, refusal.reason)

    return grpc.unary_unary_rpc_method_handler(
        answer_or_refuse, request_deserializer=request_type.FromString, response_serializer=serialize
    )


def serialize(message: Message) -> bytes:
    """A message as it goes over the wire."""
    return bytes(message.SerializeToString())


def page_of(names: Iterable[str], request: Message) -> tuple[list[str], str]:
    """The page of sorted names that a List request asks for, and the token of the next one, if any."""
    following = [name for name in names if name > request.page_token]
    page = following[: request.page_size or _DEFAULT_PAGE]
    return page, page[-1] if len(page) < len(following) else ""
