"""Checks of what is under way: dead letters, voices, the last episode, jobs that stand still."""

from collections.abc import Iterator
from datetime import timedelta

from dropcast.voices.catalog import UnknownLanguage, voices
from dropcast_local.checkup.facts import DeadLetters, Facts, Jobs, LastReport, OpenJob, Unplanned
from dropcast_local.checkup.finding import Finding, absence, troubles_or
from dropcast_local.checkup.resources import APPLY
from dropcast_local.layout import JOBS, UPLOADS

PATIENCE = timedelta(hours=1)  # without any sign of life; the longest wait between two tries is ten minutes
RECENT = timedelta(days=1)  # a dropped batch may be removed as soon as an hour after its end
NAMED = 3  # dead letters, voices: enough to know what it is about


def check_dead_letters(facts: Facts) -> Iterator[Finding]:
    """Nothing was given up that nobody has looked at."""
    where, dead = facts.deployment.kept_dead_letters, facts.dead_letters
    if not isinstance(dead, DeadLetters):
        yield absence("dead letters", where, dead, APPLY)
    elif dead.subjects:
        named = _named(dead.subjects)
        what = f"at least {len(dead.subjects):,}: {named}"
        advice = "Look why in the logs of that job; then dropcast replay takes them away"
        yield Finding("fail", "dead letters", where, what, advice)
    else:
        yield Finding("ok", "dead letters", where, "none")


def check_voices(facts: Facts) -> Iterator[Finding]:
    """The service has the voices in which speakers are cast."""
    where = f"Text-to-Speech, {facts.language}"
    if not isinstance(facts.voices, frozenset):
        advice = "gcloud services enable texttospeech.googleapis.com"
        yield absence("voices", where, facts.voices, advice)
        return
    try:
        pool = voices(facts.language)
    except UnknownLanguage as unknown:
        yield Finding("fail", "voices", where, str(unknown), "Set default_language to one that is known")
        return
    missing = [voice.name for voice in pool if voice.name not in facts.voices]
    if not missing:
        yield Finding("ok", "voices", where, f"all {len(pool)} that speakers are cast from")
        return
    what = f"{len(missing)} of {len(pool)} that speakers are cast from are not offered: {_named(missing)}"
    advice = "The endpoint may not have them (speech.endpoint); name voices in scripts until then"
    yield Finding("fail", "voices", where, what, advice)


def check_last_episode(facts: Facts) -> Iterator[Finding]:
    """The last job that ended, ended well."""
    where, jobs = f"gs://{facts.deployment.bucket(JOBS)}", facts.jobs
    if not isinstance(jobs, Jobs):
        yield absence("last episode", where, jobs, APPLY)
    elif jobs.last_report is None:
        advice = "Drop one: examples/smoke.json"
        yield Finding("unknown", "last episode", where, "no job has ended yet", advice)
    else:
        yield _last_episode(facts, jobs.last_report)


def _last_episode(facts: Facts, last: LastReport) -> Finding:
    when = f"{last.written:%Y-%m-%d %H:%M} UTC, {_ago(facts.now - last.written)} ago"
    match last.status:
        case "succeeded":
            return Finding("ok", "last episode", last.job, f"succeeded at {when}")
        case "failed":
            advice = "Its report says why: …report.json in the episodes bucket"
            return Finding("warn", "last episode", last.job, f"failed at {when}", advice)
        case _:
            return Finding("unknown", "last episode", last.job, f"its report of {when} cannot be read")


def check_standing_jobs(facts: Facts) -> Iterator[Finding]:
    """Every job that began goes on, or is over."""
    where, jobs = f"gs://{facts.deployment.bucket(JOBS)}", facts.jobs
    if not isinstance(jobs, Jobs):
        yield absence("jobs", where, jobs, APPLY)
        return
    going = [job for job in jobs.open if facts.now - job.last_sign < PATIENCE]
    under_way = f"{len(going):,} under way" if going else "none under way"
    well = Finding("ok", "jobs", where, f"none stands still, {under_way}")
    standing = (job for job in jobs.open if job not in going)
    yield from troubles_or(well, (_standing(facts, job, others=bool(going)) for job in standing))
    if jobs.unlooked:
        what = f"{jobs.unlooked:,} more were planned over an hour ago and have no report; not looked at"
        yield Finding("warn", "jobs", where, what)


def check_uploads(facts: Facts) -> Iterator[Finding]:
    """Every script that was dropped in the last day became a job."""
    where, jobs = f"gs://{facts.deployment.bucket(UPLOADS)}", facts.jobs
    if not isinstance(jobs, Jobs):
        yield absence("uploads", where, jobs, APPLY)
        return
    troubles = (_unplanned(facts, script) for script in jobs.unplanned)
    yield from troubles_or(Finding("ok", "uploads", where, "every script became a job"), troubles)


def _unplanned(facts: Facts, script: Unplanned) -> Finding:
    what = f"dropped {_ago(facts.now - script.dropped)} ago, and no job came of it"
    advice = "Look at the logs of dispatch, then drop it again"
    return Finding("warn", "uploads", script.name, what, advice)


def _standing(facts: Facts, job: OpenJob, *, others: bool) -> Finding:
    planned, silent = _ago(facts.now - job.planned), _ago(facts.now - job.last_sign)
    what = f"planned {planned} ago, has no report, and wrote nothing for {silent}"
    if others:
        return Finding("warn", "jobs", job.job, what, "It may be waiting behind others for the speech quota")
    advice = "The sweep wakes it; if that does not help: dropcast replay --job, or drop the script again"
    return Finding("fail", "jobs", job.job, what, advice)


def _named(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - NAMED
    return "; ".join(names[:NAMED]) + (f"; and {more:,} more" if more > 0 else "")


def _ago(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
