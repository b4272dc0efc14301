"""What a simulated deployment goes by: what Google documents, what was measured, what is assumed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

DAY = 86_400

# Documented, as read in 2026-11.
BUCKET_WRITES = 1_000  # objects a second that a bucket takes at first (Cloud Storage, "Request rate")
BUCKET_READS = 5_000  # lists included
BUCKET_DOUBLES = 1_200  # seconds: "no faster than doubling over 20 minutes"
QUEUED = 10  # seconds that Cloud Run keeps what no instance has a place for; then it answers 429
PUSH_WINDOW = 3  # requests at once at first: "a small single-digit window size" (Pub/Sub, "Push")
PUSH_EXPONENTIAL = 3_000  # requests at once: an endpoint that takes over a second for each gets no more

# What infra/ deploys; a test compares.
FINALIZERS = 20  # instances of one processor each, which renders one part at a time
FIRST_RETRY, LAST_RETRY = 10, 600  # seconds
MOST_ATTEMPTS = 20
MESSAGE_DAYS = 7
CACHE_DAYS, JOB_DAYS = 90, 40
CLIENT_RETRIES = 120  # seconds for which gateways/texttospeech.py asks again where the quota is used up

# Measured.
CHARACTERS, LINE_AUDIO = 80, 5.5  # of a line; seconds of speech
BLOCK = 32
PART_AUDIO = 10.07 * 3600 / 203  # seconds: test_long
RENDERING = 76 / (10.07 * 3600)  # CPU seconds for a second of audio: test_long, parts and joining
SETTLING = 3.5 / 6_600  # CPU seconds for a line: test_long
LINE_MESSAGE, BLOCK_MESSAGE, PART_MESSAGE = 305, 91, 6_737  # bytes; a test encodes them

# Assumed: nothing here was ever run on Google Cloud.
SPEECH_SECONDS = 2.0  # for a line
LINE_STORAGE = 0.2  # seconds around it: a look into the cache, clip, outcome, now and then a list
COLD_START = 5.0  # seconds; each conversation waits for three
PUBLISHING = 0.1  # seconds for 500 messages
BLOCK_SECONDS = 0.5  # two joins, two reads, a list
PART_STORAGE = 0.5  # seconds around rendering a part: its sound, its frames, its word
JOINING = 2.0  # seconds, tags and publication included


@dataclass(frozen=True, slots=True)
class Operations:
    """Storage requests, as test_scale counts them."""

    inserts: int
    rewrites: int
    composes: int
    lists: int
    gets: int

    @property
    def writes(self) -> int:
        return self.inserts + self.rewrites + self.composes


COUNTED: Mapping[int, Operations] = {  # of a conversation of so many lines; test_scale on 2026-11-20
    100: Operations(inserts=213, rewrites=104, composes=9, lists=19, gets=44),
    1_000: Operations(inserts=2_045, rewrites=1_020, composes=65, lists=273, gets=205),
    10_000: Operations(inserts=20_136, rewrites=10_103, composes=643, lists=2_606, gets=1_313),
}
WRITES = COUNTED[10_000].writes / 10_000  # of a line
READS = (COUNTED[10_000].lists + COUNTED[10_000].gets) / 10_000


@dataclass(frozen=True, slots=True)
class Deployment:
    """`stacks` of what infra/ deploys, each with a speech quota of its own.

    `seconds` is what Terraform is told that a request takes (speech.seconds).
    """

    requests_per_minute: int = 200
    seconds: float = 2.0
    stacks: int = 1

    @property
    def instances(self) -> int:
        """Instances of synthesize in each stack, as infra/stages.tf reckons."""
        return math.ceil(self._in_flight / 16)

    @property
    def workers(self) -> int:
        """Lines that they work on at once."""
        return self._in_flight // self.instances * self.instances

    @property
    def _in_flight(self) -> int:
        return max(1, math.floor(self.requests_per_minute * self.seconds / 60))


@dataclass(frozen=True, slots=True)
class Drop:
    """A conversation of so many lines, dropped at a second of the day."""

    at: float
    lines: int


@dataclass(frozen=True, slots=True)
class Load:
    """Conversations of so many lines each, dropped at any time `within` so many seconds."""

    conversations: int
    lines: int
    within: float = DAY

    def drops(self, stacks: int = 1, seed: int = 1) -> list[Drop]:
        """Return what the busiest of the stacks gets."""
        random = Random(seed)
        here = math.ceil(self.conversations / stacks)
        return [Drop(at, self.lines) for at in sorted(random.uniform(0, self.within) for _ in range(here))]


def bucket_writes(at: float) -> float:
    """Return the writes a second that a bucket takes which has been busy for so many seconds."""
    return BUCKET_WRITES * 2.0 ** min(10, at // BUCKET_DOUBLES)  # a million a second is enough


def blocks(lines: int) -> int:
    return math.ceil(lines / BLOCK)


def parts(lines: int) -> int:
    return math.ceil(lines * LINE_AUDIO / PART_AUDIO)


def starting(lines: int) -> float:
    """Return the seconds from a drop to its first line: dispatch starts, publishes, and synthesize starts."""
    return 2 * COLD_START + PUBLISHING * math.ceil(lines / 500)


def part_seconds() -> float:
    return PART_AUDIO * RENDERING + PART_STORAGE


def settling(lines: int) -> float:
    """Return the seconds from the last outcome to the messages of the parts."""
    return COLD_START + BLOCK_SECONDS + lines * SETTLING
