"""Plans and outcomes made by hand, for tests of what follows from them."""

import hashlib

from dropcast.jobs.identity import Upload
from dropcast.jobs.measures import Measures
from dropcast.jobs.outcome import Spoken
from dropcast.jobs.plan import CastSpeaker, Head, Plan, PlannedExtra, PlannedLine
from dropcast.jobs.recording import Recording
from dropcast.scripts.conversation import AS_USUAL, Extra, Output, Sounding
from dropcast.voices.request import speech_request

RATE = 24_000
UPLOAD = Upload("uploads", "story.json", 7)


def speech(content="Hi.", kind="text"):
    return speech_request(kind=kind, content=content, voice="en-US-Chirp3-HD-Kore", language_code="en-US")


def line(speaker="A", caption="Hi.", pieces=1, pacing=AS_USUAL, chapter=None, request=None):
    """What a plan holds of a line, but for its place among the others."""
    return speaker, caption, (request or speech(caption),) * pieces, pacing, chapter


def plan(lines, *, sounding=None, extras=(), rest_ms=0, on_error="skip", outputs=(Output("mp3", 96, RATE),)):
    """A plan of these lines, with the extras behind them; every second entry of the script is skipped."""
    planned, now = [], 0
    for at, (speaker, caption, requests, pacing, chapter) in enumerate(lines):
        planned.append(PlannedLine(2 * at, speaker, caption, now, requests, pacing, chapter))
        now += len(requests)
    beside = tuple(
        PlannedExtra(extra, now + at, Recording(extra.name, RATE)) for at, extra in enumerate(extras)
    )
    speakers = dict.fromkeys(speaker for speaker, *_ in lines)
    head = Head(
        upload=UPLOAD,
        script_sha256="",
        title="Story",
        language_code="en-US",
        on_error=on_error,
        sounding=sounding or Sounding(),
        sample_rate_hertz=RATE,
        outputs=outputs,
        speakers=tuple(CastSpeaker(key, key, "en-US-Chirp3-HD-Kore") for key in speakers),
        lines_pointer="",
        skipped=(),
        warnings=(),
        utterances=now + len(beside),
        extras=beside,
        rest_ms=rest_ms,
    )
    return Plan(head, tuple(planned))


def spoken(*lengths, before=0, behind=0):
    """Outcomes whose speech has these lengths in samples, with so much silence before and behind it."""
    return [
        Spoken(
            at,
            f"clips/{at}.wav",
            Measures(
                samples=before + length + behind,
                speech_start=before,
                speech_end=before + length,
                sample_peak=0.1,
                true_peak=0.1,
                energy_bytes=b"",
                digest=hashlib.sha256(f"{at} {length}".encode()).hexdigest(),
            ),
            cached=False,
        )
        for at, length in enumerate(lengths)
    ]


def music(name="music.wav", **options):
    return Extra("music", name, **options)
