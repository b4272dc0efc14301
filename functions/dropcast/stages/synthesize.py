"""Stage 2: an utterance → its outcome (a clip, or the reason there is none)."""

import logging
from dataclasses import replace

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.outcome import Outcome, Rejection, Spoken, encode_outcome
from dropcast.jobs.utterance import Utterance
from dropcast.ports import ObjectMissing, ObjectStore, SentenceTooLong, Speech, SpeechRefused, Topic
from dropcast.scripts.splitting import split_text
from dropcast.sound.gate import flaw
from dropcast.sound.wav import BrokenClip, Clip, encode_wav, join_clips, parse_wav
from dropcast.stages.completion import publish_if_full
from dropcast.stages.in_flight import InFlight
from dropcast.voices.request import SpeechRequest

log = logging.getLogger(__name__)

TAKES = 2  # a clip that fails the gate is spoken once more; then it is a rejection
SHORTEST_PIECE = 16  # bytes of text that are not cut any further


def synthesize_utterance(
    utterance: Utterance, jobs: ObjectStore, speech: Speech, blocks: Topic[Block], in_flight: InFlight
) -> None:
    """Give an utterance its one outcome, then look whether that filled its block.

    create() is what makes a repeated or overlapping delivery harmless, and the look comes also where the
    outcome was there already: a crash between the two must not strand the job. Of the utterances of one
    block at work in this process only the last one out looks, which saves nine lists in ten.
    """
    block = utterance.block
    in_flight.enter(block)
    try:
        outcome = _outcome(utterance, jobs, speech)
        jobs.create(names.outcome(block, utterance.index), encode_outcome(outcome))
    finally:
        last = in_flight.leave(block)
    if last:
        publish_if_full(block, jobs, blocks)


def _outcome(utterance: Utterance, jobs: ObjectStore, speech: Speech) -> Outcome:
    about = {"job": utterance.job, "utterance": utterance.index, "line": utterance.line}
    try:
        outcome = _spoken(utterance, jobs, speech)
        log.info("spoken", extra=about | {"cached": outcome.cached})
        return outcome
    except SpeechRefused as refused:
        log.warning("rejected", extra=about | {"reason": str(refused)})
        return Rejection(utterance.index, str(refused))


def _spoken(utterance: Utterance, jobs: ObjectStore, speech: Speech) -> Spoken:
    """Take the clip from the cache, or speak it and put it there.

    Whoever finds the clip in the cache takes a copy for the job, which stays when the cache forgets.
    Nobody speaks what the cache holds, and what another delivery put there first is used instead of ours.
    """
    cached = names.clip(utterance.request.digest())
    take = names.take(utterance.job, utterance.index)
    try:
        jobs.copy(cached, take)
    except ObjectMissing:
        clip = _speak(utterance.request, speech)
        if jobs.create(cached, encode_wav(clip)):
            return Spoken(utterance.index, cached, clip.samples, cached=False)
        jobs.copy(cached, take)
    return Spoken(utterance.index, take, parse_wav(jobs.read(take)).samples, cached=True)


def _speak(request: SpeechRequest, speech: Speech) -> Clip:
    """Speak a request so that it passes the gate. Raises SpeechRefused."""
    for _ in range(TAKES):
        try:
            clip = _joined(request, speech)
            wrong = flaw(clip, request.sample_rate_hertz)
        except BrokenClip as broken:
            wrong = str(broken)
        if wrong is None:
            return clip
    raise SpeechRefused(f"the speech service answered {TAKES} times with a clip that is no good: {wrong}")


def _joined(request: SpeechRequest, speech: Speech) -> Clip:
    try:
        return parse_wav(speech.speak(request))
    except SentenceTooLong:
        pieces = _halves(request)
        if len(pieces) < 2:
            raise
    return join_clips([_joined(piece, speech) for piece in pieces])


def _halves(request: SpeechRequest) -> list[SpeechRequest]:
    # How long a sentence may be is not documented and differs by voice: halve until it is accepted.
    size = len(request.content.encode())
    if request.kind != "text" or size < 2 * SHORTEST_PIECE:
        return [request]
    return [replace(request, content=piece) for piece in split_text(request.content, size // 2 + 1)]
