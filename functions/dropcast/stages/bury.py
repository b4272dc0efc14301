"""Stage 4: a dead letter → the end that it would otherwise keep a job from."""

import logging

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, encode_outcome
from dropcast.jobs.plan import decode_head
from dropcast.jobs.report import refused_report
from dropcast.jobs.utterance import Utterance
from dropcast.ports import EpisodeStore, ObjectMissing, ObjectStore, Topic
from dropcast.scripts.names import is_script_name
from dropcast.scripts.problems import Problem
from dropcast.stages.completion import publish_if_full
from dropcast.stages.publication import end_job

log = logging.getLogger(__name__)


def bury_utterance(utterance: Utterance, jobs: ObjectStore, blocks: Topic[Block]) -> None:
    """Let an utterance that could not be spoken in all its tries become a rejection."""
    reason = "given up: something outside failed at every try (speech service, storage or decoder)"
    jobs.create(
        names.outcome(utterance.block, utterance.index), encode_outcome(Rejection(utterance.index, reason))
    )
    log.error("buried", extra={"job": utterance.job, "utterance": utterance.index, "line": utterance.line})
    publish_if_full(utterance.block, jobs, blocks)


def bury_episode(job: str, jobs: ObjectStore, episodes: EpisodeStore) -> None:
    """An episode that could not be finished in all its tries ends with a failed report."""
    log.error("buried", extra={"job": job})
    try:
        head = decode_head(jobs.read(names.plan(job)))
    except ObjectMissing:
        return  # without a plan there is nobody to report to
    _fail(head.upload, head.script_sha256, "the episode could not be joined", jobs, episodes)


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
