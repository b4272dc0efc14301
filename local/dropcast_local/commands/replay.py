"""`dropcast replay`: publish dead letters again, each to the topic that it came from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from google.cloud.storage import Bucket

from dropcast_local.checkup.jobs_seen import status_of
from dropcast_local.dead_letters import (
    AT_ONCE,
    DeadLetter,
    KeptDeadLetters,
    publish_again,
    told_plainly,
    topic_of,
)
from dropcast_local.layout import JOBS
from dropcast_local.place import told_plainly as storage_told_plainly
from dropcast_local.problems import complain, counted
from dropcast_local.reach import Folder, Services, Whereabouts, reached

OUTLOOK: dict[str | None, str] = {
    "failed": "; the job ended with a failed report, which this does not change: drop the script again",
    "succeeded": "; the job has succeeded meanwhile, which this does not change",
}


@dataclass(frozen=True, slots=True)
class Replay:
    """What is asked for: of which dropcast, of one job alone, and whether only to say what would be done."""

    where: Whereabouts
    job: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """Dead letters by what can be done: those of a topic go there again; the others stay where they are."""

    by_topic: tuple[tuple[str, tuple[DeadLetter, ...]], ...]
    of_nowhere: tuple[DeadLetter, ...]
    not_asked_for: tuple[DeadLetter, ...]


def replay(asked: Replay) -> int:
    """Replay, and return the exit code: 1 where something was to be replayed and could not be."""
    with reached(asked.where) as services, told_plainly():
        kept = KeptDeadLetters(services)
        taken = kept.take()
        still_held = {letter.ack_id: letter for letter in taken}
        try:
            found = sort(taken, asked.job, cache(lambda source: topic_of(services.subscriber, source)))
            if not asked.dry_run:
                for topic, letters in found.by_topic:
                    _send(topic, letters, kept, services, still_held)
        finally:
            kept.let_go(list(still_held.values()))
        _tell(found, asked, _ending_in(services.storage.bucket(services.deployment.bucket(JOBS))))
    return 1 if found.of_nowhere else 0


def sort(
    letters: Sequence[DeadLetter], job: str | None, topic_of: Callable[[str | None], str | None]
) -> Sorting:
    """Sort dead letters by topic, of one job if it is given."""
    wanted = [letter for letter in letters if job in (None, letter.subject.job)]
    topics = {letter.ack_id: topic_of(letter.source) or "" for letter in wanted}
    ordered = sorted(wanted, key=lambda letter: topics[letter.ack_id])
    by_topic = {
        topic: tuple(of_it) for topic, of_it in groupby(ordered, lambda letter: topics[letter.ack_id])
    }
    of_nowhere = by_topic.pop("", ())
    others = tuple(letter for letter in letters if letter.ack_id not in topics)
    return Sorting(tuple(by_topic.items()), of_nowhere, others)


def _send(
    topic: str,
    letters: Sequence[DeadLetter],
    kept: KeptDeadLetters,
    services: Services,
    still_held: dict[str, DeadLetter],
) -> None:
    """Publish, and only then be done with what was published: at worst something is published twice."""
    for first in range(0, len(letters), AT_ONCE):
        some = letters[first : first + AT_ONCE]
        publish_again(services.publisher, topic, some)
        kept.acknowledge(some)
        for letter in some:
            del still_held[letter.ack_id]


def _ending_in(jobs: Bucket) -> Callable[[str | None], str | None]:
    """Return what says how a job ended, if it did."""

    @cache
    def ending(job: str | None) -> str | None:
        if job is None:
            return None
        with storage_told_plainly():
            return status_of(jobs, job)

    return ending


def _tell(found: Sorting, asked: Replay, ending: Callable[[str | None], str | None]) -> None:
    done = "would be replayed" if asked.dry_run else "replayed"
    for topic, letters in found.by_topic:
        for letter in letters:
            print(
                f"{letter.subject}: {done} to {topic}{OUTLOOK.get(ending(letter.subject.job), '')}",
                flush=True,
            )
    for letter in found.of_nowhere:
        whence = letter.source or "nothing that Pub/Sub told"
        complain(f"{letter.subject}: stays where it is: it came from {whence}, which has no topic any more")
    count = sum(len(letters) for _, letters in found.by_topic)
    rest = len(found.not_asked_for) + len(found.of_nowhere)
    print(f"{counted(count, 'dead letter', 'dead letters')} {done}{f', {rest:,} left' if rest else ''}.")
    if count and not asked.dry_run and isinstance(asked.where, Folder):
        print(
            "They are delivered as soon as the local stack runs again: dropcast up --data", asked.where.data
        )
