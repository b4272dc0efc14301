"""What a batch is called: by whoever asked for it, and by us."""

from uuid import NAMESPACE_URL, uuid5

from dropcast.jobs.identity import Upload
from dropcast.scripts.names import stem


def batch_id(upload: Upload) -> str:
    """Return the id that its owner gave it: the last part of its name."""
    return stem(upload.name.rsplit("/", 1)[-1])


def internal_id(job: str) -> str:
    """Return the UUID by which answers and summaries name a job, the same whoever asks for it."""
    return str(uuid5(NAMESPACE_URL, f"dropcast:{job}"))
