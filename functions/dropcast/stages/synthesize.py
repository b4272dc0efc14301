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
from dropcast.sound.wav import Clip, encode_wav, parse_wav
from dropcast.stages.completion import publish_if_full
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.speaking import speak
from dropcast.voices.request import SpeechRequest

log = logging.getLogger(__name__)

MOST_RECORDING_BYTES = 64 * 1024 * 1024  # ten minutes of WAV in stereo, or hours of MP3
DECODING_VERSION = 1  # raise it when recordings are decoded in another way: each is then decoded anew


def synthesize_utterance(
    utterance: Utterance,
    uploads: ObjectStore,
    jobs: ObjectStore,
    speech: Speech,
    media: Media,
    blocks: Topic[Block],
    looks: SharedLook,
) -> None:
    """Give an utterance its one outcome, then look whether that filled its block.

    create() is what makes a repeated or overlapping delivery harmless, and the look comes also where the
    outcome was there already: a crash between the two must not strand the job.
    """
    block = utterance.block

    def give_outcome() -> None:
        outcome = _outcome(utterance, uploads, jobs, speech, media)
        jobs.create(names.outcome(block, utterance.index), encode_outcome(outcome))

    looks.after(block, give_outcome, lambda: publish_if_full(block, jobs, blocks))


def _outcome(
    utterance: Utterance, uploads: ObjectStore, jobs: ObjectStore, speech: Speech, media: Media
) -> Outcome:
    about = {"job": utterance.job, "utterance": utterance.index, "line": utterance.line}
    try:
        match utterance.request:
            case SpeechRequest() as request:
                outcome = _spoken(utterance, request, jobs, speech)
            case Recording() as recording:
                outcome = _recorded(utterance, recording, uploads, jobs, media)
        log.info("spoken", extra=about | {"cached": outcome.cached})
        return outcome
    except (SpeechRefused, MediaRefused) as refused:
        log.warning("rejected", extra=about | {"reason": str(refused)})
        return Rejection(utterance.index, str(refused))


def _spoken(utterance: Utterance, request: SpeechRequest, jobs: ObjectStore, speech: Speech) -> Spoken:
    bought = []

    def bought_clip() -> Clip:
        bought.append(request)  # paid for, also where another delivery's clip is then used instead
        return speak(request, jobs, speech)

    audio, clip = _taken(utterance, request.digest(), bought_clip, jobs)
    return Spoken(utterance.index, audio, measure(clip), cached=not bought)


def _recorded(
    utterance: Utterance, recording: Recording, uploads: ObjectStore, jobs: ObjectStore, media: Media
) -> Spoken:
    """Take a recording's clip by its content, so that one file is decoded once, whatever its name."""
    content = _content(recording, uploads)
    rate = recording.sample_rate_hertz
    digest = sha256(f"recording {DECODING_VERSION} at {rate} Hz\n".encode() + content).hexdigest()
    audio, clip = _taken(utterance, digest, lambda: _decoded(recording, content, media), jobs)
    return Spoken(utterance.index, audio, measure(clip), cached=True)  # nothing is bought


def _content(recording: Recording, uploads: ObjectStore) -> bytes:
    try:
        content = uploads.read(recording.name, at_most=MOST_RECORDING_BYTES + 1)
    except ObjectMissing:
        reason = f"there is no {recording.name} in the uploads bucket: upload it before the script"
        raise MediaRefused(reason) from None
    if len(content) > MOST_RECORDING_BYTES:
        raise MediaRefused(f"{recording.name}: it is larger than {MOST_RECORDING_BYTES >> 20} MB")
    return content


def _decoded(recording: Recording, content: bytes, media: Media) -> Clip:
    try:
        clip = Clip(media.decode(content, recording.sample_rate_hertz), recording.sample_rate_hertz)
    except MediaRefused as refused:
        raise MediaRefused(f"{recording.name}: {refused}") from refused
    if flaw := flaw_of_recording(clip):
        raise MediaRefused(f"{recording.name}: {flaw}")
    return clip


def _taken(
    utterance: Utterance, digest: str, make: Callable[[], Clip], jobs: ObjectStore
) -> tuple[str, Clip]:
    """Take a clip from the cache, or make it and put it there; return the name that it has for this job.

    Whoever finds the clip in the cache takes a copy for the job, which stays when the cache forgets.
    Nobody makes what the cache holds, and what another delivery put there first is used instead of ours.
    """
    clip, take = names.clip(digest), names.take(utterance.job, utterance.index)
    try:
        jobs.copy(clip, take)
    except ObjectMissing:
        made = make()
        if jobs.create(clip, encode_wav(made)):
            return clip, made
        jobs.copy(clip, take)
    return take, parse_wav(jobs.read(take))
