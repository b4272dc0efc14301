"""A Cloud Storage stand-in of its own for each module that asks for it, and the real client on it."""

import uuid

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from standins import stand_in


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="module")
def endpoint(data):
    with stand_in("storage", "--data", str(data)) as announced:
        yield announced["endpoint"]


@pytest.fixture(scope="module")
def client(endpoint):
    return storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": endpoint})


@pytest.fixture
def bucket(client):
    return client.create_bucket(f"b-{uuid.uuid4()}")
