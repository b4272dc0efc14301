"""The services of one dropcast, deployed or on this machine, reached through Google's client libraries."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.cloud.storage import Client
from google.cloud.texttospeech import TextToSpeechClient
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from dropcast.gateways.texttospeech import speech_client
from dropcast_local.data_folder import locked
from dropcast_local.deployment import LOCAL, Deployment, deployed
from dropcast_local.events import Troubles
from dropcast_local.place import told_plainly
from dropcast_local.provisioning import local_storage_client
from dropcast_local.requirements import require_programs
from dropcast_local.stack import Stack, StackSettings
from dropcast_local.submission import CannotSubmit

RUNNING = ("STORAGE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SPEECH_EMULATOR_HOST")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stand-ins of a local stack answer."""

    storage: str
    pubsub: str
    speech: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """A deployed dropcast."""

    project: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A local stack that is to be started over the folder in which it keeps everything."""

    data: Path
    engine: str


Whereabouts = Cloud | Addresses | Folder


def whereabouts(cloud: Cloud | None, folder: Folder) -> Whereabouts:
    """Say which dropcast is meant: of a project, if one is named; one that runs here; or else one to start.

    One that runs is found by the variables with which client libraries find it. Raises CannotSubmit.
    """
    if cloud:
        return cloud
    found = [os.environ.get(name) for name in RUNNING]
    match found:
        case [str(storage), str(pubsub), str(speech)]:
            return Addresses(storage, pubsub, speech)
        case [None, None, None]:
            return folder
    missing = " and ".join(name for name, address in zip(RUNNING, found, strict=True) if address is None)
    raise CannotSubmit(f"Set {missing} too, to where dropcast up says that it answers; or none of the three")


@dataclass(frozen=True, slots=True)
class Services:
    """The clients of one dropcast; that of speech is made for an endpoint, where it has one."""

    deployment: Deployment
    storage: Client
    publisher: PublisherClient
    subscriber: SubscriberClient
    speech: Callable[[str | None], TextToSpeechClient]


@contextmanager
def reached(where: Whereabouts) -> Iterator[Services]:
    """Reach a dropcast; one that is named by its folder runs meanwhile. Raises Failed, FolderInUse."""
    match where:
        case Cloud():
            with told_plainly():
                services = _in_the_cloud(where)
            yield services
        case Addresses():
            with _on_this_machine(where) as services:
                yield services
        case Folder():
            with _started(where) as addresses, _on_this_machine(addresses) as services:
                yield services


def _in_the_cloud(where: Cloud) -> Services:
    return Services(
        deployed(where.project, where.region, where.name),
        Client(project=where.project),
        PublisherClient(),
        SubscriberClient(),
        lambda endpoint: speech_client(endpoint, None),
    )


@contextmanager
def _on_this_machine(where: Addresses) -> Iterator[Services]:
    with grpc.insecure_channel(where.pubsub, options=[("grpc.enable_http_proxy", 0)]) as channel:
        yield Services(
            LOCAL,
            local_storage_client(where.storage),
            PublisherClient(transport=PublisherGrpcTransport(channel=channel)),
            SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)),
            lambda _: speech_client(None, where.speech),
        )


@contextmanager
def _started(folder: Folder) -> Iterator[Addresses]:
    require_programs(folder.engine)
    with ExitStack() as opened:
        opened.enter_context(locked(folder.data))
        settings = StackSettings(data=folder.data, engine=folder.engine)
        endpoints = opened.enter_context(Stack(settings, Troubles().hear)).endpoints
        yield Addresses(endpoints.storage, endpoints.pubsub, endpoints.speech)
