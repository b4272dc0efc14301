"""Join the parts of an episode into its files, and end the job with its report."""

import hashlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np

from dropcast.jobs import names
from dropcast.jobs.made import Made
from dropcast.jobs.part import Coding
from dropcast.jobs.report import OutputFile, complete_report
from dropcast.ports import Encoder, EpisodeStore, ObjectStore
from dropcast.publishing.formats.flac import flac_frames, flac_header
from dropcast.publishing.formats.m4a import Brand, m4a_header
from dropcast.publishing.formats.mp3 import mp3_header
from dropcast.publishing.formats.opus import opus_pages
from dropcast.publishing.formats.wav import wav_header
from dropcast.publishing.layout import Layout, PlacedPart
from dropcast.publishing.levels import programme_facts
from dropcast.scripts.conversation import Output
from dropcast.scripts.names import stem
from dropcast.sound.codings import coding_of, expected_bytes, frame_count
from dropcast.sound.frames import BrokenEpisode, Frames
from dropcast.sound.loudness import measured_loudness
from dropcast.sound.mp3 import Mp3Layout
from dropcast.sound.programme import decibels
from dropcast.stages.publication import end_job
from dropcast.stages.rendering import read_made
from dropcast.stages.together import join_all

BRANDS: Mapping[str, Brand] = {"m4a": "M4A ", "m4b": "M4B "}


def missing_parts(layout: Layout, stored: Collection[str]) -> set[int]:
    """Return the positions of the parts that are not there in all their codings."""
    return {
        part.position
        for part in layout.parts
        if any(
            names.part(layout.upload.job, _digest(layout, part, coding), coding.name) not in stored
            for coding in layout.codings
        )
    }


def join_episode(layout: Layout, jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder) -> None:
    """Make every file of the episode, each shown to be as long as settled, then end the job."""
    made = {coding: _made(layout, coding, jobs) for coding in layout.codings}
    joiner = _Joiner(layout, jobs, encoder, made)
    for output in layout.sounds:
        joiner.make(output)
    sizes = jobs.sizes(names.results(layout.upload.job, layout.settled))
    outputs = (*(_sound_file(layout, output, sizes) for output in layout.sounds), *layout.texts)
    draft = jobs.read(names.draft(layout.upload.job, layout.settled))
    measured = _measured(made[layout.codings[0]])
    report = complete_report(draft, outputs, {"loudness": {**layout.loudness, **measured}})
    end_job(layout.upload, report, jobs, episodes)


def _measured(parts: Sequence[Made]) -> dict[str, object]:
    """Return how loud the episode came out, from what was measured of the PCM that was encoded."""
    lufs = measured_loudness(np.frombuffer(part.hops, "<f4") for part in parts)
    return {"measured": programme_facts(lufs, decibels(max(part.true_peak for part in parts)))}


def _sound_file(layout: Layout, output: Output, sizes: Mapping[str, int]) -> OutputFile:
    upload = layout.upload
    result = names.result(upload.job, layout.settled, output.format)
    return OutputFile(output.format, result, f"{stem(upload.name)}.{output.format}", sizes[result])


def _made(layout: Layout, coding: Coding, jobs: ObjectStore) -> list[Made]:
    """Return what was made of every part in a coding. Raises BrokenEpisode if it is not the whole episode."""
    made = [
        read_made(layout.upload.job, _digest(layout, part, coding), coding, jobs) for part in layout.parts
    ]
    size = sum(part.bytes for part in made)
    if any(part.sizes for part in made):
        frames, sizes = sum(len(part.sizes) for part in made), sum(sum(part.sizes) for part in made)
        if frames != frame_count(coding, layout.samples) or sizes != size:
            raise BrokenEpisode(f"{frames} frames of {coding.name} in {size} bytes are no episode")
    elif size != expected_bytes(coding, layout.samples):
        raise BrokenEpisode(f"{size} bytes of {coding.name} are no episode")
    return made


def _digest(layout: Layout, part: PlacedPart, coding: Coding) -> str:
    return part.digests[layout.codings.index(coding)]


@dataclass(frozen=True, slots=True)
class _Joiner:
    """Makes the files of one episode of the parts that are there."""

    layout: Layout
    jobs: ObjectStore
    encoder: Encoder
    made: Mapping[Coding, Sequence[Made]]

    def make(self, output: Output) -> None:
        """Write one file."""
        layout, coding = self.layout, coding_of(output)
        if coding is None:
            raise ValueError(f"{output.format} is not made of parts")
        made = self.made[coding]
        parts = [
            names.part_frames(layout.upload.job, _digest(layout, place, coding), part.content, coding.name)
            for place, part in zip(layout.parts, made, strict=True)
        ]
        match output.format:
            case "mp3":
                rate = coding.sample_rate_hertz
                samples = layout.samples * rate // layout.sample_rate_hertz
                header = mp3_header(layout.tags, Mp3Layout(rate, coding.bitrate_kbps, samples))
                self._join_behind(header, parts, output)
            case "wav":
                header = wav_header(layout.tags, layout.samples, layout.sample_rate_hertz)
                self._join_behind(header, parts, output)
            case "m4a" | "m4b":
                sizes = array("I", chain.from_iterable(part.sizes for part in made))
                header = m4a_header(layout.tags, coding, sizes, BRANDS[output.format])
                self._join_behind(header, parts, output)
            case "opus":
                frames = (
                    Frames(self.jobs.read(name), part.sizes) for name, part in zip(parts, made, strict=True)
                )
                self.jobs.create_from(self._result(output), opus_pages(layout.tags, coding, frames))
            case "flac":
                self._make_flac(parts, output)

    def _make_flac(self, parts: Sequence[str], output: Output) -> None:
        """Encode in one go, which is quick; the header, with the digest of it all, is joined in front."""
        layout, digest = self.layout, hashlib.md5(usedforsecurity=False)
        stream = self.encoder.flac(_watched(self._pcm(parts), digest), layout.sample_rate_hertz)
        info, frames = flac_frames(stream)
        # Another encoder's frames do not fit behind our header, nor ours behind another one's.
        maker = hashlib.sha256(self.encoder.version().encode()).hexdigest()[:16]
        name = self._step(output, f"frames-{maker}")
        self.jobs.create_from(name, frames)
        for _ in frames:  # where another delivery's frames are there already, ours are still to be digested
            pass
        header = flac_header(layout.tags, info, layout.samples, digest.digest())
        self._join_behind(header, [name], output, maker)

    def _pcm(self, parts: Sequence[str]) -> Iterator[bytes]:
        for part in parts:
            yield from self.jobs.chunks(part)

    def _join_behind(self, header: bytes, parts: Sequence[str], output: Output, maker: str = "") -> None:
        """Join header and parts inside storage."""
        first = self._step(output, f"header{maker}")
        self.jobs.create(first, header)
        join_all([first, *parts], self._result(output), partial(self._step, output), self.jobs)

    def _step(self, output: Output, step: str) -> str:
        return names.join(self.layout.upload.job, self.layout.settled, output.format, step)

    def _result(self, output: Output) -> str:
        return names.result(self.layout.upload.job, self.layout.settled, output.format)


def _watched(chunks: Iterable[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
