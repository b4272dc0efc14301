"""`dropcast estimate`: what rendering scripts would take: characters, money, minutes, patience."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dropcast.jobs import names
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast.voices.families import FAMILIES, family_of
from dropcast.voices.prices import PRICES_DATE, PRICES_SOURCE, cost_usd
from dropcast.voices.request import SpeechRequest
from dropcast_local.episode import clock, dollars
from dropcast_local.examination import examine
from dropcast_local.layout import JOBS
from dropcast_local.problems import complain, counted, lines_of
from dropcast_local.storage.index import FolderInUse, names_at_rest
from dropcast_local.submission import Submission, submissions

CHARACTERS_PER_SECOND = 15  # of speech, roughly, where words are written in letters


@dataclass(frozen=True, slots=True)
class Cache:
    """The names of the clips that are there already; None with the reason where they are not known."""

    clips: frozenset[str] | None
    unknown_because: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a set of requests takes. A clip asked for twice is bought once; recordings cost nothing."""

    characters: Counter[str]
    cached: Counter[str]
    bought: Counter[str]
    requests: Counter[str]

    @property
    def seconds_of_audio(self) -> float:
        return self.characters.total() / CHARACTERS_PER_SECOND

    @property
    def usd(self) -> float:
        return cost_usd(self.bought)

    @property
    def least_minutes(self) -> int:
        """The whole minutes that must pass: the quota of each family is filled anew every minute."""
        quota = {family: FAMILIES[family].requests_per_minute for family in self.requests}
        return max(((count - 1) // quota[family] for family, count in self.requests.items()), default=0)


def estimate(files: Sequence[Path], jobs_bucket: str | None, data: Path) -> int:
    """Print the estimate of all files together; return 1 if one of them cannot be rendered."""
    requests: list[SpeechRequest] = []
    planned = failed = False
    for submission in submissions(files):
        try:
            requests += _requests(submission)
            planned = True
        except ScriptRejected as rejected:
            failed = True
            for line in lines_of(submission.path, rejected.problems):
                complain(line)
    if requests:
        cache = _deployed_cache(jobs_bucket) if jobs_bucket else _local_cache(data)
        _print(estimate_of(requests, cache.clips or frozenset()), cache)
    elif planned:
        print("Nothing to buy: recordings only.")
    return 1 if failed else 0


def estimate_of(requests: Iterable[SpeechRequest], clips: frozenset[str]) -> Estimate:
    """Estimate requests of which these clips are there already."""
    estimate, there = Estimate(Counter(), Counter(), Counter(), Counter()), set(clips)
    for request in requests:
        family, characters, clip = _facts(request)
        estimate.characters[family] += characters
        if clip in there:
            estimate.cached[family] += characters
        else:
            there.add(clip)
            estimate.bought[family] += characters
            estimate.requests[family] += 1
    return estimate


def _facts(request: SpeechRequest) -> tuple[str, int, str]:
    return family_of(request.voice).name, request.characters(), names.clip(request.digest())


def _requests(submission: Submission) -> list[SpeechRequest]:
    script = examine(submission, read_conversation(submission.content))
    for line in lines_of(submission.path, script.recordings.absent.values(), "warning: "):
        complain(line)
    if script.problems or script.plan is None:
        raise ScriptRejected(script.problems)
    lines = script.plan.lines
    return [request for line in lines for request in line.requests if isinstance(request, SpeechRequest)]


def _deployed_cache(bucket: str) -> Cache:
    from dropcast_local.place import bucket_deployed, names_in, told_plainly

    with told_plainly():
        return Cache(frozenset(names_in(bucket_deployed(bucket), "clips/")))


def _local_cache(data: Path) -> Cache:
    if not (data / "storage").exists():
        return Cache(None, f"nothing was rendered in {data} yet, so nothing is cached there")
    try:
        return Cache(names_at_rest(data / "storage" / "index.sqlite", JOBS, "clips/"))
    except FolderInUse:
        return Cache(None, f"what is cached is not known while another dropcast is at work in {data}")


def _print(estimated: Estimate, cache: Cache) -> None:
    table = Table("family", "characters", "cached", "to buy", "requests")
    for family, characters in estimated.characters.items():
        numbers = characters, estimated.cached[family], estimated.bought[family], estimated.requests[family]
        table.add_row(family, *(f"{number:,}" for number in numbers))
    Console().print(table)
    if cache.clips is None:
        print(f"Cached: {cache.unknown_because}.")
    print(f"Price: {dollars(estimated.usd)}, by the prices of {PRICES_DATE} ({PRICES_SOURCE}).")
    length = clock(round(estimated.seconds_of_audio), 1).partition(".")[0]
    print(f"Audio: about {length}, at {CHARACTERS_PER_SECOND} characters a second.")
    print(f"Time: {_least_time(estimated.least_minutes)}")


def _least_time(minutes: int) -> str:
    if not minutes:
        return "the speech quota holds nothing up: all requests fit into one minute's."
    hours, rest = divmod(minutes, 60)
    parts = [counted(hours, "hour", "hours")] if hours else []
    parts += [counted(rest, "minute", "minutes")] if rest else []
    return f"at least {' and '.join(parts)}, which is what the speech quota allows."
