"""A running local stack, driven as a user's program would: upload a script, wait for its report."""

import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.exceptions import NotFound

from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast.jobs.identity import Upload
from dropcast.scripts.names import stem
from dropcast_local.stack import Stack, StackSettings


class Pipeline:
    """Stack(settings), with its buckets at hand."""

    def __init__(self, settings: StackSettings | None = None) -> None:
        # Or the client asks for the bucket after every object it does not find, which a count would count.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        self.events = []
        self.stack = Stack(settings, self.events.append)

    def __enter__(self) -> "Pipeline":
        self.stack.__enter__()
        self.endpoint = self.stack.endpoints.storage
        options = {"api_endpoint": self.endpoint}
        self.client = storage.Client("test-project", AnonymousCredentials(), client_options=options)
        return self

    def __exit__(self, *error) -> None:
        self.stack.__exit__(*error)

    def upload(self, name: str, script: object) -> Upload:
        blob = self.client.bucket("uploads").blob(name)
        blob.upload_from_string(script if isinstance(script, bytes) else json.dumps(script))
        return Upload("uploads", name, int(blob.generation))

    def read(self, bucket: str, name: str) -> bytes | None:
        try:
            return self.client.bucket(bucket).blob(name).download_as_bytes()
        except NotFound:
            return None

    def names(self, bucket: str, prefix: str = "") -> list[str]:
        return [blob.name for blob in self.client.list_blobs(bucket, prefix=prefix)]

    def report(self, upload: Upload, seconds: float = 60) -> dict:
        """Wait for the report of this generation under its stable name."""
        report = {}

        def there() -> bool:
            report.update(json.loads(self.read("episodes", f"{stem(upload.name)}.report.json") or b"{}"))
            return report.get("job") == upload.job

        self.wait_until(there, seconds)
        return report

    def wait_until(self, there, seconds: float = 60) -> None:
        pause, end = threading.Event(), time.monotonic() + seconds
        while not there():
            if time.monotonic() > end:
                said = "\n".join(str(event) for event in self.events[-20:])
                raise AssertionError(f"nothing after {seconds} s; last said:\n{said}")
            pause.wait(0.05)

    def decoded(self, name: str) -> bytes:
        """Decode a published episode to s16le at its own rate, from a file, as players do."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "episode"
            file.write_bytes(self.read("episodes", name) or b"")
            command = [ffmpeg_program(), "-v", "error", "-i", file, "-f", "s16le", "-"]
            return subprocess.run(command, capture_output=True, check=True).stdout

    def storage_faults(self, operation: str, *faults: str, prefix: str = "") -> str:
        instruction = {"operation": operation, "faults": list(faults), "prefix": prefix}
        return requests.post(f"{self.endpoint}/_faults", json=instruction, timeout=5).json()["id"]

    def faults_left(self, fault: str) -> list[str]:
        return requests.get(f"{self.endpoint}/_faults/{fault}", timeout=5).json()["left"]

    def operations(self) -> dict[str, int]:
        return requests.get(f"{self.endpoint}/_operations", timeout=5).json()

    def forget_operations(self) -> None:
        requests.delete(f"{self.endpoint}/_operations", timeout=5)


def conversation(lines: int, word: str = "line") -> list[dict]:
    return [
        {"speaker": "AB"[at % 2], "line": f"This is {word} number {at} of {lines}."} for at in range(lines)
    ]
