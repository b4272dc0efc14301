"""Wake jobs that stand still: publish again what would have moved them on, had it not been lost.

Pub/Sub loses nothing by itself, but a message lives for a week, and subscriptions are purged or made anew.
What is published here is what the stages publish, and as harmless to repeat; but a job may just be waiting
behind others, and every message costs. So each waking is noted, and the next one of the job waits longer.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from dropcast.jobs import names
from dropcast.jobs.batch.plan import BatchPlan
from dropcast.jobs.batch.stored_plan import decode_head, decode_inputs
from dropcast.jobs.blocks import Block
from dropcast.jobs.plan import Plan, decode_plan
from dropcast.jobs.utterance import Utterance
from dropcast.ports import ManagedStore, ObjectMissing, Stored, Topic
from dropcast.stages.bury import bury_utterance
from dropcast.voices.request import MalformedRequest

log = logging.getLogger(__name__)

# How long nothing is new of a job before it is woken for the first time, the second time, and so on. A step
# takes 9 minutes at most, and comes again 10 later: half an hour is two of them and some.
QUIET = (timedelta(minutes=30), *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24)))
GIVEN_UP = timedelta(days=7)  # as long as Pub/Sub keeps a message
MOST = 50  # jobs woken by one sweep: of ten thousand lines each, that is some minutes of publishing
WOKEN = "woken-"  # begins the names of the notes that a job was woken, which lie among its drafts


@dataclass(frozen=True, slots=True)
class _Missing:
    """What a job waits for: utterances without an outcome, and full blocks that nobody has finished."""

    utterances: tuple[Utterance, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Waker:
    """The jobs and their topics, at a time.

    A sweep lists all plans and all reports, a thousand to a class A operation. It looks at what is new of
    each job that is not over, and lists all that is there of each that it wakes.
    """

    jobs: ManagedStore
    lines: Topic[Utterance]
    blocks: Topic[Block]
    now: datetime

    def wake(self) -> None:
        """Wake jobs that stand still, no more than a few dozen at a time. Raises TryLater.

        What nobody has spoken after all the time that a message lives is given up: so every job ends.
        """
        still = ((job, since) for job, since in self._unfinished() if self._is_quiet(job))
        for job, since in islice(still, MOST):
            self._wake(job, is_given_up=since + GIVEN_UP <= self.now)

    def _unfinished(self) -> Iterator[tuple[str, datetime]]:
        """Yield each job that has been planned for a while and is not over, and since when."""
        # The plans first: what is over by the time that reports are listed is over.
        planned = [*self._listed(names.plan), *self._listed(names.batch)]
        over = {job for name in (names.report, names.withdrawn) for job, _ in self._listed(name)}
        return (
            (job, stored.created)
            for job, stored in planned
            if job not in over and stored.created + QUIET[0] <= self.now
        )

    def _listed(self, name_of: Callable[[str], str]) -> Iterator[tuple[str, Stored]]:
        """Yield each job that has an object of a kind, and that object."""
        before, behind = name_of("*").split("*")
        for stored in self.jobs.listing(before):
            yield stored.name.removeprefix(before).removesuffix(behind), stored

    def _is_quiet(self, job: str) -> bool:
        """Say whether nothing has happened in a job for as long as it is to be left alone."""
        notes = self._notes(job)
        quiet = QUIET[min(len(notes), len(QUIET) - 1)]
        everything = chain(
            notes, (new for kind in names.everything_of(job) for new in self.jobs.listing(kind))
        )
        return all(stored.created + quiet <= self.now for stored in everything)

    def _notes(self, job: str) -> list[Stored]:
        before, _ = names.draft(job, f"{WOKEN}*").split("*")
        return list(self.jobs.listing(before))

    def _wake(self, job: str, *, is_given_up: bool) -> None:
        times = len(self._notes(job)) + 1
        try:
            missing = self._missing(job)
        except ObjectMissing:
            return  # it is being removed
        except (ValueError, TypeError, MalformedRequest):
            # Laid by a release whose plans this one cannot read. That must not keep others from being woken.
            log.error("unreadable", extra={"job": job})  # noqa: TRY400  # it may quote the script
        else:
            self._publish(missing, is_given_up=is_given_up)
            told = {"utterances": len(missing.utterances), "blocks": len(missing.blocks), "times": times}
            log.warning("woken", extra={"job": job, **told})
        self.jobs.create(names.draft(job, f"{WOKEN}{times:06}"), b"")

    def _publish(self, missing: _Missing, *, is_given_up: bool) -> None:
        if is_given_up:
            for utterance in missing.utterances:
                bury_utterance(utterance, self.jobs, self.blocks)
        else:
            self.lines.publish(missing.utterances)
        self.blocks.publish(missing.blocks)

    def _missing(self, job: str) -> _Missing:
        """Say what a job waits for. Raises ObjectMissing; ValueError and its like of a strange plan."""
        there = {name for kind in names.everything_of(job) for name in self.jobs.sizes(kind)}
        plan = self._plan(job)
        unspoken = tuple(
            each for each in plan.utterances() if names.outcome(each.block, each.index) not in there
        )
        waiting = {each.block for each in unspoken}
        blocks = dict.fromkeys(each.block for each in plan.utterances())
        full = [block for block in blocks if block not in waiting]
        bundles = plan.head.bundles if isinstance(plan, BatchPlan) else ()
        unfinished = [block for block in full if not _is_finished(block, bundles, there)]
        # Where nothing of this is missing, any block has the next step done; the last has the least to do.
        return _Missing(unspoken, tuple(unfinished or ([] if unspoken else full[-1:])))

    def _plan(self, job: str) -> Plan | BatchPlan:
        try:
            return decode_plan(self.jobs.read(names.plan(job)))
        except ObjectMissing:
            head = decode_head(self.jobs.read(names.batch(job)))
        stored = (self.jobs.read(names.batch_inputs(job, head.inputs_digest, each)) for each in head.bundles)
        return BatchPlan(head, tuple(chain.from_iterable(map(decode_inputs, stored))))


def _is_finished(block: Block, bundles: Collection[int], there: Collection[str]) -> bool:
    is_bundled = block.index not in bundles or names.bundle(block.job, block.index) in there
    return is_bundled and names.sound(block) in there
