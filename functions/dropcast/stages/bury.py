"""Stage 4: a dead letter → the end that it would otherwise keep a job from."""

import logging
from dataclasses import replace

from dropcast.jobs import names
from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, encode_outcome
from dropcast.jobs.part import Part
from dropcast.jobs.plan import decode_head
from dropcast.jobs.report import refused_report
from dropcast.jobs.utterance import Utterance
from dropcast.ports import EpisodeStore, ObjectMissing, ObjectStore, Topic
from dropcast.publishing.layout import decode_layout
from dropcast.scripts.names import is_script_name
from dropcast.scripts.problems import Problem
from dropcast.stages.bundling import batch_head, owed
from dropcast.stages.completion import publish_if_full
from dropcast.stages.publication import end_job

log = logging.getLogger(__name__)


def bury_utterance(utterance: Utterance, jobs: ObjectStore, blocks: Topic[Block]) -> None:
    """Let an utterance that could not be spoken in all its tries become a rejection."""
    reason = "given up: something outside failed at every try (speech service, storage or decoder)"
    jobs.create(
        names.outcome(utterance.block, utterance.index), encode_outcome(Rejection(utterance.index, reason))
    )
    place = {"utterance": utterance.index, "line": utterance.line, "block": utterance.block.index}
    log.error("buried", extra={"job": utterance.job, **place})
    publish_if_full(utterance.block, jobs, blocks)


def bury_step(step: Block | Part, jobs: ObjectStore, episodes: EpisodeStore) -> None:
    """An episode that could not be finished in all its tries ends with a failed report.

    Unless the step that was given up keeps nobody from the end: a block whose own work is done, with others
    still to come; a part rendered ahead of time, which the episode is not made of.
    """
    log.error("buried", extra={"job": step.job})
    match step:
        case Block() if not _is_needed_block(step, jobs):
            return
        case Part() if not _is_needed_part(step, jobs):
            return
    _fail_episode(step.job, jobs, episodes)


def _is_needed_block(block: Block, jobs: ObjectStore) -> bool:
    complete = jobs.sizes(names.sounds(block.job))
    if names.sound(block) not in complete:
        return True
    if block.is_batch and (head := batch_head(block.job, jobs)) and any(owed(head, block, complete, jobs)):
        return True
    blocks = [replace(block, index=index) for index in range(block_count(block.utterances))]
    return all(names.sound(each) in complete for each in blocks)


def _is_needed_part(part: Part, jobs: ObjectStore) -> bool:
    try:
        layout = decode_layout(jobs.read(names.layout(part.job)))
    except ObjectMissing:
        return False  # whoever settles the episode has the part rendered anew
    return any(set(part.digests) & set(placed.digests) for placed in layout.parts)


def _fail_episode(job: str, jobs: ObjectStore, episodes: EpisodeStore) -> None:
    what = "could not be joined"
    if batch := batch_head(job, jobs):
        _fail(batch.upload, None, f"the results {what}", jobs, episodes)
        return
    try:
        head = decode_head(jobs.read(names.plan(job)))
    except ObjectMissing:
        return  # without a plan there is nobody to report to
    _fail(head.upload, head.script_sha256, f"the episode {what}", jobs, episodes)


def bury_upload(upload: Upload, jobs: ObjectStore, episodes: EpisodeStore) -> None:
    """A script that could not be planned in all its tries ends with a failed report."""
    if not is_script_name(upload.name):
        return
    log.error("buried", extra={"job": upload.job})
    _fail(upload, None, "the script could not be planned", jobs, episodes)


def _fail(
    upload: Upload, script_sha256: str | None, what: str, jobs: ObjectStore, episodes: EpisodeStore
) -> None:
    problem = Problem("", f"{what}: given up after every try failed; drop the script again to try anew")
    end_job(upload, refused_report(upload, script_sha256, [problem]), jobs, episodes)
