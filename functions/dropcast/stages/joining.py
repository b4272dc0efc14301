"""Join the parts of an episode into its files, and end the job with its report."""

import hashlib
import logging
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dropcast.jobs import names
from dropcast.jobs.made import Made
from dropcast.jobs.part import PCM, Coding
from dropcast.jobs.report import OutputFile, complete_report
from dropcast.ports import Encoder, EpisodeStore, ObjectStore
from dropcast.publishing.formats.flac import flac_frames, flac_header
from dropcast.publishing.formats.m4a import Brand, m4a_header
from dropcast.publishing.formats.mp3 import mp3_header
from dropcast.publishing.formats.opus import opus_pages
from dropcast.publishing.formats.wav import wav_header
from dropcast.publishing.layout import Layout
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

log = logging.getLogger(__name__)

BRANDS: Mapping[str, Brand] = {"m4a": "M4A ", "m4b": "M4B "}
AT_ONCE = 32  # sources of one compose request: Cloud Storage, "Composite objects"


def missing_parts(layout: Layout, stored: dict[str, int]) -> set[int]:
    """Return the positions of the parts that are not there in all their codings."""
    return {
        part.position
        for part in layout.parts
        if any(_name(layout, part.digests, coding) not in stored for coding in layout.codings)
    }


def join_episode(
    layout: Layout, jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder, stored: dict[str, int]
) -> None:
    """Make every file of the episode, each shown to be as long as settled, then end the job."""
    joiner = _Joiner(layout, jobs, encoder, stored)
    for output in layout.sounds:
        joiner.make(output)
    sizes = jobs.sizes(names.results(layout.upload.job, layout.settled))
    outputs = (*(_sound_file(layout, output, sizes) for output in layout.sounds), *layout.texts)
    draft = jobs.read(names.draft(layout.upload.job, layout.settled))
    made = [read_made(_name(layout, part.digests, layout.codings[0]), jobs) for part in layout.parts]
    report = complete_report(draft, outputs, {"loudness": {**layout.loudness, **_measured(made)}})
    end_job(layout.upload, report, jobs, episodes)
    log.info("succeeded", extra={"job": layout.upload.job})


def _measured(parts: Sequence[Made]) -> dict[str, object]:
    """Return how loud the episode came out, from what was measured of the PCM that was encoded."""
    lufs = measured_loudness(np.frombuffer(part.hops, "<f4") for part in parts)
    return {"measured": programme_facts(lufs, decibels(max(part.true_peak for part in parts)))}


def _sound_file(layout: Layout, output: Output, sizes: Mapping[str, int]) -> OutputFile:
    upload = layout.upload
    result = names.result(upload.job, layout.settled, output.format)
    return OutputFile(output.format, result, f"{stem(upload.name)}.{output.format}", sizes[result])


def _name(layout: Layout, digests: Sequence[str], coding: Coding) -> str:
    digest = digests[layout.codings.index(coding)]
    return names.part(layout.upload.job, digest, coding.name)


@dataclass(frozen=True, slots=True)
class _Joiner:
    """Makes the files of one episode of the parts that are stored, of these sizes."""

    layout: Layout
    jobs: ObjectStore
    encoder: Encoder
    stored: dict[str, int]

    def make(self, output: Output) -> None:
        """Write one file. Raises BrokenEpisode if its parts are not what was settled."""
        layout = self.layout
        coding = coding_of(output)
        if coding is None:
            raise ValueError(f"{output.format} is not made of parts")
        parts = [_name(layout, part.digests, coding) for part in layout.parts]
        match output.format:
            case "mp3":
                self._expect(parts, expected_bytes(coding, layout.samples))
                rate = coding.sample_rate_hertz
                samples = layout.samples * rate // layout.sample_rate_hertz
                header = mp3_header(layout.tags, Mp3Layout(rate, coding.bitrate_kbps, samples))
                self._join_behind(header, parts, output)
            case "wav":
                self._expect(parts, expected_bytes(coding, layout.samples))
                header = wav_header(layout.tags, layout.samples, layout.sample_rate_hertz)
                self._join_behind(header, parts, output)
            case "m4a" | "m4b":
                sizes = self._sizes(parts, coding)
                brand = BRANDS[output.format]
                self._join_behind(m4a_header(layout.tags, coding, sizes, brand), parts, output)
            case "opus":
                self._sizes(parts, coding)
                pages = opus_pages(layout.tags, coding, self._frames(parts))
                self.jobs.create_from(self._result(output), pages)
            case "flac":
                self._make_flac(parts, output)

    def _make_flac(self, parts: Sequence[str], output: Output) -> None:
        """Encode in one go, which is quick; the header, with the digest of it all, is joined in front."""
        layout, digest = self.layout, hashlib.md5(usedforsecurity=False)
        self._expect(parts, expected_bytes(PCM, layout.samples))
        stream = self.encoder.flac(_watched(self._pcm(parts), digest), layout.sample_rate_hertz)
        info, frames = flac_frames(stream)
        name = self._step(output, "frames")
        self.jobs.create_from(name, frames)
        for _ in frames:  # where another delivery's frames are there already, ours are still to be digested
            pass
        header = flac_header(layout.tags, info, layout.samples, digest.digest())
        self._join_behind(header, [name], output)

    def _pcm(self, parts: Sequence[str]) -> Iterator[bytes]:
        for part in parts:
            yield from self.jobs.chunks(part)

    def _frames(self, parts: Sequence[str]) -> Iterator[Frames]:
        for part in parts:
            yield Frames(self.jobs.read(part), self._about(part))

    def _sizes(self, parts: Sequence[str], coding: Coding) -> "array[int]":
        """Return the size of every frame of the episode, which together are the parts'."""
        sizes = array("I")
        for part in parts:
            of_part = self._about(part)
            if sum(of_part) != self.stored[part]:
                raise BrokenEpisode(f"{part} has not the size of its {len(of_part)} frames")
            sizes.extend(of_part)
        if len(sizes) != (expected := frame_count(coding, self.layout.samples)):
            raise BrokenEpisode(f"there are {len(sizes)} frames of {coding.name}, not {expected}")
        return sizes

    def _about(self, part: str) -> tuple[int, ...]:
        return read_made(part, self.jobs).sizes

    def _expect(self, parts: Sequence[str], size: int) -> None:
        found = sum(self.stored[part] for part in parts)
        if found != size:
            raise BrokenEpisode(f"the parts have {found} bytes, not {size}")

    def _join_behind(self, header: bytes, parts: Sequence[str], output: Output) -> None:
        """Join header and parts inside storage, up to 32 at a time."""
        first = self._step(output, "header")
        self.jobs.create(first, header)
        level, joined = 0, [first, *parts]
        while len(joined) > AT_ONCE:
            groups = [joined[at : at + AT_ONCE] for at in range(0, len(joined), AT_ONCE)]
            joined = [self._step(output, f"{level}-{at:06}") for at in range(len(groups))]
            for group, name in zip(groups, joined, strict=True):
                self.jobs.join(group, name)
            level += 1
        self.jobs.join(joined, self._result(output))

    def _step(self, output: Output, step: str) -> str:
        return names.join(self.layout.upload.job, self.layout.settled, output.format, step)

    def _result(self, output: Output) -> str:
        return names.result(self.layout.upload.job, self.layout.settled, output.format)


def _watched(chunks: Iterable[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
