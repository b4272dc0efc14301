"""The whole pipeline on one machine: the stand-ins and the functions, each a process of its own."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType, TracebackType

from dropcast_local.api_key import api_key
from dropcast_local.children import Child, Facts
from dropcast_local.data_folder import locked, remove_abandoned
from dropcast_local.events import Event
from dropcast_local.failures import Failed
from dropcast_local.layout import EPISODES, JOBS, PROJECT, STAGES, UPLOADS, topic_path

OWNER = "local"  # the name of the one key that a stack makes
TEMPORARY = "dropcast-stack-"  # begins the name of a folder that goes with its stack
LOOPBACK = "127.0.0.1,localhost"
EVERY_PROCESS = {
    "no_proxy": LOOPBACK,  # never by way of a proxy
    "NO_PROXY": LOOPBACK,
    "GRPC_VERBOSITY": "ERROR",  # that a stack is ending is no news
}
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StackSettings:
    """How a stack is to run. Without `data` it forgets everything at the end.

    `notify_twice` and `deliver_twice` make storage and Pub/Sub repeat themselves; `processes` gives each
    function a server of its own, as in the cloud; `environment` is added to that of the functions.
    """

    data: Path | None = None
    engine: str = "espeak"
    speech_workers: int | None = None
    delay_ms: int = 0
    requests_per_minute: int | None = None
    notify_twice: bool = False
    deliver_twice: bool = False
    ports: str | None = None
    tls: bool = False
    processes: bool = False
    threads: int = 128
    tries: int = 20  # of a message, before it is a dead letter; the seed's were five
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where everything answers; `functions` by name. `secure_storage` is what gsutil needs.

    Clients of the batch synthesis API append /texttospeech/… to `api`, and show `api_key`.
    """

    storage: str
    pubsub: str
    speech: str
    api_key: str
    functions: Mapping[str, str] = field(default_factory=dict)
    secure_storage: str | None = None
    certificate: str | None = None

    @property
    def api(self) -> str:
        return self.functions["api"].removesuffix("/")


def _ignore(_: Event) -> None:
    pass


class Stack:
    """A context in which the pipeline runs. Processes that die in it are started again where they were.

    `on_event` is told what they say, from several threads.
    """

    endpoints: Endpoints
    data: Path

    def __init__(
        self, settings: StackSettings | None = None, on_event: Callable[[Event], None] = _ignore
    ) -> None:
        self._settings = settings or StackSettings()
        self._on_event = on_event
        self._children: dict[str, Child] = {}
        self._temporary = ExitStack()

    def __enter__(self) -> "Stack":
        try:
            self._start()
        except Failed as error:
            self.stop()
            raise Failed(self.failure or str(error)) from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def processes(self) -> dict[str, int]:
        """The process that runs under each name now: storage, pubsub, speech, functions."""
        return {name: child.process_id for name, child in self._children.items() if child.process_id}

    @property
    def failure(self) -> str | None:
        """Say what is broken beyond starting it again."""
        return next((child.failure for child in self._children.values() if child.failure), None)

    def stop(self) -> None:
        """Leave nothing behind: no process, and no folder that nobody named."""
        for child in self._children.values():
            child.tell_to_end()
        for child in self._children.values():
            child.join()
        self._temporary.close()

    def _start(self) -> None:
        """Start each process as soon as what it must know is known; meanwhile create what needs creating."""
        settings = self._settings
        data = self.data = settings.data or self._temporary_folder()
        pubsub = self._child("pubsub", "pubsub", _pubsub_arguments(settings, data))
        speech = self._child("speech", "speech", _speech_arguments(settings))
        from dropcast_local import provisioning  # takes a moment, in which these two start

        pubsub_endpoint = str(pubsub.facts()["endpoint"])
        storage = self._child(
            "storage",
            "storage",
            _storage_arguments(settings, data),
            {"PUBSUB_EMULATOR_HOST": pubsub_endpoint},
        )
        provisioning.provision_topics(pubsub_endpoint)
        facts = storage.facts()
        endpoints = Endpoints(
            storage=str(facts["endpoint"]),
            pubsub=pubsub_endpoint,
            speech=str(speech.facts()["endpoint"]),
            api_key=api_key(settings.data),
            secure_storage=_text(facts, "tlsEndpoint"),
            certificate=_text(facts, "certificateFile"),
        )
        servers = self._functions(endpoints)
        provisioning.provision_buckets(endpoints.storage)
        # The slash is the root of each function's own application; without it the framework redirects.
        functions = {name: f"{server.facts()['endpoint']}/{name}/" for name, server in servers.items()}
        provisioning.provision_subscriptions(pubsub_endpoint, functions, settings.tries)
        self.endpoints = replace(endpoints, functions=functions)

    def _functions(self, endpoints: Endpoints) -> dict[str, Child]:
        """Start the servers of the functions, and say which serves which."""
        names = [stage.name for stage in STAGES]
        groups = [[name] for name in names] if self._settings.processes else [names]
        environment = {**_functions_environment(endpoints), **self._settings.environment}
        servers: dict[str, Child] = {}
        for group in groups:
            arguments = ["--threads", str(self._settings.threads), *group]
            name = group[0] if self._settings.processes else "functions"
            server = self._child(name, "functions_server", arguments, environment)
            servers |= dict.fromkeys(group, server)
        return servers

    def _child(
        self, name: str, module: str, arguments: Sequence[str], environment: Mapping[str, str] = NOTHING
    ) -> Child:
        ports = self._settings.ports
        child = Child(
            name,
            f"dropcast_local.{module}",
            arguments,
            {**os.environ, **EVERY_PROCESS, **environment},
            ["--port-range", ports] if ports else ["--port", "0"],
            self._on_event,
        )
        self._children[name] = child
        child.start()
        return child

    def _temporary_folder(self) -> Path:
        remove_abandoned(Path(tempfile.gettempdir()), TEMPORARY)
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY))
        self._temporary.callback(shutil.rmtree, folder, ignore_errors=True)
        self._temporary.enter_context(locked(folder))
        return folder


def _pubsub_arguments(settings: StackSettings, data: Path) -> list[str]:
    twice = ["--deliver-twice"] if settings.deliver_twice else []
    return ["--data", str(data / "pubsub"), *twice]


def _storage_arguments(settings: StackSettings, data: Path) -> list[str]:
    twice = ["--notify-twice"] if settings.notify_twice else []
    secure = ["--tls-port", "0"] if settings.tls else []
    return ["--data", str(data / "storage"), "--project", PROJECT, *twice, *secure]


def _speech_arguments(settings: StackSettings) -> list[str]:
    options = {
        "--workers": settings.speech_workers,
        "--delay-ms": settings.delay_ms,
        "--requests-per-minute": settings.requests_per_minute,
    }
    given = ((name, str(value)) for name, value in options.items() if value)
    return ["--engine", settings.engine, *chain.from_iterable(given)]


def _functions_environment(endpoints: Endpoints) -> dict[str, str]:
    return {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "STORAGE_EMULATOR_HOST": endpoints.storage,
        "PUBSUB_EMULATOR_HOST": endpoints.pubsub,
        "SPEECH_EMULATOR_HOST": endpoints.speech,
        "UPLOADS_BUCKET": UPLOADS,
        "JOBS_BUCKET": JOBS,
        "EPISODES_BUCKET": EPISODES,
        "LINES_TOPIC": topic_path("lines"),
        "BLOCKS_TOPIC": topic_path("blocks"),
        "API_KEYS": json.dumps({OWNER: endpoints.api_key}),
        "MALLOC_ARENA_MAX": "2",  # sixty-four threads would otherwise keep an arena of memory each
        "MALLOC_MMAP_THRESHOLD_": "1048576",  # bytes: larger pieces go back to the system when they are freed
    }


def _text(facts: Facts, name: str) -> str | None:
    return str(facts[name]) if name in facts else None
