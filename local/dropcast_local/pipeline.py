"""What renders: a local stack, or a deployed dropcast."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dropcast_local.data_folder import locked
from dropcast_local.events import Troubles
from dropcast_local.place import Place, deployed_place, local_place
from dropcast_local.requirements import require_programs
from dropcast_local.stack import Stack, StackSettings


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of a deployed dropcast."""

    uploads: str
    episodes: str
    jobs: str | None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What renders: its buckets; and the local stack, if it is that, with what it last complained of."""

    place: Place
    stack: Stack | None
    troubles: Troubles

    def broken(self) -> str | None:
        """Say what is broken beyond repair, as far as that is known here."""
        return self.stack.failure if self.stack else None


def deployed_pipeline(buckets: Buckets) -> Pipeline:
    """Reach a deployed dropcast as the environment says. Raises Failed."""
    return Pipeline(deployed_place(buckets.uploads, buckets.episodes, buckets.jobs), None, Troubles())


@contextmanager
def local_pipeline(data: Path | None, engine: str, when_taken: Callable[[], None]) -> Iterator[Pipeline]:
    """Run a local stack with the clips of a folder, if one is given; `when_taken` says that it must wait."""
    require_programs(engine)
    troubles = Troubles()
    with ExitStack() as opened:
        if data:
            opened.enter_context(locked(data, when_taken))
        stack = opened.enter_context(Stack(StackSettings(data=data, engine=engine), troubles.hear))
        yield Pipeline(local_place(stack.endpoints.storage), stack, troubles)
