"""Whole episodes of a voice that is known to the sample: real stages, real ffmpeg, buckets in memory."""

import json
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dropcast.gateways.ffmpeg import FfmpegEncoder
from dropcast.gateways.media import FfmpegMedia
from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.part import Part
from dropcast.jobs.planning import Defaults
from dropcast.sound import cuts
from dropcast.sound.wav import Clip, encode_wav
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block, finalize_part
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from fakes import MemoryEpisodeStore, MemoryObjectStore, MemoryTopic
from players import decoded
from sounds import decibels

RATE = 24_000
KEPT_BEFORE, KEPT_AFTER = 240, 960  # samples of a voice's silence that stay: 10 and 40 ms
FADE = 120  # samples: 5 ms
GRAIN = 120  # samples: a sound between silences is whole 5 ms, by which silence is told from it
USUAL_RATES = {"wav": RATE, "flac": RATE, "mp3": RATE, "m4a": 48_000, "m4b": 48_000, "opus": 48_000}
VOICES = {"A": "en-US-Chirp3-HD-Charon", "B": "en-US-Chirp3-HD-Kore"}
LEVELS = {VOICES["A"]: -20.0, VOICES["B"]: -26.0}  # dBFS (RMS): 6 LU apart
# A clip that ended as loud as it is would be taken for one that was cut off: samples before its end, and dB.
SOFT_END = (-RATE // 5, -RATE // 8), (0.0, -14.0)
SPEAKERS = {key: {"voice": voice} for key, voice in VOICES.items()}


def hum(samples, seed):
    """Noise from 150 to 1500 Hz of RMS 1: never the same, so that its place can be found, never a jump."""
    random = np.random.default_rng(seed)
    pitches = np.fft.rfftfreq(samples, 1 / RATE)
    spectrum = random.normal(size=(2, len(pitches)))
    spectrum[:, (pitches < 150) | (pitches > 1500)] = 0
    sound = np.fft.irfft(spectrum[0] + 1j * spectrum[1], samples)
    return sound / np.sqrt(np.mean(sound**2))


@dataclass(frozen=True, slots=True)
class Take:
    """A clip, whose samples from `first` up to `end` are to be heard, and from `onset` to `offset` sound."""

    samples: np.ndarray
    first: int
    end: int
    onset: int
    offset: int

    @property
    def heard(self):
        return self.samples[self.first : self.end]

    @property
    def sound(self):
        return self.samples[self.onset : self.offset]


def spoken(text, level):
    """How the voice speaks a text, always the same: some in digital silence, some in faint noise, and some
    that begin and end in the midst of sound, as those do who are interrupted.
    """
    seed = zlib.crc32(text.encode())
    if seed % 3 == 2:
        return _abrupt(text, level, seed)
    samples = _length(text, seed) // GRAIN * GRAIN
    before, after = GRAIN * (10 + seed % 20), RATE // 3 + seed % 7001
    rise = np.sin(np.linspace(0, np.pi / 2, GRAIN)) ** 2
    sound = hum(samples, seed) * decibels(level) * 32_768
    sound[:GRAIN] *= rise
    sound[-GRAIN:] *= rise[::-1]
    noise = np.random.default_rng(seed).normal(scale=5.0 * (seed % 3), size=before + samples + after)
    noise[before : before + samples] += sound
    whole = np.rint(noise).astype("<i2")
    return Take(whole, before - KEPT_BEFORE, before + samples + KEPT_AFTER, before, before + samples)


def _abrupt(text, level, seed):
    sound = hum(_length(text, seed), seed) * decibels(level) * 32_768
    softly = decibels(np.interp(np.arange(len(sound)) - len(sound), *SOFT_END))
    sound *= softly
    return Take(np.rint(sound).astype("<i2"), 0, len(sound), 0, len(sound))


def _length(text, seed):
    return RATE + seed % RATE + len(text) * RATE // 60


class Voice:
    """The speech service: tells what it was asked."""

    def __init__(self, spoken=spoken):
        self.requests = []
        self.takes = {}
        self._spoken = spoken

    def speak(self, request):
        self.requests.append(request.content)
        take = self._spoken(request.content, LEVELS[request.voice])
        self.takes[request.content] = take
        return encode_wav(Clip(take.samples.tobytes(), RATE))


class CountingEncoder(FfmpegEncoder):
    """ffmpeg, which tells what it was asked to encode."""

    def __init__(self):
        super().__init__()
        self.encoded = []

    def encode(self, pcm, sample_rate_hertz, coding):
        self.encoded.append(coding.name)
        return super().encode(pcm, sample_rate_hertz, coding)


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A line as the report tells of it: samples of the episode, the gain it got; and its clip."""

    entry: int
    speaker: str
    start: int
    end: int
    gain_db: float
    take: Take


@dataclass(eq=False, repr=False)
class Episode:
    """A finished job: its report, its files and their sample rates by format, its lines, where its parts
    start, and what it took to make it: what was spoken, and what was encoded.
    """

    folder: Path
    report: dict
    files: dict
    rates: dict
    lines: list
    seams: list
    spoken: list
    encoded: list

    @property
    def samples(self):
        return self.report["samples"]

    @property
    def edges(self):
        """Every sample at which a line begins or ends."""
        return sorted({edge for line in self.lines for edge in (line.start, line.end)})

    def path(self, extension):
        path = self.folder / f"episode.{extension}"
        if not path.exists():
            path.write_bytes(self.files[extension])
        return path

    def text(self, extension):
        return self.files[extension].decode()

    def decoded(self, extension):
        """What a player plays, at the file's own rate, as 16-bit numbers."""
        path = self.folder / f"{extension}.pcm"
        if not path.exists():
            path.write_bytes(decoded(self.path(extension)))
        return np.frombuffer(path.read_bytes(), "<i2").astype(np.float64)

    def heard(self, extension):
        """The same at the timeline's rate: every second sample of 48 kHz, as nothing is above 12 kHz."""
        return self.decoded(extension)[:: self.rates[extension] // RATE]


class Studio:
    """One deployment: its buckets, its voice and its encoder."""

    def __init__(self, folder, spoken=spoken):
        self.folder = folder
        self.recorded = {}  # what is heard of recordings, by name, as takes
        self.uploads, self.jobs = MemoryObjectStore(), MemoryObjectStore()
        self.episodes = MemoryEpisodeStore(self.jobs)
        self.voice, self.encoder = Voice(spoken), CountingEncoder()
        self._generation = 0

    def render(self, lines, **script):
        """Drop a script, let every stage do its work, and return what came of it."""
        spoken, encoded = len(self.voice.requests), len(self.encoder.encoded)
        self._generation += 1
        upload = Upload("uploads", "talk.json", self._generation, "2026-11-20")
        written = json.dumps({"speakers": SPEAKERS, "lines": lines, **script}).encode()
        self.uploads.put(upload.name, written, upload.generation)
        self._run(upload)
        report = json.loads(self.jobs.objects[names.report(upload.job)])
        folder = self.folder / str(upload.generation)
        folder.mkdir()
        return Episode(
            folder,
            report,
            {each["format"]: self.jobs.objects[each["result"]] for each in report["outputs"]},
            _rates(script.get("outputs", ())),
            [self._line(line, lines) for line in report.get("lines", []) if "startTime" in line],
            self._seams(upload.job),
            self.voice.requests[spoken:],
            self.encoder.encoded[encoded:],
        )

    def _run(self, upload):
        lines, steps = MemoryTopic(), MemoryTopic()
        dispatch_script(upload, self.uploads, self.jobs, self.episodes, lines, Defaults())
        services = self.uploads, self.jobs, self.voice, FfmpegMedia(), steps
        for utterance in lines.published:
            synthesize_utterance(utterance, *services, SharedLook(patience=0))
        for step in steps.published:  # which grows meanwhile
            match step:
                case Part():
                    finalize_part(step, self.jobs, self.episodes, self.encoder, InFlight())
                case Block():
                    finalize_block(step, self.jobs, self.episodes, self.encoder, steps, InFlight())

    def _line(self, told, lines):
        start, end = (round(told[edge] * RATE) for edge in ("startTime", "endTime"))
        said = lines[told["line"]]
        take = self.voice.takes.get(said.get("line")) or self.recorded.get(said.get("audio"))
        return HeardLine(told["line"], told["speaker"], start, end, told["gainDb"], take)

    def _seams(self, job):
        layout = self.jobs.objects.get(names.layout(job), b'{"parts": []}')
        return [part["position"] for part in json.loads(layout)["parts"]]


def _rates(outputs):
    told = {each["format"]: each.get("sampleRateHertz") for each in outputs if isinstance(each, dict)}
    return USUAL_RATES | {name: rate for name, rate in told.items() if rate}


@contextmanager
def short_parts(seconds=5):
    """Parts of some seconds, so that a short episode has many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "SHORTEST", seconds * RATE // 2)
        patch.setattr(cuts, "LONG", seconds * RATE)
        yield


@contextmanager
def one_part(seconds=5):
    """The same timeline as with short parts, but not cut."""
    with short_parts(seconds), pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts.Cuts, "places", lambda self, end: (0,))
        yield


@contextmanager
def cut_anywhere(seconds=3):
    """Parts that begin wherever the last one has become too long, in the midst of words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "LONGEST", seconds * RATE)
        yield


def shaped(sound, gain_db=0.0, fade=FADE):
    """A sound with its gain, in decibels, and a fade at either edge."""
    ramp = (np.arange(fade) + 0.5) / fade
    shape = np.full(len(sound), decibels(gain_db))
    shape[:fade] *= ramp
    shape[len(sound) - fade :] *= ramp[::-1]
    return sound * shape


def mixed(episode, fade=FADE):
    """All lines of an episode, summed: what the finished file must be where nothing else is heard."""
    mix = np.zeros(episode.samples)
    for line in episode.lines:
        mix[line.start : line.end] += shaped(line.take.heard, line.gain_db, fade)
    return mix


def found_at(samples, sound, near, reach=240):
    """Where in the samples a sound is most like what stands there, to a fraction of a sample."""
    first = max(0, near - reach)
    here = samples[first : near + reach + len(sound)]
    likeness = np.correlate(here, sound, "valid")
    best = int(likeness.argmax())
    before, peak, after = likeness[best - 1 : best + 2] if 0 < best < len(likeness) - 1 else (0, 1, 0)
    return first + best + (before - after) / (before - 2 * peak + after) / 2


# A click is a jump that the sound does not make by itself. What has nothing above 1.5 kHz curves slowly: its
# fourth difference is small, while that of a jump is three times the jump. So near a join it must not be much
# larger than anywhere in the 50 ms before or behind, where the sound goes on, with the same codec's noise.
BESIDE = RATE // 20
MORE = 4.0
INAUDIBLE = 3 * decibels(-66) * 32_768  # a jump so small is none
AT_EDGE = RATE // 500  # samples: 2 ms
AT_SEAM = RATE // 20  # where frames of two parts meet and overlap, whatever the codec


def click(samples, place, reach=AT_EDGE):
    """How many times the jumps near a place exceed what is allowed there: a click from 1 on."""
    around = reach + BESIDE
    # A player begins and ends in silence. A fourth difference is of two samples to either side.
    curving = np.abs(np.diff(np.pad(samples, around + 2)[place : place + 2 * around + 4], 4))
    near = slice(BESIDE, BESIDE + 2 * reach)
    beside = np.delete(curving, near)
    return float(curving[near].max() / max(INAUDIBLE, MORE * beside.max()))
