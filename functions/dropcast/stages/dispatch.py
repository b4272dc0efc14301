"""Stage 1: an upload → its plan, and one message per utterance."""

import logging
from itertools import chain

from dropcast.jobs import names
from dropcast.jobs.batch.plan import BatchPlan
from dropcast.jobs.batch.planning import BatchRules, plan_batch
from dropcast.jobs.batch.stored_plan import decode_head, decode_inputs, encode_head, inputs_by_block
from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import Plan, decode_plan, encode_plan
from dropcast.jobs.planning import Defaults, plan_script
from dropcast.jobs.report import refused_report
from dropcast.jobs.utterance import Utterance
from dropcast.ports import EpisodeStore, ObjectMissing, ObjectStore, Topic
from dropcast.scripts.batch.reading import is_batch_request
from dropcast.scripts.conversation import MAX_SCRIPT_BYTES
from dropcast.scripts.names import BATCHES, is_script_name
from dropcast.scripts.problems import ScriptRejected
from dropcast.stages.publication import end_job, publish_if_over

log = logging.getLogger(__name__)

ANYTHING = BatchRules()


def dispatch_script(
    upload: Upload,
    uploads: ObjectStore,
    jobs: ObjectStore,
    episodes: EpisodeStore,
    lines: Topic[Utterance],
    defaults: Defaults,
    rules: BatchRules = ANYTHING,
) -> None:
    """Plan the upload, then publish its utterances.

    The first delivery decides the plan. A redelivery reads that decision back and publishes again, which
    the workers tolerate. What is no script is left alone.
    """
    if not is_script_name(upload.name) or publish_if_over(upload.job, jobs, episodes):
        return
    try:
        plan = _plan(upload, uploads, jobs, defaults, rules)
    except ObjectMissing:
        log.info("gone", extra={"job": upload.job})
    except ScriptRejected as rejected:
        log.info("refused", extra={"job": upload.job, "problems": len(rejected.problems)})
        end_job(upload, refused_report(upload, None, rejected.problems), jobs, episodes)
    else:
        lines.publish(plan.utterances())
        log.info("planned", extra={"job": upload.job, "utterances": plan.head.utterances})


def _plan(
    upload: Upload, uploads: ObjectStore, jobs: ObjectStore, defaults: Defaults, rules: BatchRules
) -> Plan | BatchPlan:
    """Return the plan that exists, or lay one. Raises ScriptRejected, and ObjectMissing without an upload."""
    try:
        return _stored(upload.job, jobs)
    except ObjectMissing:
        script = uploads.read(upload.name, upload.generation, at_most=MAX_SCRIPT_BYTES + 1)
    if upload.name.startswith(BATCHES) or is_batch_request(script):
        batch = plan_batch(upload, script, rules)
        return batch if _create_batch(batch, jobs) else _stored(upload.job, jobs)
    plan = plan_script(upload, script, defaults)
    return plan if jobs.create_from(names.plan(upload.job), encode_plan(plan)) else _stored(upload.job, jobs)


def _create_batch(plan: BatchPlan, jobs: ObjectStore) -> bool:
    """Store a batch's plan: its inputs, then the head that names them."""
    job, digest = plan.head.upload.job, plan.head.inputs_digest
    for block, inputs in inputs_by_block(plan):
        jobs.create(names.batch_inputs(job, digest, block), inputs)
    return jobs.create(names.batch(job), encode_head(plan.head))


def _stored(job: str, jobs: ObjectStore) -> Plan | BatchPlan:
    """Read the plan that exists. Raises ObjectMissing."""
    try:
        return decode_plan(jobs.read(names.plan(job)))
    except ObjectMissing:
        head = decode_head(jobs.read(names.batch(job)))
    inputs = (
        decode_inputs(jobs.read(names.batch_inputs(job, head.inputs_digest, block))) for block in head.bundles
    )
    return BatchPlan(head, tuple(chain.from_iterable(inputs)))
