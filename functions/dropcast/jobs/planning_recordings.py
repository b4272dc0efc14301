"""From the name that a script gives a recording to the recording, or what is wrong with the name."""

from unicodedata import category

from dropcast.jobs.recording import Recording
from dropcast.scripts.findings import quoted
from dropcast.scripts.problems import Problem
from dropcast.voices.request import NATURAL_SAMPLE_RATE_HERTZ

BUCKET_MARK = "gs://"
MOST_BYTES = 1024  # of an object's name: Cloud Storage, "About Cloud Storage objects"


def recording_named(said: str, bucket: str, pointer: str) -> Recording | Problem:
    """Return the recording of this name, which may say its bucket, or the problem with it.

    It can only be of the bucket that the script was dropped in: whoever may write there must not make us read
    what only we may.
    """
    name, wrong = said, None
    if said.startswith(BUCKET_MARK):
        elsewhere, _, name = said.removeprefix(BUCKET_MARK).partition("/")
        wrong = _wrong_bucket(bucket) if elsewhere != bucket else None
    if wrong := wrong or _flaw(name):
        return Problem(pointer, wrong, quoted(said))
    return Recording(name, NATURAL_SAMPLE_RATE_HERTZ)


def _wrong_bucket(bucket: str) -> str:
    return (
        f"Recordings are taken from the uploads bucket ({BUCKET_MARK}{bucket}) only: "
        "copy it there and write its name without a bucket."
    )


def _flaw(name: str) -> str | None:
    size = len(name.encode("utf-8", "surrogatepass"))
    if not name.strip():
        return "The name of the recording is missing."
    if size > MOST_BYTES:
        return f"The name has {size:,} bytes; an object of the uploads bucket has {MOST_BYTES:,} at most."
    if name in {".", ".."} or any(category(character) in {"Cc", "Cs"} for character in name):
        return "No object of the uploads bucket can have this name."
    if "://" in name:
        return "Recordings are not fetched from the web: copy it to the uploads bucket and write its name."
    if name.lower().endswith(".json"):
        return "This is the name of a script, not of a recording."
    return None
