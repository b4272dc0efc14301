"""How a stack or a test learns what the stand-in still has to do."""

import json

import grpc


def status(endpoint: str) -> dict[str, dict[str, int]]:
    """By subscription: waiting, outstanding, delivered, acknowledged, deadLettered.

    A subscription is idle when nothing is waiting and nothing outstanding; the other three only grow, from
    the start of the process, and `delivered` counts every attempt.
    """
    with grpc.insecure_channel(endpoint) as channel:
        answer: dict[str, dict[str, int]] = json.loads(
            channel.unary_unary("/dropcast.Control/Status")(b"{}", timeout=10)
        )
    return answer
