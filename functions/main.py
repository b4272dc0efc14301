"""Cloud Run entry points: decode the delivery, call one stage, acknowledge.

A handler that returns acknowledges the delivery; one that raises asks for another. What can never be read
is logged and acknowledged, or it would come back for days.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import functions_framework
from flask import Request
from flask.typing import ResponseReturnValue

from dropcast import events, wiring
from dropcast.batchapi import web
from dropcast.batchapi.application import answer
from dropcast.gateways.logs import about, note
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import NewerMessage, Unreadable
from dropcast.jobs.part import Part
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.stages.bury import bury_step, bury_upload, bury_utterance
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block, finalize_part
from dropcast.stages.synthesize import synthesize_utterance

log = logging.getLogger("dropcast.main")
Event = TypeVar("Event", bound=Utterance | Block | Part | Upload)


@functions_framework.http
def dispatch(request: Request) -> ResponseReturnValue:
    """An object landed in the uploads bucket: plan it and publish one message per utterance."""
    return _deliver("dispatch", request, events.upload, _dispatch)


@functions_framework.http
def synthesize(request: Request) -> ResponseReturnValue:
    """An utterance arrived from Pub/Sub: give it its outcome."""
    return _deliver("synthesize", request, events.utterance, _synthesize)


@functions_framework.http
def finalize(request: Request) -> ResponseReturnValue:
    """A block is full, or a part is to be rendered: do the next step that is missing, up to the report."""
    return _deliver("finalize", request, events.step, _finalize)


@functions_framework.http
def bury(request: Request) -> ResponseReturnValue:
    """A message was given up: end what it would otherwise keep a job from."""
    return _deliver("bury", request, events.dead_letter, _bury)


@functions_framework.http
def api(request: Request) -> ResponseReturnValue:
    """A client of the batch synthesis API asks: answer."""
    wiring.start_logging()
    began = time.monotonic()
    with about(stage="api", method=request.method, route=_route(request.path)):
        found = answer(web.asked(request), wiring.api_world())
        took = round((time.monotonic() - began) * 1000)
        told = {"status": int(found.status), "request": found.headers["apim-request-id"]}
        log.info("answered", extra=told | {"milliseconds": took})
    return web.response(request, found)


@functions_framework.http
def sweep(_: Request) -> ResponseReturnValue:
    """It is time: remove the batches that have outlived theirs, and wake the jobs that stand still."""
    wiring.start_logging()
    with about(stage="sweep"):
        try:
            wiring.sweeper().sweep()
        except TryLater as trouble:
            log.warning("to be swept again", extra={"reason": str(trouble)})
            return "try later", 503
    return "", 204


def _route(path: str) -> str:
    """Return a path without what clients have named: an id, a job."""
    match path.split("/"):
        case ["", "texttospeech", "batchsyntheses" | "operations" | "results" as what, *rest]:
            return "/".join(["/texttospeech", what, *("{}" for _ in rest)])
    return "elsewhere"


def _dispatch(upload: Upload) -> None:
    dispatch_script(
        upload,
        wiring.uploads(),
        wiring.jobs(),
        wiring.episodes(),
        wiring.lines(),
        wiring.defaults(),
        wiring.batch_rules(),
    )


def _synthesize(utterance: Utterance) -> None:
    synthesize_utterance(
        utterance,
        wiring.uploads(),
        wiring.jobs(),
        wiring.speech(),
        wiring.media(),
        wiring.blocks(),
        wiring.looks(),
        wiring.withdrawals(),
    )


def _finalize(step: Block | Part) -> None:
    world = wiring.jobs(), wiring.episodes(), wiring.encoder()
    match step:
        case Block():
            finalize_block(step, *world, wiring.blocks(), wiring.in_flight(), wiring.destination)
        case Part():
            finalize_part(step, *world, wiring.in_flight())


def _bury(dead: Utterance | Block | Part | Upload) -> None:
    match dead:
        case Utterance():
            bury_utterance(dead, wiring.jobs(), wiring.blocks())
        case Block() | Part():
            bury_step(dead, wiring.jobs(), wiring.episodes())
        case Upload():
            bury_upload(dead, wiring.jobs(), wiring.episodes())


def _deliver(
    stage: str, request: Request, decode: Callable[[Request], Event], handle: Callable[[Event], None]
) -> ResponseReturnValue:
    wiring.start_logging()
    with about(stage=stage, attempt=events.attempt(request)):
        try:
            event = decode(request)
            note(**events.facts(event))
            handle(event)
        except Unreadable as unreadable:
            log.error("unreadable", extra={"reason": str(unreadable)})  # noqa: TRY400  # no traceback to read
        except (TryLater, NewerMessage) as trouble:
            log.warning("to be delivered again", extra={"reason": str(trouble)})
            return "try later", 503
        except (
            Exception
        ) as mistake:  # the edge: it goes on, as a 500, but not without saying whose job it was
            # Its text stays out of this entry: it may quote the script.
            log.error("crashed", extra={"reason": type(mistake).__name__})  # noqa: TRY400
            raise
        return "", 204
