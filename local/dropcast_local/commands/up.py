"""`dropcast up`: the local stack, until a signal."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote

from dropcast_local.batch_client import API_VERSION
from dropcast_local.data_folder import locked
from dropcast_local.drop_folder import DropFolder
from dropcast_local.episode_folder import EpisodeFolder
from dropcast_local.events import WORTH_A_COMPLAINT, Event, told
from dropcast_local.failures import Failed
from dropcast_local.layout import EPISODES, JOBS, PROJECT, UPLOADS
from dropcast_local.place import local_place
from dropcast_local.problems import complain
from dropcast_local.requirements import require_output, require_programs
from dropcast_local.stack import Endpoints, Stack, StackSettings
from dropcast_local.storage.tls import boto_file
from dropcast_local.sweeping import swept

LOOK = 1.0  # seconds between two looks whether the stack is beyond repair


@dataclass(frozen=True, slots=True)
class Up:
    """What is asked for; `drop` and `episodes` are the folders that are watched and filled, if any."""

    stack: StackSettings
    drop: Path | None
    episodes: Path
    as_json: bool


def up(asked: Up) -> int:
    """Keep a stack running until a signal, which is how this is meant to end."""
    require_programs(asked.stack.engine)
    if asked.drop:
        require_output(asked.episodes)
    # A signal raises KeyboardInterrupt here; the contexts below end everything, in order.
    with suppress(KeyboardInterrupt), ExitStack() as opened:
        if asked.stack.data:
            opened.enter_context(locked(asked.stack.data))
        stack = opened.enter_context(Stack(asked.stack, _complain if asked.as_json else _report))
        if asked.as_json:
            print(json.dumps(facts(stack.endpoints)), flush=True)
        else:
            _introduce(stack)
        opened.enter_context(swept(stack.endpoints.functions["sweep"]))
        if asked.drop:
            opened.enter_context(_watched(asked.drop, asked.episodes, stack, asked))
        _wait_while_well(stack)
    return 0


def facts(endpoints: Endpoints) -> dict[str, str]:
    """What scripts need to know of a stack, as `up --json` tells it."""
    return {
        "storage": endpoints.storage,
        "pubsub": endpoints.pubsub,
        "speech": endpoints.speech,
        "uploads": UPLOADS,
        "jobs": JOBS,
        "episodes": EPISODES,
        "api": endpoints.api,
        "apiKey": endpoints.api_key,
    }


def _wait_while_well(stack: Stack) -> None:
    never = threading.Event()
    while (failure := stack.failure) is None:
        never.wait(LOOK)
    raise Failed(failure)


@contextmanager
def _watched(drop: Path, episodes: Path, stack: Stack, asked: Up) -> Iterator[None]:
    """Watch the two folders, each in a thread, until the context ends."""
    say = complain if asked.as_json else _say
    place = local_place(stack.endpoints.storage)
    told_to_end = threading.Event()
    watching: tuple[Callable[[threading.Event], None], ...] = (
        DropFolder(drop, place.uploads, say).watch,
        EpisodeFolder(episodes, place, say).watch,
    )
    threads = [threading.Thread(target=watch, args=(told_to_end,), daemon=True) for watch in watching]
    say(f"Copy a script into {drop}/; its episode appears in {episodes}/.")
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        told_to_end.set()
        for thread in threads:
            thread.join()


def _introduce(stack: Stack) -> None:
    endpoints = stack.endpoints
    print(f"Cloud Storage   {endpoints.storage}  buckets: {UPLOADS}, {JOBS}, {EPISODES}")
    print(f"Pub/Sub         {endpoints.pubsub}")
    print(f"Text-to-Speech  {endpoints.speech}")
    for name, url in endpoints.functions.items():
        print(f"{name:<15} {url}")
    print(_with_curl(endpoints.api, endpoints.api_key))
    print(_with_gcloud(endpoints.storage))
    if endpoints.secure_storage and endpoints.certificate:
        certificate = Path(endpoints.certificate).absolute()
        boto = certificate.with_name("boto")
        boto.write_text(boto_file(endpoints.secure_storage, str(certificate), PROJECT))
        # gsutil does not take a certificate that vouches for itself; on loopback there is nobody to fool.
        gsutil = f"BOTO_CONFIG={quote(str(boto))} gsutil -o Boto:https_validate_certificates=False"
        print(f"\nWith gsutil:\n\n  {gsutil} cp conversation.json gs://{UPLOADS}/")
    print(_with_python(endpoints.storage))
    print("Ctrl-C ends it.\n", flush=True)


def _with_curl(api: str, key: str) -> str:
    request = {
        "inputKind": "PlainText",
        "inputs": [{"content": "The rainbow has seven colors."}],
        "synthesisConfig": {"voice": "en-US-JennyNeural"},
    }
    address = quote(f"{api}/texttospeech/batchsyntheses/rainbow?api-version={API_VERSION}")
    shown = f"-H {quote(f'Ocp-Apim-Subscription-Key: {key}')}"
    body = f"-H 'Content-Type: application/json' -d {quote(json.dumps(request))}"
    return f"""
Batch synthesis, as Azure's clients ask for it:

  curl -X PUT {shown} {body} {address}
  curl {shown} {address}

  export DROPCAST_API={api} DROPCAST_API_KEY={key}
  dropcast batch submit batch.json -o results"""


def _with_gcloud(storage: str) -> str:
    return f"""
With gcloud:

  export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE={storage}/
  export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true CLOUDSDK_CORE_PROJECT={PROJECT}
  gcloud storage cp conversation.json gs://{UPLOADS}/
  gcloud storage ls gs://{EPISODES}/
  gcloud storage cp gs://{EPISODES}/conversation.mp3 ."""


def _with_python(storage: str) -> str:
    return f"""
With Python:

  export STORAGE_EMULATOR_HOST={storage}
  python -c 'from google.cloud import storage
  storage.Client().bucket("{UPLOADS}").blob("conversation.json").upload_from_filename("conversation.json")'

With dropcast:

  export STORAGE_EMULATOR_HOST={storage}
  dropcast render --uploads gs://{UPLOADS} --episodes gs://{EPISODES} --jobs gs://{JOBS} conversation.json
"""


def _report(event: Event) -> None:
    _say(told(event))


def _complain(event: Event) -> None:
    if event.severity in WORTH_A_COMPLAINT:
        with suppress(OSError):
            complain(told(event))


def _say(text: str) -> None:
    # One write a line: several threads speak. Whoever read this may be gone, which is no reason to stop.
    with suppress(OSError):
        sys.stdout.write(f"{datetime.now().astimezone():%H:%M:%S} {text}\n")
        sys.stdout.flush()
