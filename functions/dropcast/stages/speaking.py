"""How the synthesize stage buys a clip: no better one than passes the gate, and no more than it takes."""

from dataclasses import replace

from dropcast.jobs import names
from dropcast.ports import ObjectMissing, ObjectStore, SentenceTooLong, Speech, SpeechRefused
from dropcast.scripts.splitting import split_text
from dropcast.sound.gate import flaw
from dropcast.sound.wav import BrokenClip, Clip, encode_wav, join_clips, parse_wav
from dropcast.stages.clip_cache import TimedClip
from dropcast.voices.pronunciation import pronounced
from dropcast.voices.request import SpeechRequest

TAKES = 2  # a clip that fails the gate is spoken once more; then it is a rejection
SHORTEST_PIECE = 16  # bytes of text that are not cut any further


def speak(request: SpeechRequest, jobs: ObjectStore, speech: Speech) -> TimedClip:
    """Speak a request so that it passes the gate. Raises SpeechRefused."""
    for _ in range(TAKES):
        try:
            spoken = _timed(request, jobs, speech)
            wrong = _flaw(spoken.clip, request)
        except BrokenClip as broken:
            wrong = str(broken)
        if wrong is None:
            return spoken
    raise SpeechRefused(f"the speech service answered {TAKES} times with a clip that is no good: {wrong}")


def _timed(request: SpeechRequest, jobs: ObjectStore, speech: Speech) -> TimedClip:
    if not request.marks or request.kind == "text":  # only text is cut, and only SSML has marks
        return TimedClip(_joined(request, jobs, speech))
    audio, marks = speech.speak_with_marks(request)
    return TimedClip(parse_wav(audio), marks)


def _flaw(clip: Clip, request: SpeechRequest) -> str | None:
    text = request.content if request.kind == "text" else ""  # how long SSML takes is for nobody to say
    return flaw(clip, request.sample_rate_hertz, text, request.speaking_rate)


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
        clip = speak(request, jobs, speech).clip
        jobs.create(name, encode_wav(clip))
        return clip


def _halves(request: SpeechRequest) -> list[SpeechRequest]:
    # How long a sentence may be is not documented and differs by voice: halve until it is accepted.
    size = len(request.content.encode())
    if request.kind != "text" or size < 2 * SHORTEST_PIECE:
        return [request]
    return [
        pronounced(replace(request, content=piece), request.pronunciations)  # of its own words alone
        for piece in split_text(request.content, size // 2 + 1)
    ]
