"""All checks, in the order in which a message passes by what they are about."""

from collections.abc import Iterator

from dropcast_local.checkup.facts import Facts
from dropcast_local.checkup.finding import Finding
from dropcast_local.checkup.functions import check_ffmpeg, check_functions, check_quota, check_schedule
from dropcast_local.checkup.grants import check_grants
from dropcast_local.checkup.resources import (
    check_buckets,
    check_kept,
    check_notification,
    check_subscriptions,
    check_topics,
)
from dropcast_local.checkup.work import (
    check_dead_letters,
    check_last_episode,
    check_standing_jobs,
    check_uploads,
    check_voices,
)

CHECKS = (
    check_buckets,
    check_notification,
    check_topics,
    check_subscriptions,
    check_kept,
    check_functions,
    check_schedule,
    check_grants,
    check_quota,
    check_voices,
    check_ffmpeg,
    check_dead_letters,
    check_uploads,
    check_standing_jobs,
    check_last_episode,
)


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield what is found, at least one finding a check that applies."""
    for check in CHECKS:
        yield from check(facts)
