"""Checks of what Terraform lays out: buckets, the notification, topics and their subscriptions."""

from collections.abc import Iterator

from dropcast_local.checkup.facts import Bucket, Facts, Function, Notification, Subscription, Topic
from dropcast_local.checkup.finding import Finding, absence, troubles_or
from dropcast_local.layout import BUCKETS, DEAD_LETTERS, JOBS, KEPT, STAGES, UPLOADS, Stage

APPLY = "Deploy again: make deploy"
ATTEMPTS = 20  # a quota storm refuses healthy lines a few times each
LONGEST_DELIVERY = 540  # seconds: the longest timeout of a function that Pub/Sub wakes
FINALIZED = "OBJECT_FINALIZE"
EPISODES_MAY_BE_PUBLIC = "It is meant to be where episodes are published as a site"


def check_buckets(facts: Facts) -> Iterator[Finding]:
    """The buckets are there, ruled by IAM alone, and closed to the public."""
    well = Finding(
        "ok", "buckets", ", ".join(_url(facts, kind) for kind in BUCKETS), "there, as they should be"
    )
    troubles = (trouble for kind in BUCKETS for trouble in _bucket_troubles(facts, kind))
    return troubles_or(well, troubles)


def _bucket_troubles(facts: Facts, kind: str) -> Iterator[Finding]:
    bucket, where = facts.buckets[kind], _url(facts, kind)
    if not isinstance(bucket, Bucket):
        yield absence("buckets", where, bucket, APPLY)
    elif not facts.deployment.is_local:  # loopback has no public, and nothing is billed
        if not bucket.uniform_access:
            what = "objects can have access lists of their own (no uniform bucket-level access)"
            yield Finding("fail", "buckets", where, what, APPLY)
        if bucket.public_access != "enforced":
            may = kind == "episodes"
            advice = EPISODES_MAY_BE_PUBLIC if may else APPLY
            what = "public access is not prevented"
            yield Finding("warn" if may else "fail", "buckets", where, what, advice)
        if kind == JOBS and bucket.soft_delete_seconds:
            days = bucket.soft_delete_seconds / 86400
            what = f"what is deleted is kept for {days:g} days more, and billed"
            yield Finding("warn", "buckets", where, what, APPLY)


def check_notification(facts: Facts) -> Iterator[Finding]:
    """What lands in the uploads bucket is told to the topic that wakes dispatch."""
    where, topic = _url(facts, UPLOADS), facts.deployment.topic(UPLOADS)
    if not isinstance(facts.notifications, tuple):
        yield absence("uploads are told", where, facts.notifications, APPLY)
        return
    telling = [each for each in facts.notifications if _tells(each, topic)]
    if not telling:
        yield Finding("fail", "uploads are told", where, f"new objects are not told to {topic}", APPLY)
    elif len(telling) > 1:
        what = f"each new object is told {len(telling)} times to {topic}; that does no harm but costs"
        advice = "Look at gcloud storage buckets notifications list, and delete all but one"
        yield Finding("warn", "uploads are told", where, what, advice)
    else:
        yield Finding("ok", "uploads are told", where, f"to {topic}")


def _tells(notification: Notification, topic: str) -> bool:
    events = notification.event_types
    return notification.topic == topic and not notification.prefix and (not events or FINALIZED in events)


def check_topics(facts: Facts) -> Iterator[Finding]:
    """The topics are there."""
    paths = {name: facts.deployment.topic(name) for name in facts.topics}
    missing = (
        absence("topics", paths[name], topic, APPLY)
        for name, topic in facts.topics.items()
        if not isinstance(topic, Topic)
    )
    return troubles_or(
        Finding("ok", "topics", facts.deployment.project, f"{', '.join(facts.topics)} are there"), missing
    )


def check_subscriptions(facts: Facts) -> Iterator[Finding]:
    """Each stage has its messages pushed, with time to work, patience, and an end to it."""
    woken = [stage for stage in STAGES if stage.topic]
    named = ", ".join(stage.name for stage in woken)
    troubles = (trouble for stage in woken for trouble in _subscription_troubles(facts, stage))
    return troubles_or(
        Finding("ok", "subscriptions", facts.deployment.project, f"{named} are pushed to as they should be"),
        troubles,
    )


def _subscription_troubles(facts: Facts, stage: Stage) -> Iterator[Finding]:
    subscription, where = facts.subscriptions[stage.name], facts.deployment.subscription(stage.name)
    if not isinstance(subscription, Subscription):
        yield absence("subscriptions", where, subscription, APPLY)
        return
    wrong = [
        *_wrong_ends(facts, stage, subscription),
        *_wrong_patience(facts, stage, subscription),
        *_wrong_burial(facts, stage, subscription),
    ]
    for what in wrong:
        yield Finding("fail", "subscriptions", where, what, APPLY)
    if 0 < subscription.attempts < ATTEMPTS:
        what = f"messages are given up after {subscription.attempts} attempts; fewer than {ATTEMPTS} lose"
        yield Finding("warn", "subscriptions", where, f"{what} healthy lines to a quota storm", APPLY)
    if subscription.expires:
        what = "it expires when nothing is delivered for some time"
        yield Finding("warn", "subscriptions", where, what, APPLY)


def _wrong_ends(facts: Facts, stage: Stage, subscription: Subscription) -> Iterator[str]:
    """Say whence it takes and whither it pushes, where that is wrong."""
    topic = facts.deployment.topic(str(stage.topic))
    if subscription.topic != topic:
        yield f"it has the messages of {subscription.topic}, not of {topic}"
    function = facts.functions[stage.name]
    if not subscription.endpoint:
        yield f"it is not pushed to {stage.name}"
    elif isinstance(function, Function) and subscription.endpoint.rstrip("/") != function.address.rstrip("/"):
        yield f"it pushes to {subscription.endpoint}; {stage.name} answers at {function.address}"
    elif facts.deployment.is_local and not subscription.endpoint.rstrip("/").endswith(f"/{stage.name}"):
        yield f"it pushes to {subscription.endpoint}, which is not {stage.name}"
    pusher = facts.deployment.account("push")
    if subscription.endpoint and not facts.deployment.is_local and subscription.account != pusher:
        yield f"it pushes as {subscription.account or 'nobody'}, not as {pusher}"


def _wrong_patience(facts: Facts, stage: Stage, subscription: Subscription) -> Iterator[str]:
    function = facts.functions[stage.name]
    longest = function.timeout if isinstance(function, Function) else LONGEST_DELIVERY
    if subscription.ack_deadline < longest:
        yield (
            f"a message is delivered again after {subscription.ack_deadline} seconds, while {stage.name} may "
            f"still be at it for {longest}"
        )
    if subscription.backoff is None:
        yield "what fails is delivered again at once, without any pause (no retry policy)"


def _wrong_burial(facts: Facts, stage: Stage, subscription: Subscription) -> Iterator[str]:
    dead_letters = facts.deployment.topic(DEAD_LETTERS)
    if stage.topic == DEAD_LETTERS:  # what cannot even be buried is tried until it can
        if subscription.dead_letter_topic:
            yield f"it gives dead letters up, to {subscription.dead_letter_topic}; their jobs never end"
    elif not subscription.dead_letter_topic:
        yield "what always fails is never given up (no dead-letter policy); its job never ends"
    elif subscription.dead_letter_topic != dead_letters:
        yield f"what is given up goes to {subscription.dead_letter_topic}, not to {dead_letters}"


def check_kept(facts: Facts) -> Iterator[Finding]:
    """A second subscription keeps dead letters, so that they can be looked at and replayed."""
    kept, where = facts.subscriptions[KEPT], facts.deployment.kept_dead_letters
    if not isinstance(kept, Subscription):
        yield absence("dead letters are kept", where, kept, APPLY)
    elif kept.topic != facts.deployment.topic(DEAD_LETTERS):
        what = f"it keeps the messages of {kept.topic}"
        yield Finding("fail", "dead letters are kept", where, what, APPLY)
    elif kept.endpoint:
        what = f"it pushes to {kept.endpoint} instead of keeping anything"
        yield Finding("fail", "dead letters are kept", where, what, APPLY)
    else:
        yield Finding("ok", "dead letters are kept", where, "there")


def _url(facts: Facts, kind: str) -> str:
    return f"gs://{facts.deployment.bucket(kind)}"
