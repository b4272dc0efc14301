"""Build the gateways from the environment: once per instance, when first needed.

Client libraries are imported here, inside the function that needs them, so that a function that never
publishes does not pay for Pub/Sub at cold start.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial, wraps
from threading import RLock
from typing import ParamSpec, TypeVar
from uuid import uuid4

from dropcast.batchapi.access import Access, Caller, nobody
from dropcast.batchapi.settings import Settings, read_allowed, read_settings
from dropcast.batchapi.signing import Signer
from dropcast.batchapi.throttle import Throttle
from dropcast.batchapi.world import World
from dropcast.gateways.logs import note
from dropcast.jobs.batch.planning import BatchRules, examine_batch
from dropcast.jobs.blocks import Block
from dropcast.jobs.messages import encode_step, encode_utterance
from dropcast.jobs.part import Part
from dropcast.jobs.planning import Defaults
from dropcast.jobs.utterance import Utterance
from dropcast.ports import Encoder, EpisodeStore, ManagedStore, Media, Speech, Topic
from dropcast.scripts.batch.reading import examine_request
from dropcast.scripts.batch.request import Allowed
from dropcast.scripts.findings import Findings
from dropcast.scripts.keys.base import MAX_PRONUNCIATIONS
from dropcast.scripts.lexicon import read_lexicon
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.sweep import Sweeper
from dropcast.stages.waking import Waker
from dropcast.stages.withdrawal_looks import WithdrawalLooks

Arguments = ParamSpec("Arguments")
Built = TypeVar("Built")
building = RLock()


def once(build: Callable[Arguments, Built]) -> Callable[Arguments, Built]:
    """Build a thing at its first use and keep it: one, also where a hundred threads need it first at once."""
    kept = cache(build)

    @wraps(build)
    def built(*arguments: Arguments.args, **options: Arguments.kwargs) -> Built:
        with building:
            return kept(*arguments, **options)  # type: ignore[arg-type]  # hashable: bucket names

    return built


def uploads() -> ManagedStore:
    return _bucket(os.environ["UPLOADS_BUCKET"])


def jobs() -> ManagedStore:
    return _bucket(os.environ["JOBS_BUCKET"])


@once
def episodes() -> EpisodeStore:
    from dropcast.gateways.gcs import GcsEpisodeStore

    buckets = (_storage().bucket(os.environ[name]) for name in ("EPISODES_BUCKET", "JOBS_BUCKET"))
    return GcsEpisodeStore(*buckets)


@once
def lines() -> Topic[Utterance]:
    from dropcast.gateways.pubsub import PubsubTopic

    return PubsubTopic(_publisher(), os.environ["LINES_TOPIC"], encode_utterance)


@once
def blocks() -> Topic[Block | Part]:
    from dropcast.gateways.pubsub import PubsubTopic

    return PubsubTopic(_publisher(), os.environ["BLOCKS_TOPIC"], encode_step)


@once
def speech() -> Speech:
    from dropcast.gateways.texttospeech import GoogleSpeech, speech_client

    return GoogleSpeech(
        speech_client(os.environ.get("SPEECH_ENDPOINT"), os.environ.get("SPEECH_EMULATOR_HOST"))
    )


@once
def media() -> Media:
    from dropcast.gateways.media import FfmpegMedia

    return FfmpegMedia()


@once
def encoder() -> Encoder:
    from dropcast.gateways.ffmpeg import FfmpegEncoder

    return FfmpegEncoder()


@once
def in_flight() -> InFlight:
    return InFlight()


@once
def looks() -> SharedLook:
    return SharedLook()


@once
def withdrawals() -> WithdrawalLooks:
    return WithdrawalLooks()


@once
def defaults() -> Defaults:
    """What this deployment sets for scripts that do not say.

    DEFAULT_LANGUAGE, EFFECTS_PROFILE, PRONUNCIATIONS. Raises ValueError with all that is wrong with the last.
    """
    profile = os.environ.get("EFFECTS_PROFILE", "")
    return Defaults(
        language_code=os.environ.get("DEFAULT_LANGUAGE", "en-US"),
        effects_profile=tuple(name.strip() for name in profile.split(",") if name.strip()),
        pronunciations=_lexicon(os.environ.get("PRONUNCIATIONS", "")),
    )


@once
def allowed() -> Allowed:
    """What requests of batches may ask for: BATCH_DESTINATIONS, CUSTOM_VOICES, TIME_TO_LIVE_HOURS.

    Raises ValueError.
    """
    return read_allowed(os.environ)


def destination(bucket: str) -> ManagedStore:
    """Return a bucket into which results may be delivered. Raises ValueError for any other."""
    if bucket not in (url.removeprefix("gs://").partition("/")[0] for url in allowed().destinations):
        raise ValueError(f"gs://{bucket} is no destination of this deployment")
    return _bucket(bucket)


def batch_rules() -> BatchRules:
    return BatchRules(allowed(), encoder().makes)


@once
def api_world() -> World:
    """All that the API works with, by API_KEYS and the rest of its settings. Raises ValueError."""
    settings = read_settings(os.environ)
    return World(
        uploads(),
        jobs(),
        os.environ["UPLOADS_BUCKET"],
        destination,
        NotedAccess(settings.keys, settings.callers, _email_of(settings), settings.shared),
        Throttle(settings.requests, time.monotonic),
        Signer(settings.signing_key),
        partial(examine_batch, rules=batch_rules()),
        partial(examine_request, allowed=allowed()),
        _now,
        lambda: str(uuid4()),
        settings.url,
    )


def sweeper() -> Sweeper:
    now = _now()
    waker = Waker(jobs(), lines(), blocks(), now)
    return Sweeper(uploads(), jobs(), destination, os.environ["UPLOADS_BUCKET"], now, waker)


class NotedAccess(Access):
    """Has the log say who asks."""

    def caller(self, headers: Mapping[str, str]) -> Caller:
        found = super().caller(headers)
        note(caller=found.name, owner=found.owner)
        return found


def _email_of(settings: Settings) -> Callable[[str], str | None]:
    if not settings.callers:
        return nobody
    from google.auth.transport.requests import Request

    from dropcast.gateways.identity import GoogleIdentity

    return GoogleIdentity(settings.audience, Request()).email_of


def _now() -> datetime:
    return datetime.now(UTC)


def _lexicon(text: str) -> tuple[Pronunciation, ...]:
    """Read a lexicon in JSON, as scripts write it."""
    findings = Findings()
    try:
        lexicon = read_lexicon(json.loads(text or "null"), MAX_PRONUNCIATIONS, "", findings)
    except ValueError as error:
        raise ValueError(f"PRONUNCIATIONS is not JSON: {error}") from error
    if wrong := [f"{problem.pointer}: {problem.message}" for problem in findings.errors()]:
        raise ValueError(f"PRONUNCIATIONS{' '.join(wrong)}")
    return lexicon


@once
def start_logging() -> None:
    """Log as Cloud Logging reads it: one JSON object a line on standard output."""
    from dropcast.gateways.logs import log_as_json

    log_as_json()


@once
def _bucket(name: str) -> ManagedStore:
    from dropcast.gateways.gcs import GcsObjectStore

    return GcsObjectStore(_storage().bucket(name))


@once
def _storage():  # type: ignore[no-untyped-def]  # the client library has no types
    # Or the client (3.17) fetches the bucket, unasked and billed, after every object that it does not find.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    from google.cloud.storage import Client

    from dropcast.gateways.gcs import keep_connections

    return keep_connections(Client())


@once
def _publisher():  # type: ignore[no-untyped-def]  # the client library has no types
    from google.cloud.pubsub_v1 import PublisherClient

    return PublisherClient()
