"""Cloud Run entry points: decode the delivery, call one stage, acknowledge.

A handler that returns acknowledges the delivery; one that raises asks for another. What can never be read
is logged and acknowledged, or it would come back for days.
"""

import logging
from collections.abc import Callable
from typing import TypeVar

import functions_framework
from flask import Request
from flask.typing import ResponseReturnValue

from dropcast import events, wiring
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import NewerMessage, Unreadable
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.stages.bury import bury_block, bury_upload, bury_utterance
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block
from dropcast.stages.synthesize import synthesize_utterance

log = logging.getLogger("dropcast.main")
Event = TypeVar("Event")


@functions_framework.http
def dispatch(request: Request) -> ResponseReturnValue:
    """An object landed in the uploads bucket: plan it and publish one message per utterance."""
    return _deliver(request, events.upload, _dispatch)


@functions_framework.http
def synthesize(request: Request) -> ResponseReturnValue:
    """An utterance arrived from Pub/Sub: give it its outcome."""
    return _deliver(request, events.utterance, _synthesize)


@functions_framework.http
def finalize(request: Request) -> ResponseReturnValue:
    """A block is full: gather it, and render the episode if it was the last."""
    return _deliver(request, events.block, _finalize)


@functions_framework.http
def bury(request: Request) -> ResponseReturnValue:
    """A message was given up: end what it would otherwise keep a job from."""
    return _deliver(request, events.dead_letter, _bury)


def _dispatch(upload: Upload) -> None:
    dispatch_script(
        upload, wiring.uploads(), wiring.jobs(), wiring.episodes(), wiring.lines(), wiring.defaults()
    )


def _synthesize(utterance: Utterance) -> None:
    synthesize_utterance(utterance, wiring.jobs(), wiring.speech(), wiring.blocks(), wiring.looks())


def _finalize(block: Block) -> None:
    finalize_block(block, wiring.jobs(), wiring.episodes(), wiring.encoder(), wiring.in_flight())


def _bury(dead: Utterance | Block | Upload) -> None:
    match dead:
        case Utterance():
            bury_utterance(dead, wiring.jobs(), wiring.blocks())
        case Block():
            bury_block(dead, wiring.jobs(), wiring.episodes())
        case Upload():
            bury_upload(dead, wiring.jobs(), wiring.episodes())


def _deliver(
    request: Request, decode: Callable[[Request], Event], handle: Callable[[Event], None]
) -> ResponseReturnValue:
    wiring.start_logging()
    try:
        handle(decode(request))
    except Unreadable as unreadable:
        log.error("unreadable delivery, acknowledged: %s", unreadable)  # noqa: TRY400  # no traceback to read
    except (TryLater, NewerMessage) as trouble:
        log.warning("to be delivered again: %s", trouble)
        return "try later", 503
    return "", 204
