"""A local stack for all tests of the batch synthesis API, in which each test is a customer of its own."""

import json
from itertools import count

import pytest

from batch_clients import Resource
from dropcast_local.stack import StackSettings
from pipeline import Pipeline

KEYS = {f"customer-{number}": f"{number:032x}" for number in range(1, 200)}


@pytest.fixture(scope="session")
def batch_pipeline():
    environment = {"API_KEYS": json.dumps(KEYS), "BATCH_DESTINATIONS": "gs://episodes/delivered"}
    settings = StackSettings(engine="tone", environment=environment)
    with Pipeline(settings) as pipeline:
        yield pipeline


@pytest.fixture(scope="session")
def unused_keys():
    return (KEYS[f"customer-{number}"] for number in count(1))


@pytest.fixture
def resource(batch_pipeline, unused_keys):
    """A speech resource that nobody else uses: no other batches, no other requests."""
    return Resource(batch_pipeline.stack.endpoints.api, next(unused_keys))


@pytest.fixture
def other_resource(batch_pipeline, unused_keys):
    return Resource(batch_pipeline.stack.endpoints.api, next(unused_keys))
