"""Gathering the facts: thin questions to Cloud Storage, Pub/Sub, Text-to-Speech, gcloud and this machine."""

from collections.abc import Mapping
from datetime import UTC, datetime

from google.cloud import storage

from dropcast.voices.catalog import UnknownLanguage, resolve_language
from dropcast_local.checkup import facts, gcloud
from dropcast_local.checkup.asking import ONCE, PATIENCE, asked
from dropcast_local.checkup.facts import Absent, Facts, Missing, Quota, Unknown
from dropcast_local.checkup.ffmpeg_seen import ffmpeg_here, wheel_deployed
from dropcast_local.checkup.jobs_seen import jobs_seen
from dropcast_local.checkup.policies_seen import agents, policies
from dropcast_local.dead_letters import KeptDeadLetters
from dropcast_local.layout import BUCKETS, JOBS, KEPT, STAGES, TOPICS, UPLOADS
from dropcast_local.reach import Services

LOOK_AT = 100  # dead letters
LANGUAGE = "en-US"  # as dispatch has it where nothing is set
HERE = Unknown("it is this machine")


def gather(services: Services, quota: Quota) -> Facts:
    """Look at everything once."""
    deployment, now = services.deployment, datetime.now(UTC)
    buckets = {kind: services.storage.bucket(deployment.bucket(kind)) for kind in BUCKETS}
    described = _described(services)
    functions = {stage: _function(described, deployment.function(stage)) for stage in _stages()}
    environment = _environment(functions["dispatch"]), _environment(functions["synthesize"])
    language = environment[0].get("DEFAULT_LANGUAGE") or LANGUAGE
    return Facts(
        deployment=deployment,
        now=now,
        buckets={kind: asked(_bucket, bucket) for kind, bucket in buckets.items()},
        notifications=asked(_notifications, buckets[UPLOADS]),
        topics={name: asked(_topic, services, name) for name in TOPICS},
        subscriptions={
            name: asked(_subscription, services, name)
            for name in [*(stage.name for stage in STAGES if stage.topic), KEPT]
        },
        policies=policies(services, buckets),
        agents=agents(services),
        functions=functions,
        schedule=_schedule(services),
        dead_letters=asked(_dead_letters, services),
        quota=quota,
        language=language,
        voices=asked(_voices, services, language, environment[1].get("SPEECH_ENDPOINT")),
        ffmpeg=ffmpeg_here() if deployment.is_local else Unknown("it runs elsewhere"),
        wheel=wheel_deployed(services, described),
        jobs=asked(jobs_seen, buckets[JOBS], buckets[UPLOADS], now),
    )


def _stages() -> list[str]:
    return [stage.name for stage in STAGES]


def _bucket(bucket: storage.Bucket) -> facts.Bucket:
    bucket.reload(**PATIENCE)
    return facts.Bucket(
        bucket.iam_configuration.uniform_bucket_level_access_enabled,
        bucket.iam_configuration.public_access_prevention or "inherited",
        bucket.soft_delete_policy.retention_duration_seconds or 0,
    )


def _notifications(bucket: storage.Bucket) -> tuple[facts.Notification, ...]:
    return tuple(
        facts.Notification(
            f"projects/{each.topic_project}/topics/{each.topic_name}",
            tuple(each.event_types or ()),
            each.blob_name_prefix or "",
        )
        for each in bucket.list_notifications(**PATIENCE)
    )


def _topic(services: Services, name: str) -> facts.Topic:
    services.publisher.get_topic(topic=services.deployment.topic(name), **ONCE)
    return facts.Topic()


def _subscription(services: Services, name: str) -> facts.Subscription:
    path = services.deployment.subscription(name)
    found = services.subscriber.get_subscription(subscription=path, **ONCE)
    push, retry, dead = found.push_config, found.retry_policy, found.dead_letter_policy
    pauses = (retry.minimum_backoff, retry.maximum_backoff) if "retry_policy" in found else None
    return facts.Subscription(
        topic=found.topic,
        endpoint=push.push_endpoint,
        account=push.oidc_token.service_account_email,
        ack_deadline=found.ack_deadline_seconds,
        backoff=(pauses[0].total_seconds(), pauses[1].total_seconds()) if pauses else None,
        dead_letter_topic=dead.dead_letter_topic,
        attempts=dead.max_delivery_attempts,
        expires="expiration_policy" in found and bool(found.expiration_policy.ttl),
    )


def _dead_letters(services: Services) -> facts.DeadLetters:
    kept = KeptDeadLetters(services)
    taken = kept.take(LOOK_AT)
    kept.let_go(taken)
    return facts.DeadLetters(tuple(str(letter.subject) for letter in taken))


def _voices(services: Services, language: str, endpoint: str | None) -> frozenset[str]:
    try:
        locale = resolve_language(language)
    except UnknownLanguage:
        return frozenset()  # which the check finds out by itself
    listed = services.speech(endpoint or None).list_voices(language_code=locale, **ONCE)
    return frozenset(voice.name for voice in listed.voices)


def _described(services: Services) -> Mapping[str, gcloud.Deployed] | Unknown:
    deployment = services.deployment
    return gcloud.functions(deployment.project, deployment.region) if deployment.region else HERE


def _function(
    described: Mapping[str, gcloud.Deployed] | Unknown, name: str
) -> facts.Function | Missing | Unknown:
    if isinstance(described, Unknown):
        return described
    return described[name].function if name in described else Missing()


def _environment(function: facts.Function | Absent) -> Mapping[str, str]:
    return function.environment if isinstance(function, facts.Function) else {}


def _schedule(services: Services) -> facts.Schedule | Absent:
    deployment = services.deployment
    if deployment.region is None:
        return HERE
    return gcloud.schedule(deployment.function("sweep"), deployment.project, deployment.region)
