"""Where scripts are dropped and episodes appear: three buckets, of a local stack or of a deployed one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.cloud.storage import Bucket, Client

from dropcast.gateways.gcs import GcsEpisodeStore, GcsObjectStore
from dropcast.ports import TryLater
from dropcast_local.failures import Failed
from dropcast_local.layout import EPISODES, JOBS, UPLOADS
from dropcast_local.provisioning import local_storage_client

PATIENCE = {"timeout": 30}  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """The buckets of one dropcast. Without `jobs` one sees that a job is over, but not how far it is."""

    uploads: Bucket
    episodes: Bucket
    jobs: Bucket | None

    @property
    def episode_files(self) -> GcsObjectStore:
        return GcsObjectStore(self.episodes)

    @property
    def job_files(self) -> GcsObjectStore | None:
        return GcsObjectStore(self.jobs) if self.jobs is not None else None

    def reported_generation(self, name: str) -> int:
        """Say which generation of its script a report in the episodes bucket is about; 0 is none."""
        standing = GcsEpisodeStore(self.episodes, self.episodes).standing(name)
        return standing.script_generation if standing else 0

    def names(self, prefix: str, start: str = "") -> Iterator[str]:
        """Yield the names in the jobs bucket from `start` on that begin with prefix, in order."""
        if self.jobs is not None:
            yield from names_in(self.jobs, prefix, start)


def names_in(bucket: Bucket, prefix: str, start: str = "") -> Iterator[str]:
    """Yield the names of a bucket from `start` on that begin with prefix, in order."""
    fields = "items(name),nextPageToken"
    found = bucket.list_blobs(prefix=prefix, start_offset=start or None, fields=fields, **PATIENCE)
    return (blob.name for blob in found)


def bucket_deployed(name: str) -> Bucket:
    """A bucket reached as the environment says. Raises Failed."""
    with told_plainly():
        return Client().bucket(name)


def local_place(storage: str) -> Place:
    client = local_storage_client(storage)
    return Place(client.bucket(UPLOADS), client.bucket(EPISODES), client.bucket(JOBS))


def deployed_place(uploads: str, episodes: str, jobs: str | None) -> Place:
    """The buckets of these names, reached as the environment says. Raises Failed."""
    with told_plainly():
        client = Client()
    return Place(client.bucket(uploads), client.bucket(episodes), client.bucket(jobs) if jobs else None)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what the client library raises into Failed."""
    try:
        yield
    except DefaultCredentialsError as error:
        raise Failed("No Google Cloud credentials: run gcloud auth application-default login") from error
    except NotFound as error:
        raise Failed(f"There is no such bucket or object: {error.message}") from error
    except (GoogleAPICallError, RetryError) as error:
        raise Failed(f"Cloud Storage refused: {error.message}") from error
    except (requests.RequestException, GoogleAuthError, TryLater) as error:
        raise Failed(f"Cloud Storage cannot be reached: {error}") from error
