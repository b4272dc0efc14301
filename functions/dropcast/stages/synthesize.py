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
from dropcast.stages.shared_look import SharedLook
from dropcast.voices.request import SpeechRequest

log = logging.getLogger(__name__)

TAKES = 2  # a clip that fails the gate is spoken once more; then it is a rejection
SHORTEST_PIECE = 16  # bytes of text that are not cut any further


def synthesize_utterance(
    utterance: Utterance, jobs: ObjectStore, speech: Speech, blocks: Topic[Block], looks: SharedLook
) -> None:
    """Give an utterance its one outcome, then look whether that filled its block.

    create() is what makes a repeated or overlapping delivery harmless, and the look comes also where the
    outcome was there already: a crash between the two must not strand the job.
    """
    block = utterance.block
    looks.after(
        block,
        lambda: _give_outcome(utterance, jobs, speech),
        lambda: publish_if_full(block, jobs, blocks),
    )


def _give_outcome(utterance: Utterance, jobs: ObjectStore, speech: Speech) -> None:
    outcome = _outcome(utterance, jobs, speech)
    jobs.create(names.outcome(utterance.block, utterance.index), encode_outcome(outcome))


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
    clip = names.clip(utterance.request.digest())
    take = names.take(utterance.job, utterance.index)
    cached = True
    try:
        jobs.copy(clip, take)
    except ObjectMissing:
        spoken = _speak(utterance.request, jobs, speech)
        if jobs.create(clip, encode_wav(spoken)):
            return Spoken(utterance.index, clip, spoken.samples, cached=False)
        cached = False  # paid for all the same
        jobs.copy(clip, take)
    return Spoken(utterance.index, take, parse_wav(jobs.read(take)).samples, cached)


def _speak(request: SpeechRequest, jobs: ObjectStore, speech: Speech) -> Clip:
    """Speak a request so that it passes the gate. Raises SpeechRefused."""
    for _ in range(TAKES):
        try:
            clip = _joined(request, jobs, speech)
            wrong = flaw(clip, request.sample_rate_hertz, request.content if request.kind == "text" else "")
        except BrokenClip as broken:
            wrong = str(broken)
        if wrong is None:
            return clip
    raise SpeechRefused(f"the speech service answered {TAKES} times with a clip that is no good: {wrong}")


def _joined(request: SpeechRequest, jobs: ObjectStore, speech: Speech) -> Clip:
    try:
        return parse_wav(speech.speak(request))
    except SentenceTooLong:
        pieces = _halves(request)
        if len(pieces) < 2:
            raise
    return join_clips([_piece(piece, jobs, speech) for piece in pieces])


def _piece(request: SpeechRequest, jobs: ObjectStore, speech: Speech) -> Clip:
    """Take a piece from the cache, or put it there: a later delivery goes on where this one breaks off."""
    name = names.clip(request.digest())
    try:
        return parse_wav(jobs.read(name))
    except ObjectMissing:
        clip = _speak(request, jobs, speech)
        jobs.create(name, encode_wav(clip))
        return clip


def _halves(request: SpeechRequest) -> list[SpeechRequest]:
    # How long a sentence may be is not documented and differs by voice: halve until it is accepted.
    size = len(request.content.encode())
    if request.kind != "text" or size < 2 * SHORTEST_PIECE:
        return [request]
    return [replace(request, content=piece) for piece in split_text(request.content, size // 2 + 1)]
