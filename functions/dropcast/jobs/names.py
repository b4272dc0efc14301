"""Every object name of the jobs bucket. The kind comes first: a kind can be listed, and aged, by prefix."""

from dropcast.jobs.blocks import Block


def plan(job: str) -> str:
    return f"plans/{job}.jsonl"


def clip(digest: str) -> str:
    """Name a clip by everything that shapes its sound: the cache that all jobs share."""
    return f"clips/{digest}.wav"


def take(job: str, utterance: int) -> str:
    """Name a job's own copy of a cached clip, which stays when the cache forgets."""
    return f"takes/{job}/{utterance:06}.wav"


def outcome(block: Block, utterance: int) -> str:
    return f"{outcomes(block)}{utterance:06}.json"


def outcomes(block: Block) -> str:
    return f"outcomes/{block.job}/{block.index:06}/"


def gathered(block: Block) -> str:
    """Name the outcomes of a full block, one after the other."""
    return f"gathered/{block.job}/{block.index:06}.jsonl"


def sound(block: Block) -> str:
    """Name the clips of a full block, one after the other. It exists = the block is complete."""
    return f"{sounds(block.job)}{block.index:06}"


def sounds(job: str) -> str:
    return f"sound/{job}/"


def result(job: str, extension: str) -> str:
    return f"results/{job}/episode.{extension}"


def report(job: str) -> str:
    """Name the last object of a job. It exists = the job is over."""
    return f"reports/{job}.json"
