"""Stage 3: a full block → the next step that is missing, up to the episode and its report."""

import logging
from itertools import chain

from dropcast.jobs import names
from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Outcome, Rejection, Spoken, decode_outcomes
from dropcast.jobs.plan import Plan, decode_plan
from dropcast.jobs.report import Length, OutputFile, job_report
from dropcast.ports import Encoder, EpisodeStore, ObjectMissing, ObjectStore
from dropcast.publishing.captions import webvtt
from dropcast.publishing.states import line_states
from dropcast.scripts.names import stem
from dropcast.sound.assembly import episode_pcm
from dropcast.sound.mp3 import Mp3Layout
from dropcast.sound.timeline import Timeline, lay_timeline
from dropcast.stages.in_flight import InFlight
from dropcast.stages.publication import end_job, publish_if_over

log = logging.getLogger(__name__)


def finalize_block(
    block: Block, jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder, in_flight: InFlight
) -> None:
    """Gather a full block, and render the episode if that was the last one.

    Each step looks at what exists and creates what is missing, so any number of deliveries, at once or
    after each other, lead to the same end.
    """
    try:
        jobs.join([names.outcome(block, utterance) for utterance in block.members], names.gathered(block))
    except ObjectMissing:
        return  # not full after all: whoever fills it says so again
    _gather_sound(block, jobs)
    blocks = [Block(block.job, index, block.utterances) for index in range(block_count(block.utterances))]
    if not {names.sound(each) for each in blocks} <= jobs.names(names.sounds(block.job)):
        return
    with in_flight.alone(block.job):  # blocks that fill up together all see the job complete
        if not publish_if_over(block.job, jobs, episodes):
            _finish(blocks, jobs, episodes, encoder)


def _gather_sound(block: Block, jobs: ObjectStore) -> None:
    """Join a block's clips inside storage, so that the episode reads 32 clips at a time."""
    clips = [outcome.audio for outcome in _outcomes(block, jobs) if isinstance(outcome, Spoken)]
    if clips:
        jobs.join(clips, names.sound(block))
    else:
        jobs.create(names.sound(block), b"")


def _outcomes(block: Block, jobs: ObjectStore) -> list[Outcome]:
    return decode_outcomes(jobs.read(names.gathered(block)))


def _finish(blocks: list[Block], jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder) -> None:
    job = blocks[0].job
    plan = decode_plan(jobs.read(names.plan(job)))
    outcomes = [outcome for block in blocks for outcome in _outcomes(block, jobs)]
    timeline = _timeline(plan, outcomes)
    length = Length(timeline.samples, timeline.sample_rate_hertz) if timeline else None
    outputs = _render(plan, outcomes, timeline, blocks, jobs, encoder) if timeline else ()
    report = job_report(plan, outcomes, line_states(plan, outcomes, timeline), length, outputs)
    end_job(plan.head.upload, report, jobs, episodes)
    log.info("succeeded" if timeline else "failed", extra={"job": job})


def _timeline(plan: Plan, outcomes: list[Outcome]) -> Timeline | None:
    """Lay the timeline, or None where the script's onError, or silence throughout, leaves no episode."""
    rejected = any(isinstance(outcome, Rejection) for outcome in outcomes)
    if rejected and plan.head.on_error == "fail":
        return None
    timeline = lay_timeline(plan, outcomes)
    return timeline if timeline.lines else None


def _render(
    plan: Plan,
    outcomes: list[Outcome],
    timeline: Timeline,
    blocks: list[Block],
    jobs: ObjectStore,
    encoder: Encoder,
) -> tuple[OutputFile, ...]:
    """Write the episode, streamed into storage, and its captions."""
    upload, mp3 = plan.head.upload, plan.head.mp3
    samples = timeline.samples * mp3.sample_rate_hertz // timeline.sample_rate_hertz
    layout = Mp3Layout(mp3.sample_rate_hertz, mp3.bitrate_kbps, samples)
    sounds = chain.from_iterable(jobs.chunks(names.sound(block)) for block in blocks)
    pcm = episode_pcm(timeline, outcomes, sounds)
    frames = encoder.mp3(pcm, timeline.sample_rate_hertz, mp3)
    jobs.create_from(names.result(upload.job, "mp3"), layout.checked(frames))
    captions = b"".join(webvtt(plan, timeline))
    jobs.create(names.result(upload.job, "vtt"), captions)
    return _output("mp3", upload, layout.file_bytes), _output("vtt", upload, len(captions))


def _output(extension: str, upload: Upload, size: int) -> OutputFile:
    result = names.result(upload.job, extension)
    return OutputFile(extension, result, f"{stem(upload.name)}.{extension}", size)
