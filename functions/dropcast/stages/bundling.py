"""Make the files of a batch's inputs, block by block, as they will stand in the archive."""

import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import chain
from uuid import uuid4

from dropcast.jobs import names
from dropcast.jobs.batch.bundle import Bundle, File, Sound, Stretch, encode_bundle
from dropcast.jobs.batch.plan import BatchHead, PlannedInput
from dropcast.jobs.batch.report import Counted
from dropcast.jobs.batch.stored_plan import decode_head, decode_inputs
from dropcast.jobs.batch.timing import Boundary
from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.outcome import Outcome, Rejection, Spoken, decode_outcomes
from dropcast.ports import Encoder, ObjectMissing, ObjectStore
from dropcast.publishing.batch.boundaries import boundaries_json
from dropcast.publishing.batch.debug import debug_json
from dropcast.publishing.batch.files import file_names
from dropcast.publishing.batch.result import Heard, InputResult
from dropcast.publishing.batch.summary import entry_json
from dropcast.publishing.batch.times import Times, moved, times_of
from dropcast.publishing.zip import Entry, local_header
from dropcast.sound.assembly import Assembly, assemble, assembled_pcm
from dropcast.sound.cutting import Stored, clips_of_block
from dropcast.sound.wav import SAMPLE_BYTES
from dropcast.stages.audio_files import audio_file, sound_bytes
from dropcast.voices.request import NATURAL_SAMPLE_RATE_HERTZ

SMALL = 8 << 20  # bytes of a file that may stand in memory, of which an instance makes one per processor
READ_AT_ONCE = 1 << 19  # samples
AT_ONCE = 16 << 20  # bytes of a block's sound that are fetched at once: ten seconds for each of its inputs
CONTENT_DIGITS = 32


def batch_head(job: str, jobs: ObjectStore) -> BatchHead | None:
    """Return what a batch is about; None for a conversation."""
    try:
        return decode_head(jobs.read(names.batch(job)))
    except ObjectMissing:
        return None


def bundle_ready(
    head: BatchHead, block: Block, complete: Mapping[str, int], jobs: ObjectStore, encoder: Encoder
) -> None:
    """Bundle what a block that is complete finishes, by itself or for inputs that go on in later ones.

    Every block's delivery looks after those that it may have kept waiting, so that none is left.
    """
    job = head.upload.job
    wanted, made = set(head.bundles), jobs.sizes(names.bundles(job))
    for index in range(block.index, -(-head.utterances // BLOCK_SIZE)):
        if names.sound(replace(block, index=index)) not in complete:
            return
        if index not in wanted:
            continue  # in the midst of an input that goes on
        inputs = decode_inputs(jobs.read(names.batch_inputs(job, head.inputs_digest, index)))
        first = inputs[0].first_utterance // BLOCK_SIZE
        if index > block.index and first > block.index:
            return
        needed = [replace(block, index=each) for each in range(min(first, index), index + 1)]
        if names.bundle(job, index) not in made and {names.sound(each) for each in needed} <= complete.keys():
            bundle = _bundle(head, index, inputs, _Speech(needed, complete, jobs), jobs, encoder)
            jobs.create(names.bundle(job, index), encode_bundle(bundle))


@dataclass(frozen=True, slots=True)
class _Clip:
    spoken: Spoken
    stored: Stored


class _Speech:
    """The outcomes of some blocks, and where their clips lie."""

    def __init__(self, blocks: Sequence[Block], sizes: Mapping[str, int], jobs: ObjectStore) -> None:
        self._jobs, self._sizes = jobs, sizes
        self._whole = "", b""  # the last block's sound that was taken whole
        self._outcomes: dict[int, Outcome] = {}
        self._stored: dict[int, Stored] = {}
        for block in blocks:
            outcomes = decode_outcomes(jobs.read(names.gathered(block)))
            self._outcomes |= dict(zip(block.members, outcomes, strict=True))
            self._stored |= clips_of_block(block, outcomes)

    def why_not(self, planned: PlannedInput) -> str | None:
        """Say why an input cannot be heard, if it cannot."""
        rejected = (self._outcomes[at] for at in planned.utterances)
        reasons = [outcome.reason for outcome in rejected if isinstance(outcome, Rejection)]
        return planned.error or next(iter(reasons), None)

    def clips(self, planned: PlannedInput) -> list[_Clip]:
        found = ((self._outcomes[at], self._stored.get(at)) for at in planned.utterances)
        return [_Clip(spoken, at) for spoken, at in found if isinstance(spoken, Spoken) and at]

    def read(self, clips: Sequence[_Clip], clip: int, first: int, samples: int) -> Iterator[bytes]:
        """Yield samples of one of the clips."""
        stored = clips[clip].stored
        for start in range(first, first + samples, READ_AT_ONCE):
            end = min(start + READ_AT_ONCE, first + samples)
            yield self._slice(stored, start, end)

    def _slice(self, stored: Stored, start: int, end: int) -> bytes:
        """Return samples of a clip; a block of short inputs is fetched once for all of them."""
        first, last = (stored.offset + at * SAMPLE_BYTES for at in (start, end))
        if self._sizes[stored.source] > AT_ONCE:
            return self._jobs.slice(stored.source, first, last)
        if self._whole[0] != stored.source:
            self._whole = stored.source, self._jobs.read(stored.source)
        return self._whole[1][first:last]


def _bundle(
    head: BatchHead,
    index: int,
    inputs: Sequence[PlannedInput],
    speech: _Speech,
    jobs: ObjectStore,
    encoder: Encoder,
) -> Bundle:
    if head.wanted.concatenated:
        return _sound_bundle(head, index, inputs, speech, jobs)
    make = partial(_made, head, speech=speech, jobs=jobs, encoder=encoder, index=index)
    made = list(map(make, inputs))
    stretches = (
        *stretches_of([file for each in made for file in each.audio], head, index, "audio", jobs),
        *stretches_of([file for each in made for file in each.texts], head, index, "texts", jobs),
    )
    results = tuple(entry_json(each.result, head.wanted).decode() for each in made)
    return Bundle(
        stretches,
        results,
        _counted(each.result for each in made),
        errors=tuple(_failure(each.result.number, each.result.error) for each in made if each.result.error),
    )


def _failure(number: int, error: str) -> str:
    return f"input {number}: {error}"


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes; or, where it is large, the object that they are in, and their checksum."""

    name: str
    data: bytes = b""
    large: File | None = None
    object: str = ""

    @property
    def size(self) -> int:
        return self.large.size if self.large else len(self.data)


@dataclass(frozen=True, slots=True)
class _Made:
    result: InputResult
    audio: tuple[Content, ...]
    texts: tuple[Content, ...]


def _made(
    head: BatchHead,
    planned: PlannedInput,
    *,
    speech: _Speech,
    jobs: ObjectStore,
    encoder: Encoder,
    index: int,
) -> _Made:
    """Make all files of an input."""
    result, audio = _heard(head, planned, speech, jobs, encoder, index)
    return _Made(result, audio, tuple(text_files(result, head)))


def text_files(result: InputResult, head: BatchHead) -> Iterator["Content"]:
    """Yield the files of text that belong to an input, or to all of them in one."""
    named = file_names(result.number, head.wanted)
    if heard := result.heard:
        for name, boundaries in ((named.words, heard.words), (named.sentences, heard.sentences)):
            if name:
                yield Content(name, b"".join(boundaries_json(boundaries, heard.sample_rate_hertz)))
    yield Content(named.debug, debug_json(result))


def _heard(
    head: BatchHead,
    planned: PlannedInput,
    speech: _Speech,
    jobs: ObjectStore,
    encoder: Encoder,
    index: int,
) -> tuple[InputResult, tuple[Content, ...]]:
    number, audio = planned.index + 1, head.wanted.audio
    result = InputResult(number, (planned.content,), None, debug=_debug(planned, speech))
    if error := speech.why_not(planned):
        return replace(result, error=error), ()
    clips, assembly, times = _laid(planned, speech)
    rate = NATURAL_SAMPLE_RATE_HERTZ
    pcm = assembled_pcm(assembly, partial(speech.read, clips))
    name = file_names(number, head.wanted).audio
    content = stored_file(
        name, audio_file(pcm, assembly.samples, rate, audio, encoder), head.upload.job, index, jobs
    )
    heard = Heard(
        samples=assembly.samples,
        sample_rate_hertz=rate,
        audio_bytes=sound_bytes(audio, assembly.samples, rate, content.size),
        words=times.words,
        sentences=times.sentences,
        estimated=times.estimated,
    )
    return replace(result, heard=heard), (content,)


def _laid(planned: PlannedInput, speech: _Speech) -> tuple[list[_Clip], Assembly, Times]:
    clips, rate = speech.clips(planned), NATURAL_SAMPLE_RATE_HERTZ
    measures = [clip.spoken.measures for clip in clips]
    assembly = assemble(planned.pieces, measures, planned.rest_after_ms, rate)
    times = times_of(planned.pieces, [clip.spoken for clip in clips], assembly.laid, rate)
    return clips, assembly, times


def _debug(planned: PlannedInput, speech: _Speech) -> dict[str, object]:
    return {
        "voices": dict(planned.voices),
        "notes": list(planned.notes),
        "requests": len(planned.pieces),
        "clips": [clip.spoken.measures.digest for clip in speech.clips(planned)],
    }


def stored_file(name: str, chunks: Iterator[bytes], job: str, index: int, jobs: ObjectStore) -> Content:
    """Take a file into memory if it is small; else stream it to an object of its own.

    That one is named at random: what an encoder makes may differ from delivery to delivery, and its length
    and checksum must be those of just these bytes.
    """
    taken = bytearray()
    for chunk in chunks:
        taken += chunk
        if len(taken) > SMALL:
            break
    else:
        return Content(name, bytes(taken))
    place = names.bundle_files(job, index, name, uuid4().hex)
    watched = _Watched(chain([bytes(taken)], chunks))
    jobs.create_from(place, watched)
    return Content(name, large=File(name, watched.size, watched.crc32), object=place)


class _Watched(Iterator[bytes]):
    """Chunks on their way to an object, counted and summed up."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self.size, self.crc32 = chunks, 0, 0

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.size += len(chunk)
        self.crc32 = binascii.crc32(chunk, self.crc32)
        return chunk


def stretches_of(
    contents: Sequence[Content], head: BatchHead, index: int, part: str, jobs: ObjectStore
) -> Iterator[Stretch]:
    """Store files as entries of the archive: those in memory together, a large one behind its header."""
    small: list[Content] = []
    for content in contents:
        if content.large is None:
            small.append(content)
            continue
        yield from _together(small, head, index, part, jobs)
        small = []
        header = entry_header(content.large)
        place = _store(header, head.upload.job, index, f"{part}-header", jobs)
        yield Stretch((place, content.object), (content.large,))
    yield from _together(small, head, index, part, jobs)


def _together(
    contents: Sequence[Content], head: BatchHead, index: int, part: str, jobs: ObjectStore
) -> Iterator[Stretch]:
    if contents:
        files = tuple(File(each.name, len(each.data), binascii.crc32(each.data)) for each in contents)
        entries = zip(files, contents, strict=True)
        whole = b"".join(part for file, each in entries for part in (entry_header(file), each.data))
        yield Stretch((_store(whole, head.upload.job, index, part, jobs),), files)


def entry_header(file: File) -> bytes:
    """Return what stands before a file's bytes in the archive."""
    return local_header(Entry(file.name, file.size, file.crc32))


def _store(data: bytes, job: str, index: int, part: str, jobs: ObjectStore) -> str:
    place = names.bundle_files(job, index, part, sha256(data).hexdigest()[:CONTENT_DIGITS])
    jobs.create(place, data)
    return place


def _counted(results: Iterator[InputResult]) -> Counted:
    succeeded = failed = size = duration = 0
    for result in results:
        if heard := result.heard:
            succeeded += 1
            size += heard.audio_bytes
            duration += heard.samples * 1000 // heard.sample_rate_hertz
        else:
            failed += 1
    return Counted(succeeded, failed, size, duration)


def _sound_bundle(
    head: BatchHead, index: int, inputs: Sequence[PlannedInput], speech: _Speech, jobs: ObjectStore
) -> Bundle:
    """Bundle inputs that become one file with all others: their sound, and what is said when in it."""
    rate, samples, estimated = NATURAL_SAMPLE_RATE_HERTZ, 0, False
    words: list[Boundary] = []
    sentences: list[Boundary] = []
    errors: list[str] = []
    sounds: list[Iterator[bytes]] = []
    for planned in inputs:
        if error := speech.why_not(planned):
            errors.append(_failure(planned.index + 1, error))
            continue
        clips, assembly, times = _laid(planned, speech)
        sounds.append(assembled_pcm(assembly, partial(speech.read, clips)))
        words.extend(moved(times.words, samples))
        sentences.extend(moved(times.sentences, samples))
        samples, estimated = samples + assembly.samples, estimated or times.estimated
    # PCM is the same at every delivery: named by its place alone, it is whoever comes first's.
    place = names.bundle_files(head.upload.job, index, "sound", head.inputs_digest)
    jobs.create_from(place, chain.from_iterable(sounds))
    return Bundle(
        stretches=(),
        results=(),
        counted=Counted(len(inputs) - len(errors), len(errors), 0, 0),
        contents=tuple(planned.content for planned in inputs),
        errors=tuple(errors),
        debug=tuple(_debug(planned, speech) for planned in inputs),
        sound=Sound(place, samples, rate, tuple(words), tuple(sentences), estimated),
    )
