import os
import uuid

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from hypothesis import settings

from dropcast.gateways.gcs import GcsEpisodeStore, GcsObjectStore, keep_connections
from dropcast.ports import DestinationRefused
from fakes import MemoryEpisodeStore, MemoryObjectStore
from standins import stand_in

# Machines are noisy: no deadline for one example. In CI the same examples each time; elsewhere ever new ones.
settings.register_profile("dropcast", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("dropcast")


@pytest.fixture(scope="session")
def storage_endpoint(tmp_path_factory):
    """A Cloud Storage stand-in for the whole session; every test makes buckets of its own."""
    with stand_in("storage", "--data", str(tmp_path_factory.mktemp("storage"))) as announced:
        yield announced["endpoint"]


@pytest.fixture
def new_bucket(storage_endpoint):
    client = storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": storage_endpoint})
    keep_connections(client)
    return lambda: client.create_bucket(f"contract-{uuid.uuid4()}")


@pytest.fixture(params=["memory", "gcs"])
def object_store(request):
    """The fake and the real gateway, so that one test holds both to the same promise."""
    if request.param == "memory":
        return MemoryObjectStore()
    return GcsObjectStore(request.getfixturevalue("new_bucket")())


@pytest.fixture(params=["memory", "gcs"])
def closed_store(request):
    """A fake and a real store, neither of which has a bucket behind it."""
    if request.param == "memory":
        return MemoryObjectStore(_no_bucket)
    bucket = request.getfixturevalue("new_bucket")()
    bucket.delete()
    return GcsObjectStore(bucket)


def _no_bucket(_):
    raise DestinationRefused("there is no bucket")


@pytest.fixture(params=["memory", "gcs"])
def episode_store(request):
    """A fake and a real store of episodes, each with the store of results that it is filled from."""
    if request.param == "memory":
        results = MemoryObjectStore()
        return MemoryEpisodeStore(results), results
    new_bucket = request.getfixturevalue("new_bucket")
    results, episodes = new_bucket(), new_bucket()
    return GcsEpisodeStore(episodes, results), GcsObjectStore(results)
