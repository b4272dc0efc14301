"""`dropcast up` serves the API, and what it prints works as printed; `dropcast batch` is its client."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from batch_clients import Resource, over, plain, until
from batch_truth import Results, hold

DROPCAST = Path(sys.executable).with_name("dropcast")
EXAMPLES = Path(__file__).parents[2] / "examples" / "batch"


@contextmanager
def running(*arguments, folder):
    """A stack as `dropcast up` starts it, ended in order."""
    environment = os.environ | {"DROPCAST_ENGINE": "tone"}
    command = [DROPCAST, "up", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as stack:
        try:
            yield stack
        finally:
            stack.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    with running("--json", folder=tmp_path_factory.mktemp("up")) as stack:
        yield json.loads(stack.stdout.readline())


@pytest.fixture
def dropcast(facts, tmp_path):
    environment = os.environ | {"DROPCAST_API": facts["api"], "DROPCAST_API_KEY": facts["apiKey"]}

    def run(*arguments):
        return subprocess.run(
            [DROPCAST, "batch", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_up_tells_programs_where_the_api_is_and_its_key(facts):
    resource = Resource(facts["api"], facts["apiKey"])
    assert requests.get(resource.url(), headers=resource.header, timeout=10).json().keys() >= {"value"}
    assert requests.get(resource.url(), timeout=10).status_code == 401


def test_a_folder_that_is_kept_keeps_its_key_and_its_batches(tmp_path):
    found = []
    for _ in range(2):
        with running("--json", "--data", "data", folder=tmp_path) as stack:
            facts = json.loads(stack.stdout.readline())
            resource = Resource(facts["api"], facts["apiKey"])
            if not found:
                requests.put(resource.url("kept"), json=plain("Kept."), headers=resource.header, timeout=10)
                over(resource, "kept")
            answer = requests.get(resource.url("kept"), headers=resource.header, timeout=10)
            result = requests.get(answer.json()["outputs"]["result"], timeout=10)
            found.append((facts["apiKey"], answer.json()["internalId"], result.content))
    assert found[0] == found[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_lines_for_curl_work_as_printed(tmp_path):
    with running("--drop", "drop", folder=tmp_path) as stack:
        printed = []
        for line in stack.stdout:
            printed.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        put, get = (line for line in printed if line.startswith("curl "))
        created = json.loads(sh(put, tmp_path))
        assert (created["id"], created["status"]) == ("rainbow", "NotStarted")
        job = until(lambda: ended(json.loads(sh(get, tmp_path))))
        assert (job["status"], job["properties"]["billingDetails"]) == ("Succeeded", {"neuralCharacters": 29})
        exported = next(line for line in printed if line.startswith("export DROPCAST_API="))
        listed = sh(f"{exported}; {DROPCAST} batch list", tmp_path)
        assert "rainbow" in listed


def sh(line, folder):
    done = subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def ended(job):
    return job if job["status"] in ("Succeeded", "Failed") else None


@pytest.mark.parametrize("name", ["plain.json", "ssml.json"])
def test_an_example_is_submitted_awaited_and_unpacked(dropcast, facts, tmp_path, name):
    done = dropcast("submit", EXAMPLES / name, "-o", "out", "--id", name)
    assert done.returncode == 0, done.stderr
    resource, request = Resource(facts["api"], facts["apiKey"]), json.loads((EXAMPLES / name).read_text())
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    job = over(resource, name)
    archive = requests.get(job["outputs"]["result"], timeout=30).content
    assert files == Results.of(archive).files
    hold(Results.of(archive), job, request)


def test_a_batch_from_its_submission_to_its_deletion(dropcast, tmp_path):
    (tmp_path / "talk.json").write_text(json.dumps(plain("One sentence.", "And another one.")))
    assert "mine: NotStarted" in dropcast("submit", "talk.json", "--id", "mine").stdout
    twice = dropcast("submit", "talk.json", "--id", "mine", "--wait")
    assert (twice.returncode, "mine" in twice.stderr) == (1, True)
    assert "mine" in dropcast("list").stdout
    until(lambda: "Succeeded" in dropcast("status", "mine").stdout)
    done = dropcast("download", "mine", "--unpack")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "mine").glob("*.wav")) == ["0001.wav", "0002.wav"]
    assert dropcast("delete", "mine").returncode == 0
    gone = dropcast("status", "mine")
    assert (gone.returncode, "mine" in gone.stderr) == (1, True)


def test_the_same_file_twice_is_made_once(dropcast, tmp_path):
    (tmp_path / "talk.json").write_text(json.dumps(plain("Once and for all.")))
    first, second = dropcast("submit", "talk.json", "--wait"), dropcast("submit", "talk.json", "--wait")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == second.stdout.replace(told(second), told(first))
    assert "submitted before" in second.stderr


def told(done):
    """The address of results, which is made anew each time."""
    return next(line for line in done.stdout.splitlines() if line.strip().startswith("results"))


def test_everything_wrong_with_a_request_is_told_a_line_each(dropcast, tmp_path):
    request = plain("", voice="", outputFormat="mp4", timeToLiveInHours="PT1H")
    (tmp_path / "bad.json").write_text(json.dumps(request))
    done = dropcast("submit", "bad.json")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    wrong = {"inputs[0].content", "synthesisConfig.voice"}
    wrong |= {"properties.outputFormat", "properties.timeToLiveInHours"}
    assert {line.partition(": ")[0] for line in lines} == wrong
    assert len(lines) == len(wrong)


def test_who_has_a_wrong_key_is_told_so(facts, dropcast):
    done = dropcast("list", "--key", "wrong")
    assert (done.returncode, "invalid subscription key" in done.stderr) == (1, True)
