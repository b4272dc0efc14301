"""A dialogue of any length to be joined: clips as speech services answer them, and the job that has them."""

import json
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from directory_store import DirectoryObjectStore
from stored_job import UPLOAD, StoredJob

from dropcast.jobs import names
from dropcast.jobs.outcome import Spoken, encode_outcome
from dropcast.jobs.planning import Defaults
from dropcast.sound.measuring import measure
from dropcast.sound.wav import Clip, encode_wav
from dropcast.stages.dispatch import dispatch_script
from fakes import MemoryTopic
from sounds import metered, speech_like

RATE = 24_000
SPEAKERS = "AB"
LUFS = {"A": -20.0, "B": -26.0}  # 6 LU apart, as issue 3 has it
SPOKEN, SECONDS = 30, 9  # sounds of each speaker, which clips are cut out of
# Squeezed until the true peak is 15.5 dB above the loudness: Google's real clip (sound.md, 4) has 15.4.
SQUEEZED = 4
SHORTEST, LONGEST = 3.65, 7.4  # seconds of a clip, silence included: 5.5 on average (sound.md)
ENGINE_SILENCE = 0.1, 0.7  # seconds before and after the words, of zeros (sound.md, section 5)
SYLLABLE = RATE // 5  # samples of what speech_like says between two silences
FADE = np.linspace(0, 1, RATE // 25)


def speaker_of(line: int) -> str:
    return SPEAKERS[line % 2]


def dialogue(count: int) -> list[Clip]:
    """Return so many clips, no two alike, the speakers taking turns.

    A third has an engine's silence at both ends, a third fades in and out as speech does, and a third is cut
    off in the middle of a sound, as those are who are interrupted.
    """
    random = np.random.default_rng(7)
    return [_clip(speaker_of(line), line % 3, random) for line in range(count)]


def spoken_job(folder: Path, clips: Sequence[Clip], order: Sequence[int]) -> tuple[StoredJob, float]:
    """Lay the job of lines that are spoken by these clips, in this order; return it with the seconds of
    CPU that it took to measure the clips."""
    job = StoredJob(folder, len(order))
    (folder / "jobs").mkdir(parents=True)
    uploads = DirectoryObjectStore(folder / "uploads")
    (folder / "uploads").mkdir()
    entries = [{"speaker": speaker_of(line), "line": _words(line)} for line in range(len(order))]
    uploads.create(UPLOAD.name, json.dumps(entries).encode())
    utterances = MemoryTopic()
    dispatch_script(UPLOAD, uploads, job.jobs, job.episodes, utterances, Defaults())
    before = time.process_time()
    measures = [measure(clip) for clip in clips]
    measuring = time.process_time() - before
    for clip, measured in zip(clips, measures, strict=True):
        job.jobs.create(names.clip(measured.digest), encode_wav(clip))
    for utterance in utterances.published:
        measured = measures[order[utterance.index]]
        outcome = Spoken(utterance.index, names.clip(measured.digest), measured, cached=False)
        job.jobs.create(names.outcome(utterance.block, utterance.index), encode_outcome(outcome))
    return job, measuring


def _words(line: int) -> str:
    return f"This is what line {line} says{'?' if line % 5 == 0 else '.'}"


def _clip(speaker: str, kind: int, random: np.random.Generator) -> Clip:
    sounds = _spoken(speaker)
    sound = sounds[random.integers(len(sounds))]
    samples = int(random.uniform(SHORTEST, LONGEST) * RATE)
    before, after = (round(seconds * RATE) for seconds in ENGINE_SILENCE) if kind == 0 else (0, 0)
    start = random.integers(len(sound) - samples)
    said = sound[start : start + samples - before - after].copy()
    said[: len(FADE)] *= FADE
    if kind == 2:
        said = said[: len(said) - SYLLABLE + int(np.abs(said[-SYLLABLE:]).argmax())]
    else:
        said[-len(FADE) :] *= FADE[::-1]
    whole = np.concatenate([np.zeros(before), said, np.zeros(after)])
    return Clip(np.round(whole * 32_767).astype("<i2").tobytes(), RATE)


@cache
def _spoken(speaker: str) -> list[np.ndarray]:
    sounds = [_voiced(1 + SPEAKERS.index(speaker) * SPOKEN + take) for take in range(SPOKEN)]
    gain = 10 ** ((LUFS[speaker] - metered(np.concatenate(sounds), RATE).lufs) / 20)
    return [gain * sound for sound in sounds]


def _voiced(seed: int) -> np.ndarray:
    sound = np.tanh(SQUEEZED * speech_like(SECONDS, RATE, level=0, seed=seed))
    return 0.25 * sound / np.abs(sound).max()
