"""Checks of what runs: the functions, the sweep's schedule, the speech quota, ffmpeg."""

from collections.abc import Iterator, Sequence
from math import ceil, floor

from dropcast_local.checkup.facts import Absent, Facts, Function, Schedule, Unknown
from dropcast_local.checkup.finding import Finding, absence, troubles_or
from dropcast_local.checkup.resources import APPLY
from dropcast_local.layout import EPISODES, JOBS, STAGES, UPLOADS

BRING_FFMPEG = ("python310", "python311", "python312", "python313")  # are built on google-22-full


def check_functions(facts: Facts) -> Iterator[Finding]:
    """Every function is there, runs, as its own account, and works on this deployment."""
    deployment = facts.deployment
    if deployment.is_local:
        return
    functions = [(stage.name, facts.functions[stage.name]) for stage in STAGES]
    if absent := _same_absence(functions):
        yield Finding("unknown", "functions", deployment.project, f"not checked: {absent}")
        return
    named = ", ".join(name for name, _ in functions)
    well = Finding("ok", "functions", deployment.project, f"{named} are active")
    troubles = (
        trouble for name, function in functions for trouble in _function_troubles(facts, name, function)
    )
    yield from troubles_or(well, troubles)


def _same_absence(functions: Sequence[tuple[str, Function | Absent]]) -> str | None:
    """Return the one reason why nothing is known of any."""
    reasons = {fact.reason if isinstance(fact, Unknown) else None for _, fact in functions}
    return reasons.pop() if len(reasons) == 1 else None


def _function_troubles(facts: Facts, stage: str, function: Function | Absent) -> Iterator[Finding]:
    where = facts.deployment.function(stage)
    if not isinstance(function, Function):
        yield absence("functions", where, function, APPLY)
        return
    if function.state != "ACTIVE":
        what = f"its state is {function.state}"
        yield Finding("fail", "functions", where, what, "Look at its build: gcloud functions describe")
    account = facts.deployment.account(stage)
    if function.account != account:
        yield Finding("fail", "functions", where, f"it runs as {function.account}, not as {account}", APPLY)
    for name, value in expected_environment(facts).items():
        if function.environment.get(name) != value:
            there = function.environment.get(name)
            what = f"{name} is {there!r}, not {value!r}" if there else f"{name} is not set; it is {value!r}"
            yield Finding("fail", "functions", where, what, APPLY)
    threads = function.environment.get("THREADS", "")
    if threads != str(function.concurrency):
        what = f"it is given {function.concurrency} requests at once and has {threads or 'its own number of'}"
        yield Finding("warn", "functions", where, f"{what} threads", APPLY)


def expected_environment(facts: Facts) -> dict[str, str]:
    """Return the variables by which functions find their buckets and topics."""
    deployment = facts.deployment
    buckets = {f"{kind.upper()}_BUCKET": deployment.bucket(kind) for kind in (UPLOADS, JOBS, EPISODES)}
    return buckets | {f"{name.upper()}_TOPIC": deployment.topic(name) for name in ("lines", "blocks")}


def check_schedule(facts: Facts) -> Iterator[Finding]:
    """The sweep is called on its schedule."""
    if facts.deployment.is_local:
        return
    where, schedule, sweep = facts.deployment.function("sweep"), facts.schedule, facts.functions["sweep"]
    if not isinstance(schedule, Schedule):
        yield absence("schedule", where, schedule, APPLY)
    elif schedule.state != "ENABLED":
        what, advice = f"its state is {schedule.state}", f"gcloud scheduler jobs resume {where}"
        yield Finding("fail", "schedule", where, what, advice)
    elif isinstance(sweep, Function) and schedule.address.rstrip("/") != sweep.address.rstrip("/"):
        yield Finding("fail", "schedule", where, f"it calls {schedule.address}, not {sweep.address}", APPLY)
    else:
        yield Finding("ok", "schedule", where, "enabled")


def check_quota(facts: Facts) -> Iterator[Finding]:
    """As many requests for speech are in flight as the quota lets pass, and no more."""
    where = facts.deployment.function("synthesize")
    function, quota = facts.functions["synthesize"], facts.quota
    if facts.deployment.is_local:
        what = "not checked: a local stack's is what dropcast up --requests-per-minute said"
        yield Finding("unknown", "speech quota", "this machine", what)
        return
    if not isinstance(function, Function):
        yield absence("speech quota", where, function, APPLY)
        return
    lets_pass = max(1, floor(quota.requests_per_minute * quota.seconds / 60))
    wanted = ceil(lets_pass / function.concurrency)
    at_once = f"{function.instances} × {function.concurrency} requests at once"
    meets = f"{quota.requests_per_minute:,} a minute of {quota.seconds:g} s let {lets_pass:,} pass"
    if function.instances > wanted:
        advice = "Lower speech.requests_per_minute, or have the quota raised; if it is, --requests-per-minute"
        yield Finding("warn", "speech quota", where, f"{at_once}, while {meets}: many are refused", advice)
    elif function.instances < wanted:
        advice = "Raise speech.requests_per_minute; if the quota is less, --requests-per-minute says so here"
        yield Finding("warn", "speech quota", where, f"{at_once}, while {meets}: slower than need be", advice)
    else:
        yield Finding("ok", "speech quota", where, f"{at_once}; {meets} (as far as we were told)")


def check_ffmpeg(facts: Facts) -> Iterator[Finding]:
    """What encodes is there."""
    if facts.deployment.is_local:
        yield _ffmpeg_here(facts)
        return
    where, function = facts.deployment.function("finalize"), facts.functions["finalize"]
    if isinstance(facts.wheel, str):
        what = f"{facts.wheel} is among the deployed requirements; that it runs there was not tried"
        yield Finding("ok", "ffmpeg", where, what)
    elif not isinstance(function, Function):
        yield absence("ffmpeg", where, function, APPLY)
    elif function.runtime in BRING_FFMPEG:
        what = f"{function.runtime} brings it, as far as Google's build images tell; it was not tried"
        yield Finding("ok", "ffmpeg", where, what)
    else:
        what = f"{function.runtime} brings none, and no wheel was found among the deployed requirements"
        yield Finding("warn", "ffmpeg", where, what, "Let the requirements have imageio-ffmpeg")


def _ffmpeg_here(facts: Facts) -> Finding:
    if isinstance(facts.ffmpeg, str):
        return Finding("ok", "ffmpeg", "this machine", facts.ffmpeg)
    return absence("ffmpeg", "this machine", facts.ffmpeg, "pip install imageio-ffmpeg")
