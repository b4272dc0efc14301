"""What the local stack consists of: buckets, topics, and which stage is pushed which topic's messages.

A table, like the maps of infra/: another function is another row.
"""

from dataclasses import dataclass

PROJECT = "dropcast-local"  # the client libraries take no project of fewer than six characters
UPLOADS, JOBS, EPISODES = BUCKETS = ("uploads", "jobs", "episodes")
DEAD_LETTERS = "dead-letters"
KEPT = f"{DEAD_LETTERS}-kept"  # the subscription that keeps them for people, and for `dropcast replay`


@dataclass(frozen=True, slots=True)
class Stage:
    """An entry point of main.py, and the topic whose messages are pushed to it, if any."""

    name: str
    topic: str | None


STAGES = (
    Stage("dispatch", "uploads"),
    Stage("synthesize", "lines"),
    Stage("finalize", "blocks"),
    Stage("bury", DEAD_LETTERS),
    Stage("api", None),
    Stage("sweep", None),
)
TOPICS = tuple(stage.topic for stage in STAGES if stage.topic)


def topic_path(topic: str) -> str:
    return f"projects/{PROJECT}/topics/{topic}"


def subscription_path(stage: str) -> str:
    return f"projects/{PROJECT}/subscriptions/{stage}"
