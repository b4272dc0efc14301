"""Google's command-line tools work with the storage stand-in as they do with Cloud Storage."""

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass

import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from dropcast_local.storage.tls import boto_file
from standins import stand_in

SLOWEST = 60  # seconds for one command


@dataclass(frozen=True, slots=True)
class Tool:
    """One of the tools, in an environment of its own, and the bucket it works on."""

    name: str
    environment: dict[str, str]
    bucket: storage.Bucket

    def __call__(self, *arguments: object, code: int = 0) -> str:
        """What the command printed; its exit code must be `code`."""
        command = [*self.name.split(), *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=SLOWEST, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def announced(tmp_path_factory):
    with stand_in("storage", "--data", str(tmp_path_factory.mktemp("storage")), "--tls-port", "0") as facts:
        yield facts


@pytest.fixture
def environment(tmp_path, announced):
    """Whatever this machine is configured for, only the stand-in is talked to."""
    boto = tmp_path / "boto"
    boto.write_text(boto_file(announced["tlsEndpoint"], announced["certificateFile"], "local"))
    configured = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDSDK_")}
    return configured | {
        "BOTO_CONFIG": str(boto),
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{announced['endpoint']}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "local",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture(params=["gcloud storage", "gsutil"])
def tool(request, announced, environment, tmp_path):
    name = request.param
    if shutil.which(name.split()[0]) is None:
        pytest.skip(f"{name.split()[0]} is not installed")
    client = storage.Client(
        "local", AnonymousCredentials(), client_options={"api_endpoint": announced["endpoint"]}
    )
    bucket = client.create_bucket(f"bucket-{uuid.uuid4()}")
    return Tool(name, environment, bucket)


def test_a_file_is_copied_in_listed_read_and_removed(tool, tmp_path):
    content = json.dumps([{"speaker": "A", "line": "“Hello” – world"}])
    script = tmp_path / "a script.json"
    script.write_text(content)
    address = f"gs://{tool.bucket.name}/drop/a script.json"
    tool("cp", script, address)
    assert tool.bucket.blob("drop/a script.json").download_as_text() == content
    assert tool.bucket.get_blob("drop/a script.json").content_type == "application/json"
    assert address in tool("ls", f"gs://{tool.bucket.name}/drop/")
    assert content in tool("cat", address)
    tool("rm", address)
    assert list(tool.bucket.list_blobs()) == []


def test_a_large_file_goes_in_and_comes_out_whole(tool, tmp_path):
    content = os.urandom(1024 * 1024) * 20
    (tmp_path / "large.mp3").write_bytes(content)
    tool("cp", tmp_path / "large.mp3", f"gs://{tool.bucket.name}/large.mp3")
    tool("cp", f"gs://{tool.bucket.name}/large.mp3", f"gs://{tool.bucket.name}/copy.mp3")
    tool("cp", f"gs://{tool.bucket.name}/copy.mp3", tmp_path / "back.mp3")
    assert (tmp_path / "back.mp3").read_bytes() == content


def test_a_name_that_must_be_absent_is_not_overwritten(tool, tmp_path):
    tool.bucket.blob("taken").upload_from_string("old")
    (tmp_path / "new").write_text("new")
    target = f"gs://{tool.bucket.name}/taken"
    if tool.name == "gsutil":
        said = tool("-h", "x-goog-if-generation-match:0", "cp", tmp_path / "new", target, code=1)
    else:
        said = tool("cp", "--if-generation-match=0", tmp_path / "new", target, code=1)
    assert "412" in said
    assert tool.bucket.blob("taken").download_as_text() == "old"


def test_the_tls_listener_is_vouched_for_by_the_certificate_it_announces(announced):
    listed = requests.get(
        f"{announced['tlsEndpoint']}/storage/v1/b?project=local",
        verify=announced["certificateFile"],
        timeout=10,
    )
    assert listed.status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(announced["tlsEndpoint"], verify=True, timeout=10)
