"""The sweep of a local stack is called again and again, whatever it answers, and no more once that ends."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dropcast_local.sweeping import swept


@pytest.fixture
def sweep():
    """A function that fails, and a semaphore that is released with each call of it."""
    called = threading.Semaphore(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_error(503)
            called.release()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}/sweep/", called
        server.shutdown()


def test_it_is_called_again_although_it_failed_and_not_after_the_end(sweep):
    url, called = sweep
    with swept(url, between=0.01):
        for _ in range(3):
            assert called.acquire(timeout=5)
    while called.acquire(blocking=False):
        pass  # what was called while we asked it to end
    assert not called.acquire(timeout=0.1)


def test_that_nobody_answers_ends_nothing(sweep):
    threads = threading.active_count()
    with swept("http://127.0.0.1:1/", between=0.001):
        assert not threading.Event().wait(0.05)
        assert threading.active_count() > threads
    assert threading.active_count() <= threads


def test_it_is_not_called_at_once(sweep):
    url, called = sweep
    with swept(url):
        assert not called.acquire(timeout=0.05)
