"""The batch API over stores in memory, with a clock that a test turns, and jobs that it lets run and end."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from dropcast.batchapi.access import Access
from dropcast.batchapi.application import answer
from dropcast.batchapi.exchange import ApiRequest
from dropcast.batchapi.signing import Signer
from dropcast.batchapi.throttle import Throttle
from dropcast.batchapi.world import World
from dropcast.jobs import names
from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.batch.report import Counted, batch_report
from dropcast.jobs.batch.stored_plan import encode_head
from dropcast.jobs.identity import Upload
from dropcast.jobs.report import OutputFile, refused_report
from dropcast.scripts.batch.formats import AudioFormat
from dropcast.scripts.batch.request import BatchRequest, Destination, Manner, Wanted
from dropcast.scripts.problems import Problem
from dropcast.stages.delivery import deliver
from fakes import MemoryObjectStore

VERSION = "api-version=2024-04-01"
BATCHES = "/texttospeech/batchsyntheses"
WAV = AudioFormat("riff-24khz-16bit-mono-pcm", "pcm", "riff", 24_000, 384, "wav")
START = datetime(2026, 11, 20, 10, 23, 59, 9738, UTC)
ENDPOINT = "https://api.example"
RAINBOW = {
    "inputKind": "PlainText",
    "synthesisConfig": {"voice": "en-US-JennyNeural"},
    "inputs": [{"content": "The rainbow has seven colors."}],
}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]


def read_plainly(data):
    """Read a request as far as these tests need it: a stand-in for examine_batch."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return None, (Problem("", "The request is not JSON."),)
    if not isinstance(fields, dict) or not fields.get("inputs"):
        return None, (Problem("/inputs", "The inputs is required."),)
    empty = [at for at, each in enumerate(fields["inputs"]) if not each["content"]]
    problems = tuple(Problem(f"/inputs/{at}/content", f"Input {at} is empty.") for at in empty)
    properties = fields.get("properties", {})
    wanted = Wanted(
        WAV,
        decompressed=properties.get("decompressOutputFiles", False),
        time_to_live_hours=properties.get("timeToLiveInHours", 744),
        destination=Destination(properties["destinationContainerUrl"], properties.get("destinationPath", ""))
        if "destinationContainerUrl" in properties
        else None,
    )
    manner = fields.get("synthesisConfig")
    request = BatchRequest(
        fields["inputKind"],
        tuple(each["content"] for each in fields["inputs"]),
        wanted,
        Manner(manner["voice"], echo=manner) if manner else None,
        fields.get("customVoices", {}),
        fields.get("description"),
    )
    return request, problems


@dataclass
class Api:
    """The API, as its clients see it, and the pipeline behind it, as far as it is seen from here."""

    keys: dict[str, str] = field(default_factory=lambda: {"alice": "key-a", "bob": "key-b"})
    shared: bool = False
    requests: int = 10_000

    def __post_init__(self):
        self.time = START
        self.trouble = None
        self.uploads = MemoryObjectStore(self._fault, lambda: self.time)
        self.jobs = MemoryObjectStore(self._fault, lambda: self.time)
        self.delivered = MemoryObjectStore()
        ids = count(1)
        self.world = World(
            self.uploads,
            self.jobs,
            "uploads",
            lambda bucket: {"results": self.delivered}[bucket],
            Access(self.keys, shared=self.shared),
            Throttle(self.requests, lambda: self.time.timestamp()),
            Signer(b"secret"),
            read_plainly,
            read_plainly,
            lambda: self.time,
            lambda: str(UUID(int=next(ids))),
        )

    def _fault(self, point):
        if self.trouble:
            self.trouble(point)

    def change(self, **fields):
        self.world = replace(self.world, **fields)

    def pass_by(self, **duration):
        self.time += timedelta(**duration)

    def ask(self, method, target, body=b"", key="key-a", endpoint=ENDPOINT, **headers):
        """Ask by a path and its query; `key=None` sends none."""
        path, _, query = target.removeprefix(endpoint).partition("?")
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        if key is not None:
            named.setdefault("ocp-apim-subscription-key", key)
        request = ApiRequest(method, path, query, named, lambda most: body[:most], endpoint)
        found = answer(request, self.world)
        whole = found.body if isinstance(found.body, bytes) else b"".join(found.body)
        return Reply(int(found.status), dict(found.headers), whole)

    def put(self, batch, request=RAINBOW, **headers):
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        headers.setdefault("content_type", "application/json")
        return self.ask("PUT", f"{BATCHES}/{batch}?{VERSION}", body, **headers)

    def get(self, batch, **headers):
        return self.ask("GET", f"{BATCHES}/{batch}?{VERSION}", **headers)

    def delete(self, batch, **headers):
        return self.ask("DELETE", f"{BATCHES}/{batch}?{VERSION}", **headers)

    def list(self, query="", **headers):
        return self.ask("GET", f"{BATCHES}?{VERSION}{query}", **headers)

    def upload(self, batch, owner="alice"):
        """The upload behind an id; `owner=None` for one that was dropped at the top."""
        name = names.batch_upload(owner, batch) if owner else f"{batch}.json"
        return Upload("uploads", name, self.uploads.generations[name])

    def head(self, upload):
        request, _ = read_plainly(self.uploads.objects[upload.name])
        return BatchHead(
            upload=upload,
            input_kind=request.input_kind,
            wanted=request.wanted,
            inputs=len(request.inputs),
            utterances=len(request.inputs),
            characters=sum(map(len, request.inputs)),
            bundles=(0,),
            custom_voices=request.custom_voices,
            echo=request.manner.echo if request.manner else None,
            description=request.description,
        )

    def run(self, batch, owner="alice"):
        """Plan a batch: it runs."""
        upload = self.upload(batch, owner)
        self.jobs.create(names.batch(upload.job), encode_head(self.head(upload)))
        return upload

    def end(
        self,
        batch,
        owner="alice",
        counted=Counted(1, 0, 120_000, 2500),
        error=None,
        archive=b"PK zip",
        *,
        delivered=True,
    ):
        """Let a batch come to its end."""
        upload = self.run(batch, owner)
        result = names.archive(upload.job, "settled")
        self.jobs.create(result, archive)
        output = OutputFile("zip", result, "results.zip", len(archive))
        report = batch_report(self.head(upload), output, counted, error, delivered=delivered)
        self.jobs.create_from(names.report(upload.job), report)
        return upload

    def deliver(self, upload):
        """Have the archive of a batch delivered to where its request wants it."""
        archive = names.archive(upload.job, "settled")
        assert deliver(self.head(upload), archive, [], self.jobs, self.world.destinations) is None

    def refuse(self, batch, message, owner="alice"):
        """End a batch that was never planned."""
        upload = self.upload(batch, owner)
        self.jobs.create_from(names.report(upload.job), refused_report(upload, None, (Problem("", message),)))
        return upload

    def drop(self, batch, request=RAINBOW):
        """Drop a file at the top of the uploads bucket."""
        self.uploads.create(f"{batch}.json", json.dumps(request).encode())
