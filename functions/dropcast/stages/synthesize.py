"""Stage 2: an utterance → its outcome (a clip, or the reason there is none)."""

import logging
from collections.abc import Callable
from hashlib import sha256

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.outcome import Outcome, Rejection, Spoken, encode_outcome
from dropcast.jobs.recording import Recording
from dropcast.jobs.utterance import Utterance
from dropcast.ports import Media, MediaRefused, ObjectMissing, ObjectStore, Speech, SpeechRefused, Topic
from dropcast.sound.gate import flaw_of_recording
from dropcast.sound.measuring import measure
from dropcast.sound.wav import Clip
from dropcast.stages.clip_cache import TimedClip, taken
from dropcast.stages.completion import publish_if_full
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.speaking import speak
from dropcast.stages.withdrawal_looks import WithdrawalLooks
from dropcast.voices.request import SpeechRequest

log = logging.getLogger(__name__)

Buy = Callable[[SpeechRequest], TimedClip]  # raises SpeechRefused, Withdrawn
MOST_RECORDING_BYTES = 64 * 1024 * 1024  # ten minutes of WAV in stereo, or hours of MP3
DECODING_VERSION = 1  # raise it when recordings are decoded in another way: each is then decoded anew


class Withdrawn(Exception):
    """The job was deleted: nothing more is bought for it."""


def synthesize_utterance(
    utterance: Utterance,
    uploads: ObjectStore,
    jobs: ObjectStore,
    speech: Speech,
    media: Media,
    blocks: Topic[Block],
    looks: SharedLook,
    withdrawals: WithdrawalLooks | None = None,
) -> None:
    """Give an utterance its one outcome, then look whether that filled its block.

    create() is what makes a repeated or overlapping delivery harmless, and the look comes also where the
    outcome was there already: a crash between the two must not strand the job. A job that was deleted is
    owed neither.
    """
    block = utterance.block

    def buy(request: SpeechRequest) -> TimedClip:
        known = withdrawals or WithdrawalLooks()
        if utterance.withdrawable and known.is_withdrawn(utterance.job, jobs):
            raise Withdrawn(utterance.job)
        return speak(request, jobs, speech)

    def give_outcome() -> None:
        outcome = _outcome(utterance, uploads, jobs, buy, media)
        jobs.create(names.outcome(block, utterance.index), encode_outcome(outcome))

    try:
        looks.after(block, give_outcome, lambda: publish_if_full(block, jobs, blocks))
    except Withdrawn:
        log.info("withdrawn", extra=_about(utterance))


def _outcome(
    utterance: Utterance, uploads: ObjectStore, jobs: ObjectStore, buy: Buy, media: Media
) -> Outcome:
    about = _about(utterance)
    try:
        match utterance.request:
            case SpeechRequest() as request:
                outcome = _spoken(utterance, request, jobs, buy)
            case Recording() as recording:
                outcome = _recorded(utterance, recording, uploads, jobs, media)
        billed = {"cached": outcome.cached, "characters": utterance.request.characters()}
        log.info("spoken", extra=about | billed)
        return outcome
    except (SpeechRefused, MediaRefused) as refused:
        # The outcome tells why in full; the service may quote the script, which is not for logs.
        log.warning("rejected", extra=about | {"reason": type(refused).__name__})
        return Rejection(utterance.index, str(refused))


def _about(utterance: Utterance) -> dict[str, object]:
    place = {"utterance": utterance.index, "line": utterance.line, "block": utterance.block.index}
    return {"job": utterance.job, **place}


def _spoken(utterance: Utterance, request: SpeechRequest, jobs: ObjectStore, buy: Buy) -> Spoken:
    bought = []

    def bought_clip() -> TimedClip:
        bought.append(request)  # paid for, also where another delivery's clip is then used instead
        return buy(request)

    take = names.take(utterance.job, utterance.index)
    audio, spoken = taken(take, request.digest(), bought_clip, jobs, marked=request.marks)
    measures = measure(spoken.clip)
    return Spoken(utterance.index, audio, measures, cached=not bought, marks=spoken.marks)


def _recorded(
    utterance: Utterance, recording: Recording, uploads: ObjectStore, jobs: ObjectStore, media: Media
) -> Spoken:
    """Take a recording's clip by its content, so that one file is decoded once, whatever its name."""
    content = _content(recording, uploads)
    rate = recording.sample_rate_hertz
    digest = sha256(f"recording {DECODING_VERSION} at {rate} Hz\n".encode() + content).hexdigest()
    take = names.take(utterance.job, utterance.index)
    audio, heard = taken(take, digest, lambda: _decoded(recording, content, media), jobs)
    return Spoken(utterance.index, audio, measure(heard.clip), cached=True)  # nothing is bought


def _content(recording: Recording, uploads: ObjectStore) -> bytes:
    try:
        content = uploads.read(recording.name, at_most=MOST_RECORDING_BYTES + 1)
    except ObjectMissing:
        reason = f"there is no {recording.name} in the uploads bucket: upload it before the script"
        raise MediaRefused(reason) from None
    if len(content) > MOST_RECORDING_BYTES:
        raise MediaRefused(f"{recording.name}: it is larger than {MOST_RECORDING_BYTES >> 20} MB")
    return content


def _decoded(recording: Recording, content: bytes, media: Media) -> TimedClip:
    try:
        clip = Clip(media.decode(content, recording.sample_rate_hertz), recording.sample_rate_hertz)
    except MediaRefused as refused:
        raise MediaRefused(f"{recording.name}: {refused}") from refused
    if flaw := flaw_of_recording(clip):
        raise MediaRefused(f"{recording.name}: {flaw}")
    return TimedClip(clip)
