"""Join any number of objects inside storage, up to 32 at a time."""

from collections.abc import Callable, Sequence

from dropcast.ports import ObjectStore

AT_ONCE = 32  # sources of one compose request: Cloud Storage, "Composite objects"


def join_all(sources: Sequence[str], result: str, step: Callable[[str], str], jobs: ObjectStore) -> None:
    """Store objects one after the other under a name; `step` names what stands on the way there."""
    level, joined = 0, list(sources)
    while len(joined) > AT_ONCE:
        groups = [joined[at : at + AT_ONCE] for at in range(0, len(joined), AT_ONCE)]
        joined = [step(f"{level}-{at:06}") for at in range(len(groups))]
        for group, name in zip(groups, joined, strict=True):
            jobs.join(group, name)
        level += 1
    jobs.join(joined, result)
