"""Settle an episode: from the plan and the outcomes to its layout, its parts, and all its files of text."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.measures import Measures
from dropcast.jobs.outcome import Outcome, Rejection, Spoken, decode_outcomes
from dropcast.jobs.part import Coding, Part, decode_part, encode_part
from dropcast.jobs.plan import Plan, decode_plan
from dropcast.jobs.report import Length, OutputFile, job_report
from dropcast.ports import Encoder, EpisodeStore, ObjectMissing, ObjectStore
from dropcast.publishing.chapters import chapters_json
from dropcast.publishing.layout import Layout, PlacedPart, decode_layout, encode_layout
from dropcast.publishing.levels import loudness_facts
from dropcast.publishing.srt import srt
from dropcast.publishing.states import line_states
from dropcast.publishing.tags import Tags
from dropcast.publishing.transcript import transcript_json
from dropcast.publishing.webvtt import webvtt
from dropcast.scripts.names import stem
from dropcast.sound.codings import coding_of, digest, maker_of
from dropcast.sound.cutting import cut_episode, stored_clips
from dropcast.sound.laying import lay_timeline
from dropcast.sound.mixing import Mix, mix_episode
from dropcast.sound.timeline import Timeline
from dropcast.stages.publication import end_job

TEXTS: Mapping[str, Callable[[Plan, Timeline], Iterator[bytes]]] = {
    "vtt": webvtt,
    "srt": srt,
    "transcript.json": transcript_json,
    "chapters.json": chapters_json,
}
SYNTHETIC = "The voices of this episode are synthetic."


def settled_layout(
    blocks: list[Block], jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder
) -> Layout | None:
    """Return the layout of a job whose blocks are complete, and settle it if nobody has.

    None if there is no episode to be made: then the job has been ended with a report that says why.
    """
    job = blocks[0].job
    try:
        return read_layout(job, jobs)
    except ObjectMissing:
        return _settle(blocks, jobs, episodes, encoder)


def read_layout(job: str, jobs: ObjectStore) -> Layout:
    """Read what was settled. Raises ObjectMissing."""
    return decode_layout(jobs.read(names.layout(job)))


def read_parts(layout: Layout, jobs: ObjectStore) -> Iterator[Part]:
    """Yield the parts as they were settled."""
    recipes = jobs.read(names.recipes(layout.upload.job, layout.settled))
    return (decode_part(json.loads(line)) for line in recipes.splitlines())


def block_outcomes(block: Block, jobs: ObjectStore) -> list[Outcome]:
    """Return the outcomes of a gathered block."""
    return decode_outcomes(jobs.read(names.gathered(block)))


def parts_ahead(blocks: list[Block], jobs: ObjectStore, encoder: Encoder) -> list[Part]:
    """Return the parts that the first blocks of a job settle already, before its other blocks are complete.

    None where levels depend on what is not yet spoken. Each is what the whole episode will be cut into; if
    one is not, nothing but time is lost, since parts are named by what they hold.
    """
    plan = decode_plan(jobs.read(names.plan(blocks[0].job)))
    if plan.head.sounding.loudness is not None or plan.head.extras:
        return []
    outcomes = [outcome for block in blocks for outcome in block_outcomes(block, jobs)]
    begun = _beginning(plan, len(outcomes))
    timeline = _timeline(begun, outcomes[: begun.head.utterances])
    if timeline is None:
        return []
    mix = mix_episode(begun, timeline, outcomes, {})
    return _named(_parts(begun, timeline, outcomes[: begun.head.utterances], mix), encoder.version())[:-1]


def _beginning(plan: Plan, utterances: int) -> Plan:
    """Return the plan of the lines that so many utterances complete."""
    lines = tuple(line for line in plan.lines if line.utterances.stop <= utterances)
    heard = lines[-1].utterances.stop if lines else 0
    return Plan(replace(plan.head, utterances=heard), lines)


def _settle(
    blocks: list[Block], jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder
) -> Layout | None:
    plan = decode_plan(jobs.read(names.plan(blocks[0].job)))
    outcomes = [_lighter(outcome, plan) for block in blocks for outcome in block_outcomes(block, jobs)]
    timeline = _timeline(plan, outcomes)
    if timeline is None:
        report = job_report(plan, outcomes, line_states(plan, outcomes, None), None, ())
        end_job(plan.head.upload, report, jobs, episodes)
        return None
    again = chain.from_iterable(block_outcomes(block, jobs) for block in blocks)
    mix = mix_episode(plan, timeline, again, _extras(plan, outcomes))
    parts = _named(_parts(plan, timeline, outcomes, mix), encoder.version())
    layout = _write(plan, timeline, outcomes, mix, parts, jobs)
    jobs.create(names.layout(layout.upload.job), encode_layout(layout))
    return read_layout(layout.upload.job, jobs)


def _lighter(outcome: Outcome, plan: Plan) -> Outcome:
    """Drop what is only needed to level a line: it is read again, one block at a time, in its turn."""
    if isinstance(outcome, Spoken) and outcome.utterance < _extras_from(plan):
        return replace(outcome, measures=replace(outcome.measures, energy_bytes=b"", limiting=()))
    return outcome


def _extras_from(plan: Plan) -> int:
    return plan.head.utterances - len(plan.head.extras)


def _extras(plan: Plan, outcomes: Sequence[Outcome]) -> dict[int, Measures]:
    beside = outcomes[_extras_from(plan) :]
    return {outcome.utterance: outcome.measures for outcome in beside if isinstance(outcome, Spoken)}


def _timeline(plan: Plan, outcomes: Sequence[Outcome]) -> Timeline | None:
    """Lay the timeline, or None where the script's onError, or silence throughout, leaves no episode."""
    rejected = any(isinstance(outcome, Rejection) for outcome in outcomes)
    if rejected and plan.head.on_error == "fail":
        return None
    timeline = lay_timeline(plan, outcomes)
    return timeline if timeline.lines else None


def _parts(plan: Plan, timeline: Timeline, outcomes: Sequence[Outcome], mix: Mix) -> Iterator[Part]:
    head = plan.head
    stored = stored_clips(head.upload.job, outcomes)
    fade = head.sounding.fade_ms * head.sample_rate_hertz // 1000
    return cut_episode(head.upload.job, timeline, stored, mix, fade, _codings(plan))


def _codings(plan: Plan) -> tuple[Coding, ...]:
    """Every coding that the outputs ask for, once."""
    codings = (coding_of(output) for output in plan.head.outputs)
    return tuple(dict.fromkeys(coding for coding in codings if coding))


def _named(parts: Iterator[Part], encoder_version: str) -> list[Part]:
    maker = maker_of(encoder_version)
    return [
        replace(
            part,
            digests=tuple(digest(part, coding, encoder_version) for coding in part.codings),
            maker=maker,
        )
        for part in parts
    ]


def _write(
    plan: Plan, timeline: Timeline, outcomes: list[Outcome], mix: Mix, parts: list[Part], jobs: ObjectStore
) -> Layout:
    """Write parts, texts and the report's draft under the digest of them all, and return what is settled."""
    head, job = plan.head, plan.head.upload.job
    recipes = b"".join(json.dumps(encode_part(part), ensure_ascii=False).encode() + b"\n" for part in parts)
    length = Length(timeline.samples, timeline.sample_rate_hertz)
    states = line_states(plan, outcomes, timeline, mix.loudness())
    draft = b"".join(job_report(plan, outcomes, states, length, ()))
    texts = {
        output.format: b"".join(TEXTS[output.format](plan, timeline))
        for output in head.outputs
        if output.format in TEXTS
    }
    settled = _digest(recipes, draft, *texts.values())
    jobs.create(names.recipes(job, settled), recipes)
    jobs.create(names.draft(job, settled), draft)
    for extension, text in texts.items():
        jobs.create(names.result(job, settled, extension), text)
    return Layout(
        upload=head.upload,
        settled=settled,
        samples=timeline.samples,
        sample_rate_hertz=timeline.sample_rate_hertz,
        sounds=tuple(output for output in head.outputs if output.format not in TEXTS),
        texts=tuple(_text_file(plan, settled, extension, len(text)) for extension, text in texts.items()),
        codings=_codings(plan),
        parts=tuple(PlacedPart(part.position, part.samples, part.digests) for part in parts),
        tags=_tags(plan, timeline),
        loudness=loudness_facts(mix.levels, head.sounding.loudness),
    )


def _text_file(plan: Plan, settled: str, extension: str, size: int) -> OutputFile:
    upload = plan.head.upload
    result = names.result(upload.job, settled, extension)
    return OutputFile(extension, result, f"{stem(upload.name)}.{extension}", size)


def _digest(*contents: bytes) -> str:
    whole = hashlib.sha256()
    for content in contents:
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()[:32]


def _tags(plan: Plan, timeline: Timeline) -> Tags:
    head = plan.head
    speaking = {line.speaker for line in plan.lines}
    return Tags(
        title=head.title,
        speakers=tuple(speaker.name for speaker in head.speakers if speaker.key in speaking),
        date=head.upload.created,
        language=head.language_code,
        note=SYNTHETIC,
        chapters=timeline.chapters,
        samples=timeline.samples,
        sample_rate_hertz=timeline.sample_rate_hertz,
    )
