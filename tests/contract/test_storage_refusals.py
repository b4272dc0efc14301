"""What Cloud Storage refuses is told in the words of the ports, wherever in an operation it does so."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from dropcast.gateways.gcs import GcsObjectStore
from dropcast.ports import DestinationRefused, ObjectMissing, TryLater

FORBIDDEN = "finalize@example does not have storage.objects.create access to the bucket."
USES = {
    "simple upload": lambda store: store.replace("a", [b"x"], {}, None),
    "upload in chunks": lambda store: store.replace("a", [b"x" * 9_000_000], {}, None),
    "look": lambda store: store.about("a"),
    "listing": lambda store: list(store.listing("a")),
    "read": lambda store: store.read("a"),
    "slice": lambda store: store.slice("a", 0, 5),
    "removal": lambda store: store.remove("a"),
}
every_use = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())


@pytest.fixture
def store():
    """A store that answers everything alike: set `answer` to a status, a reason and a message."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, reason, message = server.answer
            error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
            body = json.dumps({"error": error}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    for method in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        client = storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": endpoint})
        found = GcsObjectStore(client.bucket("results"))
        found.answers = lambda *answer: setattr(server, "answer", answer)
        yield found
        server.shutdown()


@every_use
def test_a_bucket_that_is_closed_to_us_says_why(store, use):
    store.answers(403, "forbidden", FORBIDDEN)
    with pytest.raises(DestinationRefused) as refused:
        use(store)
    assert str(refused.value) == FORBIDDEN


@every_use
def test_a_bucket_that_is_not_there_says_so(store, use):
    store.answers(404, "notFound", "The specified bucket does not exist.")
    with pytest.raises(DestinationRefused) as refused:
        use(store)
    assert str(refused.value) == "The specified bucket does not exist."


@every_use
@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"])
def test_what_came_too_fast_is_tried_later(store, use, reason):
    store.answers(403, reason, "Slow down.")
    with pytest.raises(TryLater):
        use(store)


def test_an_object_that_is_not_there_is_missing(store):
    store.answers(404, "notFound", "No such object: results/a")
    with pytest.raises(ObjectMissing):
        store.read("a")
    assert store.about("a") is None


@pytest.mark.parametrize("upload", ["create_from", "replace"])
def test_a_long_upload_is_refused_before_all_of_it_was_read(store, upload):
    store.answers(403, "forbidden", FORBIDDEN)
    chunks = iter([b"x" * 1_000_000] * 50)
    more = ({}, None) if upload == "replace" else ()
    with pytest.raises(DestinationRefused):
        getattr(store, upload)("a", chunks, *more)
    assert len(list(chunks)) > 40


def test_a_name_that_is_taken_is_taken_also_where_only_replacing_is_forbidden(store):
    store.answers(403, "forbidden", "x does not have storage.objects.delete access to the object.")
    assert store.create("a", b"x") is False
