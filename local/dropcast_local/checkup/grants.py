"""Checks of who may do what: the grants of infra/accounts.tf, and nobody that it does not let in."""

from collections.abc import Iterator

from dropcast_local.checkup.facts import Absent, Facts, Grant
from dropcast_local.checkup.finding import Finding, absence, troubles_or
from dropcast_local.checkup.resources import APPLY
from dropcast_local.layout import DEAD_LETTERS, EPISODES, JOBS, STAGES, UPLOADS

READS = "roles/storage.objectViewer"
ADDS = "roles/storage.objectCreator"
KEEPS = "roles/storage.objectUser"
SPEAKS = "roles/pubsub.publisher"
HEARS = "roles/pubsub.subscriber"
CALLS = "roles/run.invoker"

# As the maps of infra/accounts.tf; a test compares them.
BUCKET_GRANTS = (
    ("dispatch", UPLOADS, READS),
    ("dispatch", JOBS, READS),
    ("dispatch", JOBS, ADDS),
    ("dispatch", EPISODES, KEEPS),
    ("synthesize", UPLOADS, READS),
    ("synthesize", JOBS, READS),
    ("synthesize", JOBS, ADDS),
    ("finalize", JOBS, READS),
    ("finalize", JOBS, ADDS),
    ("finalize", EPISODES, KEEPS),
    ("bury", JOBS, READS),
    ("bury", JOBS, ADDS),
    ("bury", EPISODES, KEEPS),
    ("api", UPLOADS, KEEPS),
    ("api", JOBS, KEEPS),
    ("sweep", UPLOADS, KEEPS),
    ("sweep", JOBS, KEEPS),
)
TOPIC_GRANTS = (
    ("dispatch", "lines"),
    ("synthesize", "blocks"),
    ("finalize", "blocks"),
    ("bury", "blocks"),
    ("sweep", "lines"),
    ("sweep", "blocks"),
)
EVERYBODY = ("allUsers", "allAuthenticatedUsers")


def wanted_grants(facts: Facts) -> Iterator[tuple[str, Grant]]:
    """Yield what must be granted, each with the name of the thing that it is about."""
    deployment = facts.deployment
    for stage, kind, role in BUCKET_GRANTS:
        yield f"gs://{deployment.bucket(kind)}", Grant(role, _account(facts, stage))
    for stage, topic in TOPIC_GRANTS:
        yield deployment.topic(topic), Grant(SPEAKS, _account(facts, stage))
    for stage in _woken():
        yield deployment.function(stage), Grant(CALLS, _account(facts, "push"))
    yield deployment.function("sweep"), Grant(CALLS, _account(facts, "schedule"))
    yield from _grants_of_agents(facts)


def _grants_of_agents(facts: Facts) -> Iterator[tuple[str, Grant]]:
    """Yield what Google's own services must be granted, as far as it is known as whom they act."""
    deployment, agents = facts.deployment, facts.agents
    if "storage" in agents:
        yield deployment.topic(UPLOADS), Grant(SPEAKS, agents["storage"])
    if "pubsub" in agents:
        yield deployment.topic(DEAD_LETTERS), Grant(SPEAKS, agents["pubsub"])
        for stage in _woken():
            if stage != "bury":
                yield deployment.subscription(stage), Grant(HEARS, agents["pubsub"])


def _woken() -> list[str]:
    return [stage.name for stage in STAGES if stage.topic]


def _account(facts: Facts, name: str) -> str:
    return f"serviceAccount:{facts.deployment.account(name)}"


def check_grants(facts: Facts) -> Iterator[Finding]:
    """Each account may do what its stage does, and what is not public is not."""
    if facts.deployment.is_local:
        what = "not checked: the local stack lets everybody do everything"
        yield Finding("unknown", "permissions", "this machine", what)
        return
    well = Finding("ok", "permissions", "buckets, topics, subscriptions and functions", "granted as deployed")
    yield from troubles_or(well, _troubles(facts))


def _troubles(facts: Facts) -> Iterator[Finding]:
    wanted = list(wanted_grants(facts))
    untold: dict[Absent, list[str]] = {}
    for thing, policy in facts.policies.items():
        if not isinstance(policy, frozenset):
            untold.setdefault(policy, []).append(thing)
            continue
        for grant in (grant for about, grant in wanted if about == thing and grant not in policy):
            yield Finding("fail", "permissions", thing, f"{grant.member} is not granted {grant.role}", APPLY)
        for grant in sorted(policy, key=str):
            if grant.member in EVERYBODY:
                yield _openness(facts, thing, grant)
    for absent, things in untold.items():
        yield absence("permissions", ", ".join(things), absent, APPLY)
    for agent in sorted({"storage", "pubsub"} - facts.agents.keys()):
        what = f"not checked: the account by which Google's own {agent} service acts could not be asked for"
        yield Finding("unknown", "permissions", agent, what)


def _openness(facts: Facts, thing: str, grant: Grant) -> Finding:
    deployment = facts.deployment
    what = f"{grant.member} has {grant.role}"
    if (thing, grant.role) == (f"gs://{deployment.bucket(EPISODES)}", READS):
        return Finding("warn", "permissions", thing, what, "It is meant to be where episodes are public")
    if (thing, grant.role) == (deployment.function("api"), CALLS):
        return Finding("warn", "permissions", thing, what, "It is meant to be where the API asks for keys")
    return Finding("fail", "permissions", thing, what, f"Take it away. {APPLY}")
