"""The client of a batch synthesis API, and `dropcast batch`, against a server that answers as it is told."""

import io
import json
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropcast_local.api_key import api_key
from dropcast_local.batch_answers import NoBatchApi, Refused
from dropcast_local.batch_client import BatchClient
from dropcast_local.batch_results import unpack
from dropcast_local.cli import app
from dropcast_local.commands.batch import id_of
from dropcast_local.failures import Failed

KEY = "0123456789abcdef"
REQUEST = b'{"inputKind": "PlainText"}'
PROPERTIES = {
    "timeToLiveInHours": 744,
    "outputFormat": "riff-24khz-16bit-mono-pcm",
    "sizeInBytes": 120000,
    "succeededAudioCount": 1,
    "failedAudioCount": 0,
    "durationInMilliseconds": 2500,
    "billingDetails": {"neuralCharacters": 29},
}


class Service:
    """Answers one request after the other with what was put into `answers`, and keeps what it was asked."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/api"
        self.answers = []
        self.asked = []

    def say(self, status, body=b"", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append(
            (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
        )

    def job(self, status="Succeeded", http=200, **members):
        job = {
            "id": "rainbow",
            "status": status,
            "inputKind": "SSML",
            "createdDateTime": "2026-11-20T10:00:00Z",
        }
        self.say(http, job | {"properties": PROPERTIES} | members)

    def over(self, **members):
        self.job(outputs={"result": f"{self.url}/results?sig=abc"}, **members)

    def refuse(self, status, message, **members):
        self.say(status, {"error": {"code": "BadRequest", "message": message} | members})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        service = self.server.service
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service.asked.append((self.command, self.path, self.headers, body))
        status, headers, body = service.answers.pop(0)
        self.send_response(status)
        for name, value in ({"Content-Length": len(body)} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "Content-Length" in headers  # it lied

    do_GET = do_PUT = do_DELETE = answer  # noqa: N815  # as http.server looks them up

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.service = Service(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server.service
        server.shutdown()


@pytest.fixture
def client(service):
    return BatchClient(service.url + "/", KEY)


@pytest.fixture
def dropcast(service, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rainbow.json").write_bytes(REQUEST)
    environment = {"DROPCAST_API": service.url, "DROPCAST_API_KEY": KEY}
    return lambda *arguments: CliRunner().invoke(app, ["batch", *arguments], env=environment)


def archive(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for name, content in files.items():
            written.writestr(name, content)
    return packed.getvalue()


def results(*entries):
    return archive(
        **{
            "0001.wav": b"sound",
            "summary.json": json.dumps({"results": [{"status": each} for each in entries]}),
        }
    )


def test_a_request_is_put_under_its_id_with_key_and_version(service, client):
    service.job("NotStarted", 201)
    assert client.create("rain bow", REQUEST).status == "NotStarted"
    [(method, path, headers, body)] = service.asked
    assert (method, body) == ("PUT", REQUEST)
    assert path == "/api/texttospeech/batchsyntheses/rain%20bow?api-version=2024-04-01"
    assert headers["Ocp-Apim-Subscription-Key"] == KEY
    assert headers["Content-Type"] == "application/json"


def test_what_is_put_off_is_asked_again_as_the_same_operation(service, client):
    service.refuse(429, "Too many requests.")
    service.answers[0][1]["Retry-After"] = "0"
    service.job("NotStarted", 201)
    client.create("rainbow", REQUEST)
    first, second = (headers["Operation-Id"] for _, _, headers, _ in service.asked)
    assert first == second


def test_a_batch_is_read_with_its_numbers(service, client):
    service.over()
    job = client.get("rainbow")
    assert job.is_over
    assert (job.succeeded, job.failed, job.size_in_bytes, job.duration_ms) == (1, 0, 120000, 2500)
    assert job.billed == {"neuralCharacters": 29}
    assert job.result.endswith("/results?sig=abc")


@pytest.mark.parametrize("last", [{}, {"nextLink": None}])
def test_a_list_is_followed_to_its_last_page(service, client, last):
    pages = [[{"id": f"job-{page}-{at}", "status": "Running"} for at in range(2)] for page in range(2)]
    service.say(200, {"value": pages[0], "nextLink": f"{service.url}/next?skip=2"})
    service.say(200, {"value": pages[1]} | last)
    assert [job.id for job in client.every_batch()] == ["job-0-0", "job-0-1", "job-1-0", "job-1-1"]
    assert service.asked[1][1] == "/api/next?skip=2"
    assert service.asked[1][2]["Ocp-Apim-Subscription-Key"] == KEY


def test_results_are_fetched_without_any_credentials(service, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    client = BatchClient("https://api.example", KEY)  # on another machine, so that the environment counts
    service.say(200, b"zip")
    fetched = io.BytesIO()
    client.download(f"{service.url}/results?sig=abc", fetched)
    assert fetched.getvalue() == b"zip"
    _, path, headers, _ = service.asked[0]
    assert path == "/api/results?sig=abc"
    assert headers["Ocp-Apim-Subscription-Key"] is None
    assert headers["Authorization"] is None


def test_a_key_is_not_carried_to_where_an_answer_points(service, client):
    service.say(302, Location=f"{service.url}/elsewhere")
    with pytest.raises(Refused, match="status 302"):
        client.get("rainbow")
    assert len(service.asked) == 1


def test_a_refusal_says_all_that_is_wrong_and_where(service, client):
    first = {"code": "BadRequest", "message": "The inputs is required.", "target": "inputs"}
    second = {
        "code": "BadRequest",
        "message": "Unsupported output format x.",
        "target": "properties.outputFormat",
    }
    service.refuse(400, "The inputs is required.", target="inputs", details=[first, second])
    with pytest.raises(Refused) as refused:
        client.create("rainbow", REQUEST)
    assert refused.value.status == 400
    assert str(refused.value).splitlines() == [
        "inputs: The inputs is required.",
        "properties.outputFormat: Unsupported output format x.",
    ]


@pytest.mark.parametrize(
    "body", [b"<html>no</html>", b"[]", b'{"error": "no"}', b'{"error": {"details": [3]}}']
)
def test_a_refusal_in_no_known_shape_is_told_by_its_status(service, client, body):
    service.say(418, body)
    with pytest.raises(Refused, match="status 418"):
        client.get("rainbow")


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'{"id": 5}', b"\xff"])
def test_what_is_no_batch_api_is_called_so(service, client, body):
    service.say(200, body)
    service.say(200, body)
    with pytest.raises(NoBatchApi):
        client.get("rainbow")
    with pytest.raises(NoBatchApi):
        list(client.every_batch())


@pytest.mark.parametrize(
    "url", ["127.0.0.1/api", "127.0.0.1:80", "ftp://127.0.0.1", "http://[/api", "http:///api", ""]
)
def test_what_is_no_address_is_misuse(url):
    done = CliRunner().invoke(app, ["batch", "list", "--url", url, "--key", KEY])
    assert (done.exit_code, "is no address" in done.stderr) == (2, True)


def test_an_address_at_which_nothing_answers_is_named():
    with pytest.raises(Failed, match=r"http://127.0.0.1:1/api/.*rainbow cannot be reached: .*refused"):
        BatchClient("http://127.0.0.1:1/api", KEY).get("rainbow")


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(service, client, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    service.job()
    assert client.get("rainbow").id == "rainbow"


def test_submit_tells_the_id_that_a_request_has_by_its_content(service, dropcast):
    service.job("NotStarted", 201)
    done = dropcast("submit", "rainbow.json")
    assert (done.exit_code, done.stdout) == (0, "rainbow: NotStarted\n")
    assert re.search(r"/rainbow-[0-9a-f]{12}\?", service.asked[0][1])


def test_submit_takes_an_id(service, dropcast):
    service.job("NotStarted", 201)
    dropcast("submit", "rainbow.json", "--id", "mine")
    assert "/mine?" in service.asked[0][1]


def test_submit_waits_and_unpacks(service, dropcast):
    service.job("NotStarted", 201)
    service.job("Running")
    service.over()
    service.say(200, results("Succeeded"))
    done = dropcast("submit", "rainbow.json", "-o", "out")
    assert done.exit_code == 0, done.output
    assert Path("out/0001.wav").read_bytes() == b"sound"
    assert "rainbow: Running" in done.stderr
    for said in ("rainbow: Succeeded", "length      0:00:02.500", "29 neuralCharacters", "2 files in out"):
        assert said in done.stdout


def test_submit_follows_what_was_submitted_with_the_same_content(service, dropcast):
    service.refuse(409, "The id is in use.")
    service.over()
    done = dropcast("submit", "rainbow.json", "--wait")
    assert (done.exit_code, "submitted before" in done.stderr) == (0, True)


def test_submit_does_not_take_another_batch_for_its_own(service, dropcast):
    service.refuse(409, "The id mine is in use.")
    done = dropcast("submit", "rainbow.json", "--id", "mine", "--wait")
    assert (done.exit_code, done.stderr) == (1, "The id mine is in use.\n")


def test_submit_fails_with_an_input_that_failed_and_says_which(service, dropcast):
    service.over(http=201, properties=PROPERTIES | {"failedAudioCount": 1})
    summary = {"results": [{"status": "Succeeded"}, {"status": "Failed", "error": {"message": "Too long."}}]}
    service.say(200, archive(**{"summary.json": json.dumps(summary)}))
    done = dropcast("submit", "rainbow.json", "-o", "out")
    assert done.exit_code == 1
    assert "1 succeeded, 1 failed" in done.stdout
    assert done.stderr == "input 2: Too long.\n"


def test_submit_fails_with_an_input_that_failed_also_where_nothing_is_unpacked(service, dropcast):
    service.over(http=201, properties=PROPERTIES | {"failedAudioCount": 1})
    assert dropcast("submit", "rainbow.json", "--wait").exit_code == 1


def test_submit_fails_with_the_batch(service, dropcast):
    error = {"code": "x", "message": "No input could be spoken."}
    service.job("Failed", 201, properties=PROPERTIES | {"error": error})
    done = dropcast("submit", "rainbow.json", "--wait")
    assert (done.exit_code, "error       No input could be spoken." in done.stdout) == (1, True)


def test_list_shows_every_batch(service, dropcast):
    service.say(200, {"value": [{"id": "one", "status": "Running"}, {"id": "two", "status": "Failed"}]})
    done = dropcast("list")
    assert done.exit_code == 0
    assert re.search(r"one .*Running[^$]*two .*Failed", done.stdout)


def test_delete_deletes(service, dropcast):
    service.say(204)
    assert dropcast("delete", "rainbow").stdout == "rainbow: deleted\n"
    assert service.asked[0][:2] == (
        "DELETE",
        "/api/texttospeech/batchsyntheses/rainbow?api-version=2024-04-01",
    )


def test_status_tells_how_a_batch_stands(service, dropcast):
    service.job("Running", description="my test")
    done = dropcast("status", "rainbow")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:2] == ["rainbow: Running", "  about       my test"]


def test_download_saves_the_archive(service, dropcast):
    service.over()
    service.say(200, results("Succeeded"))
    assert dropcast("download", "rainbow").exit_code == 0
    assert zipfile.is_zipfile("results.zip")


def test_download_unpacks_into_a_folder_of_the_batch(service, dropcast):
    service.over()
    service.say(200, results("Succeeded"))
    assert dropcast("download", "rainbow", "--unpack").exit_code == 0
    assert sorted(path.name for path in Path("rainbow").iterdir()) == ["0001.wav", "summary.json"]


def test_download_leaves_no_half_archive(service, dropcast, tmp_path):
    service.over()
    service.say(200, b"half", Content_Length=8)
    done = dropcast("download", "rainbow")
    assert (done.exit_code, "cannot be reached" in done.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["rainbow.json"]


@pytest.mark.parametrize(
    ("status", "members", "said"),
    [
        ("Running", {}, "rainbow is Running"),
        ("Failed", {"properties": {"error": {"message": "All failed."}}}, "no results: All failed."),
        ("Succeeded", {"outputs": {"result": "shows/rainbow"}}, "lie in the destination"),
    ],
)
def test_download_says_why_there_is_nothing_to_be_had(service, dropcast, status, members, said):
    service.job(status, **members)
    done = dropcast("download", "rainbow")
    assert (done.exit_code, said in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments", [("list", "--key", "k"), ("list", "--url", "http://x"), ("submit", "none.json")]
)
def test_what_is_left_out_is_misuse(arguments, monkeypatch):
    for name in ("DROPCAST_API", "DROPCAST_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert CliRunner().invoke(app, ["batch", *arguments]).exit_code == 2


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/b", "a\\b", "C:evil", ".."])
def test_nothing_is_unpacked_of_an_archive_with_a_path_in_it(tmp_path, name):
    with pytest.raises(Failed, match="no name of a file"):
        unpack(io.BytesIO(archive(**{"0001.wav": b"sound", name: b"evil"})), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_unpacked_of_an_archive_that_would_fill_the_disk(tmp_path):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("0001.wav", bytes(10_000_000))
    with pytest.raises(Failed, match="far more"):
        unpack(bomb, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_archive_is_told(tmp_path):
    with pytest.raises(Failed, match="no sound ZIP"):
        unpack(io.BytesIO(results("Succeeded")[:-30]), tmp_path)


@pytest.mark.parametrize(
    "name", ["rainbow.json", "Ünï cödé .json", "x.json", "_.json", "long" * 40 + ".json"]
)
def test_an_id_made_of_a_file_keeps_the_contracts_pattern(name):
    made = id_of(Path(name), REQUEST)
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]", made)
    assert made == id_of(Path(name), REQUEST)
    assert made != id_of(Path(name), REQUEST + b" ")


def test_a_folder_that_is_kept_keeps_its_key_and_others_have_another(tmp_path):
    kept = api_key(tmp_path / "data")
    assert api_key(tmp_path / "data") == kept
    assert len({kept, api_key(None), api_key(None), api_key(tmp_path / "other")}) == 4
    assert (tmp_path / "data" / "api-key").stat().st_mode & 0o077 == 0
