"""Join the bundles of a batch into its archive, and end the job with its report."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import chain

from dropcast.jobs import names
from dropcast.jobs.batch.bundle import Bundle, File, Sound, Stretch, decode_bundle
from dropcast.jobs.batch.identity import internal_id
from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.batch.report import Counted, batch_report
from dropcast.jobs.batch.timing import Boundary
from dropcast.jobs.report import OutputFile
from dropcast.ports import Encoder, EpisodeStore, ObjectStore
from dropcast.publishing.batch.files import file_names
from dropcast.publishing.batch.result import Heard, InputResult
from dropcast.publishing.batch.summary import entry_json, summary_json
from dropcast.publishing.batch.times import moved
from dropcast.publishing.zip import Entry, central_directory
from dropcast.scripts.names import stem
from dropcast.stages.audio_files import audio_file, sound_bytes
from dropcast.stages.bundling import Content, entry_header, stored_file, stretches_of, text_files
from dropcast.stages.delivery import Destinations, Packed, deliver, nowhere, place_of, take_back
from dropcast.stages.publication import end_job
from dropcast.stages.together import join_all
from dropcast.stages.withdrawal import is_withdrawn

log = logging.getLogger(__name__)

SUMMARY = "summary.json"
DIGEST_DIGITS = 32


def archive_batch(
    head: BatchHead,
    jobs: ObjectStore,
    episodes: EpisodeStore,
    encoder: Encoder,
    destinations: Destinations = nowhere,
) -> None:
    """Make the archive of a batch whose bundles are all there, deliver it, then end its job."""
    job = head.upload.job
    bundles = [decode_bundle(jobs.read(names.bundle(job, index))) for index in head.bundles]
    if head.wanted.concatenated:
        bundles = [_concatenated(head, bundles, jobs, encoder)]
    counted = sum((bundle.counted for bundle in bundles), Counted())
    error = None if counted.succeeded else _why_all_failed(bundles)
    stretches = _audio_first([stretch for bundle in bundles for stretch in bundle.stretches])
    stretches += _summary(head, bundles, jobs, failed=error is not None)
    files = list(_placed(file for stretch in stretches for file in stretch.files))
    settled = _digest(stretches)
    size = _join(head, stretches, files, settled, jobs)
    packed = [Packed(file.name, at + len(entry_header(file)), file.size) for file, at in files]
    output = OutputFile("zip", names.archive(job, settled), f"{stem(head.upload.name)}.results.zip", size)
    if is_withdrawn(job, jobs):
        return
    refusal = deliver(head, output.result, packed, jobs, destinations)
    if is_withdrawn(job, jobs):  # whoever withdrew it may have cleared before we were through
        take_back(job, place_of(head), destinations)
        return
    why = "; ".join(filter(None, (error, refusal))) or None
    end_job(head.upload, batch_report(head, output, counted, why, delivered=not refusal), jobs, episodes)
    log.info("archived", extra={"job": job, "succeeded": counted.succeeded, "failed": counted.failed})


def _audio_first(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return the sound before the texts: a client may take an archive's first entry for it (section 7)."""
    return sorted(stretches, key=lambda stretch: stretch.files[0].name.endswith(".json"))


def _why_all_failed(bundles: Iterable[Bundle]) -> str:
    errors = [error for bundle in bundles for error in bundle.errors]
    return f"None of the inputs could be spoken; {errors[0]}"


def _summary(
    head: BatchHead, bundles: Sequence[Bundle], jobs: ObjectStore, *, failed: bool
) -> Iterator[Stretch]:
    """Write summary.json as the last entry of the archive."""
    results = (result.encode() for bundle in bundles for result in bundle.results)
    job, last = head.upload.job, head.bundles[-1]
    summary = summary_json(internal_id(job), not failed, results)
    yield from stretches_of([stored_file(SUMMARY, summary, job, last, jobs)], head, last, "summary", jobs)


def _digest(stretches: Iterable[Stretch]) -> str:
    """Name an archive by what it is joined of: no delivery's steps are taken for those of another one."""
    whole = sha256()
    for stretch in stretches:
        whole.update(repr(stretch).encode())
    return whole.hexdigest()[:DIGEST_DIGITS]


def _join(
    head: BatchHead,
    stretches: Sequence[Stretch],
    placed: Sequence[tuple[File, int]],
    settled: str,
    jobs: ObjectStore,
) -> int:
    """Join all entries, with the archive's directory behind them; return how large it is."""
    job = head.upload.job
    last, offset = placed[-1]
    start = offset + len(entry_header(last)) + last.size
    entries = ((Entry(file.name, file.size, file.crc32), at) for file, at in placed)
    directory = b"".join(central_directory(entries, start))
    behind = names.join(job, settled, "zip", "directory")
    jobs.create(behind, directory)
    objects = [place for stretch in stretches for place in stretch.objects]
    join_all([*objects, behind], names.archive(job, settled), partial(names.join, job, settled, "zip"), jobs)
    return start + len(directory)


def _placed(files: Iterable[File]) -> Iterator[tuple[File, int]]:
    """Yield each file with the place of its entry in the archive."""
    offset = 0
    for file in files:
        yield file, offset
        offset += len(entry_header(file)) + file.size


@dataclass(frozen=True, slots=True)
class _Whole:
    """The speech of all inputs in a row."""

    samples: int
    words: tuple[Boundary, ...]
    sentences: tuple[Boundary, ...]
    estimated: bool
    objects: tuple[str, ...]


def _concatenated(head: BatchHead, bundles: Sequence[Bundle], jobs: ObjectStore, encoder: Encoder) -> Bundle:
    """Return one bundle: what was spoken in one file, timed from its beginning; then the other inputs."""
    job, last, audio = head.upload.job, head.bundles[-1], head.wanted.audio
    sounds = [bundle.sound for bundle in bundles if bundle.sound]
    whole, rate = _whole(sounds), sounds[0].sample_rate_hertz
    errors = tuple(error for bundle in bundles for error in bundle.errors)
    contents = tuple(content for bundle in bundles for content in bundle.contents)
    counted = sum((bundle.counted for bundle in bundles), Counted())
    debug = {"inputs": [each for bundle in bundles for each in bundle.debug], "left out": list(errors)}
    failed = tuple(result for bundle in bundles for result in bundle.results)
    files, results = list[Content](), failed
    result = InputResult(1, contents, None, debug=debug)
    if counted.succeeded:
        pcm = chain.from_iterable(jobs.chunks(each) for each in whole.objects)
        name = file_names(1, head.wanted).audio
        made = audio_file(pcm, whole.samples, rate, audio, encoder)
        content = stored_file(name, made, job, last, jobs)
        size = sound_bytes(audio, whole.samples, rate, content.size)
        heard = Heard(whole.samples, rate, size, whole.words, whole.sentences, whole.estimated)
        result = replace(result, heard=heard)
        counted = Counted(counted.succeeded, counted.failed, size, whole.samples * 1000 // rate)
        files.append(content)
        results = (entry_json(result, head.wanted).decode(), *failed)
    stretches = (
        *stretches_of(files, head, last, "audio", jobs),
        *stretches_of(text_files(result, head), head, last, "texts", jobs),
    )
    return Bundle(stretches, results, counted, errors=errors)


def _whole(sounds: Sequence[Sound]) -> _Whole:
    samples = 0
    words: list[Boundary] = []
    sentences: list[Boundary] = []
    for sound in sounds:
        words.extend(moved(sound.words, samples))
        sentences.extend(moved(sound.sentences, samples))
        samples += sound.samples
    return _Whole(
        samples,
        tuple(words),
        tuple(sentences),
        any(sound.estimated for sound in sounds),
        tuple(sound.object for sound in sounds if sound.samples),
    )
