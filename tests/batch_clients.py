"""Replays of clients that Azure's batch synthesis has, each as its authors wrote it: endpoint and key differ.

They do what the contract says that clients do, mistakes included, and use whatever they were written with.
"""

import hashlib
import io
import json
import re
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

VERSION = "2024-04-01"
PAUSE = 0.15  # seconds between two looks; real clients wait 5 to 60
PATIENCE = 240  # seconds; real clients give up after 30 to 90 minutes
RAINBOW = "The rainbow has seven colors."
RAINBOW_SSML = (
    f'<speak version="1.0" xml:lang="en-US"><voice name="en-US-JennyNeural">{RAINBOW}</voice></speak>'
)


@dataclass(frozen=True)
class Resource:
    """A speech resource, as one has it from a portal: an endpoint and a key."""

    endpoint: str
    key: str

    def url(self, batch_id="", query=""):
        slash = "/" if batch_id else ""
        path = f"{self.endpoint}/texttospeech/batchsyntheses{slash}{batch_id}"
        return f"{path}?api-version={VERSION}{query}"

    @property
    def header(self):
        return {"Ocp-Apim-Subscription-Key": self.key}


def until(holds, what="it"):
    """Look until something is so, and return it."""
    deadline, never = time.monotonic() + PATIENCE, threading.Event()
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what} did not come to pass in {PATIENCE} s"
        never.wait(PAUSE)
    return found


def over(resource, batch_id):
    """Poll a job until its status is terminal; whatever else it says is polled again."""

    def ended():
        answer = requests.get(resource.url(batch_id), headers=resource.header, timeout=30)
        answer.raise_for_status()
        job = answer.json()
        return job if job["status"] in ("Succeeded", "Failed") else None

    return until(ended, f"the end of {batch_id}")


def plain(*texts, voice="en-US-JennyNeural", **properties):
    """A request as most write it."""
    return {
        "inputKind": "PlainText",
        "inputs": [{"content": text} for text in texts],
        "synthesisConfig": {"voice": voice},
        "properties": properties,
    }


class Curl:
    """The page's own examples, request for request: curl -X … -H … -d … and nothing added to it."""

    def __init__(self, resource):
        self._resource = resource

    def put(self, batch_id, body, **headers):
        """-d posts text as it stands; with it go the headers of the page's example and those given."""
        sent = self._resource.header | {"Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask("PUT", self._resource.url(batch_id), body, sent)

    def get(self, batch_id):
        return self._ask("GET", self._resource.url(batch_id))

    def list(self, query=""):
        return self._ask("GET", self._resource.url(query=query))

    def delete(self, batch_id):
        return self._ask("DELETE", self._resource.url(batch_id))

    def fetch(self, url):
        return self._ask("GET", url)

    def _ask(self, method, url, body=None, headers=None):
        data = body.encode() if isinstance(body, str) else body
        headers = self._resource.header if headers is None else headers
        return requests.request(method, url, data=data, headers=headers, timeout=30, allow_redirects=False)


class PythonSample:
    """The published Python sample: a UUID for an id, a loop that sleeps, a download without any header."""

    def __init__(self, resource):
        self._resource = resource
        self.id = str(uuid.uuid4())

    def run(self, request):
        answer = requests.put(
            self._resource.url(self.id),
            data=json.dumps(request),
            headers={**self._resource.header, "Content-Type": "application/json"},
            timeout=30,
        )
        assert answer.status_code < 400, answer.text
        assert answer.json()["id"] == self.id
        job = over(self._resource, self.id)
        return job, self.download(job) if "outputs" in job else b""

    def download(self, job):
        answer = requests.get(job["outputs"]["result"], timeout=60)
        answer.raise_for_status()
        return answer.content


class KeyedDownload(PythonSample):
    """Sends the key with everything, the signed address included."""

    def download(self, job):
        answer = requests.get(job["outputs"]["result"], headers=self._resource.header, timeout=60)
        answer.raise_for_status()
        return answer.content


class BearerDownload(PythonSample):
    """Keeps one session with a Bearer header for everything; looks for ? and sig= in what it downloads."""

    def download(self, job):
        address = job["outputs"]["result"]
        assert "?" in address
        assert "sig=" in address
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"
            answer = session.get(address, timeout=60, allow_redirects=False)
        assert answer.status_code == 200, "a redirect would lose or leak the header"
        return answer.content


# What a typed client knows of a job, and of which type.
JOB = {
    "id": str,
    "internalId": uuid.UUID,
    "status": str,
    "createdDateTime": datetime,
    "lastActionDateTime": datetime,
    "inputKind": str,
    "customVoices": {str: uuid.UUID},
    "properties": {
        "timeToLiveInHours": int,
        "outputFormat": str,
        "concatenateResult": bool,
        "decompressOutputFiles": bool,
        "wordBoundaryEnabled": bool,
        "sentenceBoundaryEnabled": bool,
        "sizeInBytes": int,
        "succeededAudioCount": int,
        "failedAudioCount": int,
        "durationInMilliseconds": int,
        "billingDetails": {str: int},
    },
    "synthesisConfig": {"voice": str},
    "outputs": {"result": str},
    "description": str,
}


class DotNet:
    """A client in C# that serializes its own classes and reads answers into them, strictly.

    Its classes have PascalCase members, dates that nobody set, and types that every member must have.
    """

    STATUSES = ("NotStarted", "Running", "Succeeded", "Failed")

    def __init__(self, resource):
        self._resource = resource
        self.id = f"SimpleJob-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}Z"

    def run(self, texts):
        job = self.create(texts)
        assert job["status"] == "NotStarted"
        until(lambda: self.get()["status"] not in ("NotStarted", "Running"))
        job = self.get()
        return job, requests.get(job["outputs"]["result"], timeout=60).content

    def create(self, texts):
        request = {
            "Id": None,
            "InternalId": "00000000-0000-0000-0000-000000000000",
            "Status": None,
            "CreatedDateTime": "0001-01-01T00:00:00",
            "LastActionDateTime": "0001-01-01T00:00:00",
            "Description": "my plain text test",
            "InputKind": "PlainText",
            "Inputs": [{"Content": text} for text in texts],
            "SynthesisConfig": {"Voice": "en-US-AvaMultilingualNeural", "Style": None, "Rate": None},
            "CustomVoices": {},
            "Properties": {
                "TimeToLiveInHours": 24,
                "OutputFormat": "riff-48khz-16bit-mono-pcm",
                "ConcatenateResult": False,
                "DecompressOutputFiles": False,
                "WordBoundaryEnabled": False,
                "SentenceBoundaryEnabled": False,
            },
            "Outputs": None,
        }
        answer = requests.put(
            self._resource.url(self.id),
            data=json.dumps(request).encode(),
            headers={**self._resource.header, "Content-Type": "application/json; charset=utf-8"},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        assert urlsplit(answer.headers["Operation-Location"]).path.endswith(answer.headers["Operation-Id"])
        return self._read(answer)

    def get(self):
        return self._read(
            requests.get(self._resource.url(self.id), headers=self._resource.header, timeout=30)
        )

    def _read(self, answer):
        job = answer.json()
        strictly(job, JOB)
        assert job["status"] in self.STATUSES
        return job


def strictly(value, expected, at="answer"):
    """Read as a typed deserializer does: no member that is unknown, none of another type, no null."""
    if isinstance(expected, dict) and str in expected:
        for name, each in value.items():
            strictly(each, expected[str], f"{at}.{name}")
    elif isinstance(expected, dict):
        assert value.keys() <= expected.keys(), f"{at} has {value.keys() - expected.keys()}"
        for name, each in value.items():
            strictly(each, expected[name], f"{at}.{name}")
    elif expected is datetime:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", value), f"{at} is {value}"
    elif expected is uuid.UUID:
        assert str(uuid.UUID(value)) == value, f"{at} is {value}"
    else:
        assert type(value) is expected, f"{at} is {value!r}"


class ExplicitNulls(PythonSample):
    """Sends every member that it knows, null where it has nothing to say, and the preview's displayName."""

    def run(self, request):
        properties = {
            "outputFormat": "",
            "destinationContainerUrl": None,
            "destinationPath": None,
            "timeToLiveInHours": None,
            "concatenateResult": None,
            "wordBoundaryEnabled": None,
        }
        nulls = {"displayName": "my batch", "description": None, "customVoices": None, "outputs": None}
        manner = {"rate": None, "pitch": None, "style": None, "role": None, "backgroundAudio": None}
        config = request["synthesisConfig"] | manner
        return super().run(request | nulls | {"properties": properties, "synthesisConfig": config})


class ContentHash(PythonSample):
    """Names each request by its content, so that submitting it twice costs once: a 409 means "have it"."""

    def run(self, request):
        body = json.dumps(request, sort_keys=True).encode()
        self.id = hashlib.sha256(body).hexdigest()
        answer = requests.put(
            self._resource.url(self.id),
            data=body,
            headers={**self._resource.header, "Content-Type": "application/json"},
            timeout=30,
        )
        self.had = answer.status_code == 409
        assert self.had or answer.status_code == 201, answer.text
        job = over(self._resource, self.id)
        return job, self.download(job)


class AudioBook:
    """Splits a book into requests that stay below the limit, submits them all, and joins what it gets."""

    def __init__(self, resource, most_bytes=1_500_000):
        self._resource = resource
        self._most = most_bytes

    def run(self, paragraphs):
        ids = [self._submit(request) for request in self._requests(paragraphs)]
        chapters = [over(self._resource, batch_id) for batch_id in ids]
        assert [job["status"] for job in chapters] == ["Succeeded"] * len(ids)
        sounds = []
        for job in chapters:
            with zipfile.ZipFile(
                io.BytesIO(requests.get(job["outputs"]["result"], timeout=60).content)
            ) as book:
                names = sorted(name for name in book.namelist() if name.endswith(".mp3"))
                sounds += [book.read(name) for name in names]
        return ids, sounds

    def _requests(self, paragraphs):
        """Requests of as many paragraphs as go into one, by the bytes of its JSON."""
        taken = []
        for paragraph in paragraphs:
            if taken and len(json.dumps(self._request([*taken, paragraph])).encode()) > self._most:
                yield self._request(taken)
                taken = []
            taken.append(paragraph)
        yield self._request(taken)

    def _request(self, paragraphs):
        return plain(*paragraphs, outputFormat="audio-24khz-48kbitrate-mono-mp3")

    def _submit(self, request):
        batch_id = f"batch_{uuid.uuid4().hex}"
        answer = requests.put(
            self._resource.url(batch_id), json=request, headers=self._resource.header, timeout=30
        )
        answer.raise_for_status()
        return batch_id


class Subtitles(PythonSample):
    """Has everything joined in one MP3 and makes subtitles of the word boundaries, one cue for each text."""

    def run(self, texts):
        request = plain(
            *texts,
            outputFormat="audio-24khz-160kbitrate-mono-mp3",
            concatenateResult=True,
            wordBoundaryEnabled=True,
        )
        job, results = super().run(request)
        with zipfile.ZipFile(io.BytesIO(results)) as archive:
            words = json.loads(archive.read("0001.word.json"))
            sound = archive.read("0001.mp3")
        return job, results, sound, list(self._cues(words, texts))

    def _cues(self, words, texts):
        """Start, end and text of each cue, found by counting off each text's letters."""
        words = iter(words)
        for text in texts:
            wanted, had, heard = "".join(text.split()), "", []
            while had != wanted:
                heard.append(next(words))
                had += "".join(heard[-1]["Text"].split())
                assert wanted.startswith(had), f"{had!r} is no beginning of {wanted!r}"
            yield heard[0]["AudioOffset"], heard[-1]["AudioOffset"] + heard[-1]["Duration"], text


class FirstEntry(PythonSample):
    """Looks for .mp3, then .wav, and finding neither takes the first entry of the archive for the sound."""

    def sound(self, results):
        with zipfile.ZipFile(io.BytesIO(results)) as archive:
            names = archive.namelist()
            found = [name for ending in (".mp3", ".wav") for name in names if name.endswith(ending)]
            return (found or names)[0], archive.read((found or names)[0])


class Lister:
    """Follows nextLink until it is null, with the same header."""

    def __init__(self, resource):
        self._resource = resource

    def pages(self, query=""):
        link, pages = self._resource.url(query=query), []
        while link:
            assert len(pages) < 100, "a list without end"
            answer = requests.get(link, headers=self._resource.header, timeout=30)
            answer.raise_for_status()
            page = answer.json()
            pages.append(page["value"])
            link = page.get("nextLink")
        return pages
