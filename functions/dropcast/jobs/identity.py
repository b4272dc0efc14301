"""A job is one rendering of one generation of one uploaded object."""

import hashlib
import re
from dataclasses import dataclass, field

READABLE = 40  # characters of the object's name that a job's name repeats, for people who read logs


@dataclass(frozen=True, slots=True)
class Upload:
    """One generation of one object in the uploads bucket.

    A repeated event names the same generation, a new upload names a new one. `created` is the day of the
    upload (YYYY-MM-DD), where the event tells it.
    """

    bucket: str
    name: str
    generation: int
    created: str | None = field(default=None, compare=False)

    @property
    def job(self) -> str:
        """The name of the job that renders this generation: [a-z0-9-], the same at every delivery."""
        identity = f"{self.bucket}\0{self.name}\0{self.generation}".encode()
        words = re.sub(r"[^a-z0-9]+", "-", self.name.rsplit(".", 1)[0].lower())[-READABLE:].strip("-")
        return f"{words or 'script'}-{self.generation}-{hashlib.sha256(identity).hexdigest()[:12]}"
