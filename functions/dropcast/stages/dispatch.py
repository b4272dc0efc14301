"""Stage 1: an upload → its plan, and one message per utterance."""

import logging

from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import Plan, decode_plan, encode_plan
from dropcast.jobs.planning import Defaults, plan_script
from dropcast.jobs.report import refused_report
from dropcast.jobs.utterance import Utterance
from dropcast.ports import EpisodeStore, ObjectMissing, ObjectStore, Topic
from dropcast.scripts.conversation import MAX_SCRIPT_BYTES
from dropcast.scripts.names import is_script_name
from dropcast.scripts.problems import ScriptRejected
from dropcast.stages.publication import end_job, publish_if_over

log = logging.getLogger(__name__)


def dispatch_script(
    upload: Upload,
    uploads: ObjectStore,
    jobs: ObjectStore,
    episodes: EpisodeStore,
    lines: Topic[Utterance],
    defaults: Defaults,
) -> None:
    """Plan the upload, then publish its utterances.

    The first delivery decides the plan. A redelivery reads that decision back and publishes again, which
    the workers tolerate. What is no script is left alone.
    """
    if not is_script_name(upload.name) or publish_if_over(upload.job, jobs, episodes):
        return
    try:
        plan = _plan(upload, uploads, jobs, defaults)
    except ObjectMissing:
        log.info("replaced or deleted before it was read", extra={"job": upload.job})
    except ScriptRejected as rejected:
        log.info("refused", extra={"job": upload.job, "problems": len(rejected.problems)})
        end_job(upload, refused_report(upload, None, rejected.problems), jobs, episodes)
    else:
        lines.publish(plan.utterances())
        log.info("planned", extra={"job": upload.job, "utterances": plan.head.utterances})


def _plan(upload: Upload, uploads: ObjectStore, jobs: ObjectStore, defaults: Defaults) -> Plan:
    """Return the plan that exists, or lay one. Raises ScriptRejected, and ObjectMissing without an upload."""
    name = names.plan(upload.job)
    try:
        return _stored(name, jobs)
    except ObjectMissing:
        script = uploads.read(upload.name, upload.generation, at_most=MAX_SCRIPT_BYTES + 1)
    plan = plan_script(upload, script, defaults)
    return plan if jobs.create_from(name, encode_plan(plan)) else _stored(name, jobs)


def _stored(name: str, jobs: ObjectStore) -> Plan:
    return decode_plan(jobs.read(name))
