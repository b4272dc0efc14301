"""Build the gateways from the environment: once per instance, when first needed.

Client libraries are imported here, inside the function that needs them, so that a function that never
publishes does not pay for Pub/Sub at cold start.
"""

import os
from functools import cache

from dropcast.jobs.blocks import Block
from dropcast.jobs.messages import encode_block, encode_utterance
from dropcast.jobs.planning import Defaults
from dropcast.jobs.utterance import Utterance
from dropcast.ports import Encoder, EpisodeStore, ObjectStore, Speech, Topic
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook


def uploads() -> ObjectStore:
    return _bucket(os.environ["UPLOADS_BUCKET"])


def jobs() -> ObjectStore:
    return _bucket(os.environ["JOBS_BUCKET"])


@cache
def episodes() -> EpisodeStore:
    from dropcast.gateways.gcs import GcsEpisodeStore

    buckets = (_storage().bucket(os.environ[name]) for name in ("EPISODES_BUCKET", "JOBS_BUCKET"))
    return GcsEpisodeStore(*buckets)


@cache
def lines() -> Topic[Utterance]:
    from dropcast.gateways.pubsub import PubsubTopic

    return PubsubTopic(_publisher(), os.environ["LINES_TOPIC"], encode_utterance)


@cache
def blocks() -> Topic[Block]:
    from dropcast.gateways.pubsub import PubsubTopic

    return PubsubTopic(_publisher(), os.environ["BLOCKS_TOPIC"], encode_block)


@cache
def speech() -> Speech:
    from dropcast.gateways.texttospeech import GoogleSpeech, speech_client

    return GoogleSpeech(
        speech_client(os.environ.get("SPEECH_ENDPOINT"), os.environ.get("SPEECH_EMULATOR_HOST"))
    )


@cache
def encoder() -> Encoder:
    from dropcast.gateways.ffmpeg import FfmpegEncoder

    return FfmpegEncoder()


@cache
def in_flight() -> InFlight:
    return InFlight()


@cache
def looks() -> SharedLook:
    return SharedLook()


@cache
def defaults() -> Defaults:
    """What this deployment sets for scripts that do not say: DEFAULT_LANGUAGE, EFFECTS_PROFILE."""
    profile = os.environ.get("EFFECTS_PROFILE", "")
    return Defaults(
        language_code=os.environ.get("DEFAULT_LANGUAGE", "en-US"),
        effects_profile=tuple(name.strip() for name in profile.split(",") if name.strip()),
    )


@cache
def start_logging() -> None:
    """Log as Cloud Logging reads it: one JSON object a line on standard output."""
    from dropcast.gateways.logs import log_as_json

    log_as_json()


@cache
def _bucket(name: str) -> ObjectStore:
    from dropcast.gateways.gcs import GcsObjectStore

    return GcsObjectStore(_storage().bucket(name))


@cache
def _storage():  # type: ignore[no-untyped-def]  # the client library has no types
    # Or the client (3.17) fetches the bucket, unasked and billed, after every object that it does not find.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    from google.cloud.storage import Client

    from dropcast.gateways.gcs import keep_connections

    return keep_connections(Client())


@cache
def _publisher():  # type: ignore[no-untyped-def]  # the client library has no types
    from google.cloud.pubsub_v1 import PublisherClient

    return PublisherClient()
