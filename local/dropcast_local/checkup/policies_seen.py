"""Who is granted what on each thing of a deployment, and as whom Google's own services act."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from google.cloud import storage

from dropcast_local.checkup import gcloud
from dropcast_local.checkup.asking import ONCE, PATIENCE, asked
from dropcast_local.checkup.facts import Absent, Grant, Policy
from dropcast_local.layout import JOBS, STAGES, TOPICS
from dropcast_local.reach import Services

STAGE_NAMES = tuple(stage.name for stage in STAGES)


def agents(services: Services) -> Mapping[str, str]:
    """The members as which Google's own services act, as far as they can be asked for."""
    deployment = services.deployment
    if deployment.is_local:
        return {}
    email = asked(services.storage.get_service_account_email, deployment.project, **PATIENCE)
    jobs = asked(services.storage.get_bucket, deployment.bucket(JOBS), **PATIENCE)
    number = getattr(jobs, "project_number", None)
    found = {
        "storage": f"serviceAccount:{email}" if isinstance(email, str) else None,
        "pubsub": f"serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com"
        if isinstance(number, int)
        else None,
    }
    return {name: member for name, member in found.items() if member}


def policies(services: Services, buckets: Mapping[str, storage.Bucket]) -> Mapping[str, Policy | Absent]:
    deployment = services.deployment
    found: dict[str, Policy | Absent] = {}
    if deployment.region is None:
        return found
    for bucket in buckets.values():
        found[f"gs://{bucket.name}"] = asked(policy_of_bucket, bucket)
    for name in TOPICS:
        path = deployment.topic(name)
        found[path] = asked(policy_of, services.publisher, path)
    for stage in STAGES:
        if stage.topic:
            path = deployment.subscription(stage.name)
            found[path] = asked(policy_of, services.subscriber, path)
    return found | _callers(deployment.project, deployment.region, map(deployment.function, STAGE_NAMES))


def _callers(project: str, region: str, functions: Iterable[str]) -> dict[str, Policy | Absent]:
    names = list(functions)
    with ThreadPoolExecutor(len(names)) as askers:
        return dict(
            zip(names, askers.map(gcloud.callers, names, repeat(project), repeat(region)), strict=True)
        )


def policy_of_bucket(bucket: storage.Bucket) -> Policy:
    policy = bucket.get_iam_policy(requested_policy_version=3, **PATIENCE)
    return gcloud.read_policy(
        {"bindings": [{**each, "members": [*each["members"]]} for each in policy.bindings]}
    )


def policy_of(client, path: str) -> Policy:  # type: ignore[no-untyped-def]  # the client library has no types
    policy = client.get_iam_policy(request={"resource": path}, **ONCE)
    return frozenset(
        Grant(binding.role, member)
        for binding in policy.bindings
        if not binding.HasField("condition")
        for member in binding.members
    )
