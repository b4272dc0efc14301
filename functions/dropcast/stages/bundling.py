"""Make the files of a batch's inputs, block by block, as they will stand in the archive."""

import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
READ_AT_ONCE = 1 << 22  # samples: 8 MB, since an hour of sound is 20 of them
AT_ONCE = 16 << 20  # bytes of a block's sound that are fetched at once: ten seconds for each of its inputs
CONTENT_DIGITS = 32


def batch_head(job: str, jobs: ObjectStore) -> BatchHead | None:
    """Return what a batch is about; None for a conversation."""
    try:
        return decode_head(jobs.read(names.batch(job)))
    except ObjectMissing:
        return None


@dataclass(frozen=True, slots=True)
class Owed:
    """A bundle that could be there, and is not: its block, its inputs, and the blocks that they need."""

    index: int
    inputs: Sequence[PlannedInput]
    needed: Sequence[Block]


def owed(head: BatchHead, block: Block, complete: Mapping[str, int], jobs: ObjectStore) -> Iterator[Owed]:
    """Yield the bundles that a block which is complete has to be made into, or kept waiting.

    Those are its own, and those of later blocks in which inputs end that have a piece in it. Every block's
    delivery looks after them, so that none is left.
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
            yield Owed(index, inputs, needed)


def bundle_ready(
    head: BatchHead, block: Block, complete: Mapping[str, int], jobs: ObjectStore, encoder: Encoder
) -> None:
    """Make the bundles that a block owes."""
    for each in owed(head, block, complete, jobs):
        speech = _Speech(each.needed, complete, jobs)
        bundle = _bundle(head, each.index, each.inputs, speech, jobs, encoder)
        jobs.create(names.bundle(head.upload.job, each.index), encode_bundle(bundle))


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
    audio = _Stretches(head, index, "audio", jobs)
    texts = _Stretches(head, index, "texts", jobs)
    results: list[str] = []
    errors: list[str] = []
    counted = Counted()
    for planned in inputs:
        result, sound = _heard(head, planned, speech, jobs, encoder, index)
        audio.add(sound)
        texts.add(text_files(result, head))
        results.append(entry_json(result, head.wanted).decode())
        counted = counted + _counted(result)
        if result.error:
            errors.append(_failure(result.number, result.error))
    stretches = (*audio.all(), *texts.all())
    return Bundle(stretches, tuple(results), counted, errors=tuple(errors))


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
    contents: Iterable[Content], head: BatchHead, index: int, part: str, jobs: ObjectStore
) -> tuple[Stretch, ...]:
    """Store files as entries of the archive."""
    stretches = _Stretches(head, index, part, jobs)
    stretches.add(contents)
    return stretches.all()


class _Stretches:
    """Files on their way into the archive: those in memory together, a large one behind its own header."""

    def __init__(self, head: BatchHead, index: int, part: str, jobs: ObjectStore) -> None:
        self._job, self._index, self._part, self._jobs = head.upload.job, index, part, jobs
        self._stored: list[Stretch] = []
        self._files: list[File] = []
        self._entries = bytearray()

    def add(self, contents: Iterable[Content]) -> None:
        for content in contents:
            if content.large:
                self._flush()
                header = self._store(entry_header(content.large), f"{self._part}-header")
                self._stored.append(Stretch((header, content.object), (content.large,)))
                continue
            file = File(content.name, len(content.data), binascii.crc32(content.data))
            self._files.append(file)
            self._entries += entry_header(file) + content.data
            if len(self._entries) > SMALL:
                self._flush()

    def all(self) -> tuple[Stretch, ...]:
        """Return everything that was added, in order."""
        self._flush()
        return tuple(self._stored)

    def _flush(self) -> None:
        if self._files:
            place = self._store(bytes(self._entries), self._part)
            self._stored.append(Stretch((place,), tuple(self._files)))
            self._files, self._entries = [], bytearray()

    def _store(self, data: bytes, part: str) -> str:
        digest = sha256(data).hexdigest()[:CONTENT_DIGITS]
        place = names.bundle_files(self._job, self._index, part, digest)
        self._jobs.create(place, data)
        return place


def entry_header(file: File) -> bytes:
    """Return what stands before a file's bytes in the archive."""
    return local_header(Entry(file.name, file.size, file.crc32))


def _counted(result: InputResult) -> Counted:
    if result.heard is None:
        return Counted(failed=1)
    heard = result.heard
    duration = heard.samples * 1000 // heard.sample_rate_hertz
    return Counted(succeeded=1, size_in_bytes=heard.audio_bytes, duration_ms=duration)


def _sound_bundle(
    head: BatchHead, index: int, inputs: Sequence[PlannedInput], speech: _Speech, jobs: ObjectStore
) -> Bundle:
    """Bundle inputs that become one file with all others: their sound, and what is said when in it."""
    rate, samples, estimated = NATURAL_SAMPLE_RATE_HERTZ, 0, False
    words: list[Boundary] = []
    sentences: list[Boundary] = []
    contents: list[str] = []
    errors: list[str] = []
    results: list[str] = []
    sounds: list[Iterator[bytes]] = []
    for planned in inputs:
        if error := speech.why_not(planned):
            errors.append(_failure(planned.index + 1, error))
            failed = InputResult(planned.index + 1, (planned.content,), None, error)
            results.append(entry_json(failed, head.wanted).decode())
            continue
        contents.append(planned.content)
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
        results=tuple(results),
        counted=Counted(len(contents), len(errors)),
        contents=tuple(contents),
        errors=tuple(errors),
        debug=tuple(_debug(planned, speech) for planned in inputs),
        sound=Sound(place, samples, rate, tuple(words), tuple(sentences), estimated),
    )
