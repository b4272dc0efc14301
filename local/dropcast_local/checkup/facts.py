"""What is known of a deployment at one moment. What is not known says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dropcast_local.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Missing:
    """It was asked for, and there is none."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could not be asked for."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Whoever was asked did not answer, or only with an error."""

    reason: str


Absent = Missing | Unknown | NoAnswer


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has on a thing."""

    role: str
    member: str


Policy = frozenset[Grant]


@dataclass(frozen=True, slots=True)
class Bucket:
    """How a bucket is set up. `public_access` is "enforced" where its prevention is, else "inherited"."""

    uniform_access: bool
    public_access: str
    soft_delete_seconds: int


@dataclass(frozen=True, slots=True)
class Notification:
    """What of a bucket is told to which topic; no event types are all of them."""

    topic: str
    event_types: tuple[str, ...]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, which is all that is to be known of it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """How a subscription delivers. No endpoint: it is pulled from; no `account`: it pushes as nobody."""

    topic: str
    endpoint: str = ""
    account: str = ""
    ack_deadline: int = 0
    backoff: tuple[float, float] | None = None
    dead_letter_topic: str = ""
    attempts: int = 0
    expires: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """How a function runs."""

    state: str
    address: str
    runtime: str
    account: str
    timeout: int
    concurrency: int
    instances: int
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the sweep is called."""

    state: str
    address: str


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """What the kept subscription gave us to look at, one text each; there may be more of them."""

    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastReport:
    """The newest report of all jobs; no status where it cannot be read."""

    job: str
    status: str | None
    written: datetime


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job with a plan and no report: when it was planned, and when the last object of it was written."""

    job: str
    planned: datetime
    last_sign: datetime


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A script in the uploads bucket that became no job, and when it was dropped."""

    name: str
    dropped: datetime


@dataclass(frozen=True, slots=True)
class Jobs:
    """What the names in the buckets tell; `unlooked` more jobs are open than were looked at."""

    last_report: LastReport | None
    open: tuple[OpenJob, ...]
    unplanned: tuple[Unplanned, ...] = ()
    unlooked: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """What the speech quota is said to be, and how long a request takes."""

    requests_per_minute: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. Buckets are known by kind, subscriptions and functions by stage, policies by what they rule.

    `agents` are the members as which Google's own services act; `ffmpeg` is its version, on this machine;
    `wheel` the line of the deployed requirements that brings it.
    """

    deployment: Deployment
    now: datetime
    buckets: Mapping[str, Bucket | Absent]
    notifications: tuple[Notification, ...] | Absent
    topics: Mapping[str, Topic | Absent]
    subscriptions: Mapping[str, Subscription | Absent]
    policies: Mapping[str, Policy | Absent]
    agents: Mapping[str, str]
    functions: Mapping[str, Function | Absent]
    schedule: Schedule | Absent
    dead_letters: DeadLetters | Absent
    quota: Quota
    language: str
    voices: frozenset[str] | Absent
    ffmpeg: str | Absent
    wheel: str | Absent
    jobs: Jobs | Absent
