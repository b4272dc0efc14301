"""What a conversation costs, part by part, as if no month had a free allowance."""

from dataclasses import astuple, dataclass

import simulated_flow as flow
import simulated_limits as limits
from simulated_limits import COUNTED, Deployment

from dropcast.voices.prices import cost_usd

# As reference documents gave them in 2026-11; nobody compared them with a bill.
CLASS_A, CLASS_B = 0.005 / 1_000, 0.0004 / 1_000  # Cloud Storage: writes and lists; reads
GIGABYTE_MONTH = 0.020
MESSAGE_BYTE, LEAST_BILLED = 40 / 2**40, 1_000  # Pub/Sub: a TiB published or delivered; bytes of a request
BATCH = 100  # messages that the client library publishes in one request
CPU_SECOND, GIBIBYTE_SECOND = 0.000024, 0.0000025  # Cloud Run, while an instance has a request
REQUEST = 0.40 / 1_000_000

CLIP_BYTES = 24_000 * 2  # of a second: LINEAR16 at 24 kHz
EPISODE_BYTES = 96_000 / 8  # of a second: the default MP3


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars for one conversation. `kept` is for each further month of the published episode, and no part of
    the total."""

    speech: float
    functions: float
    operations: float
    storage: float
    messages: float
    kept: float

    @property
    def total(self) -> float:
        return sum(astuple(self)[:5])


def cost(lines: int, deployment: Deployment, family: str = "Chirp3-HD") -> Cost:
    """Return what a conversation costs that nobody has dropped before."""
    episode = lines * limits.LINE_AUDIO * EPISODE_BYTES
    return Cost(
        speech=cost_usd({family: lines * limits.CHARACTERS}),
        functions=_functions(lines, deployment),
        operations=_operations(lines),
        storage=_storage(lines, episode),
        messages=_messages(lines),
        kept=episode / 1e9 * GIGABYTE_MONTH,
    )


def _operations(lines: int) -> float:
    counted = COUNTED[lines]
    return (counted.writes + counted.lists) * CLASS_A + counted.gets * CLASS_B


def _storage(lines: int, episode: float) -> float:
    """Price clips and encoded parts for as long as they are cached, their copies for as long as a job is.

    Of a job stay its joined sound, its parts, its result, and, where storage joins in two steps, the first.
    """
    sound = lines * limits.LINE_AUDIO * CLIP_BYTES
    copies = 3 if limits.parts(lines) > limits.BLOCK else 2
    byte_days = (sound + episode) * limits.CACHE_DAYS + (sound + copies * episode) * limits.JOB_DAYS
    return byte_days / 30 / 1e9 * GIGABYTE_MONTH


def _messages(lines: int) -> float:
    pushed = (
        lines * max(limits.LINE_MESSAGE, LEAST_BILLED)
        + limits.blocks(lines) * max(limits.BLOCK_MESSAGE, LEAST_BILLED)
        + limits.parts(lines) * max(limits.PART_MESSAGE, LEAST_BILLED)
    )
    published = (
        lines * max(limits.LINE_MESSAGE, LEAST_BILLED / BATCH)
        + limits.blocks(lines) * LEAST_BILLED  # each by itself, as its last line is spoken
        + limits.parts(lines) * limits.PART_MESSAGE
    )
    return (pushed + published) * MESSAGE_BYTE


def _functions(lines: int, deployment: Deployment) -> float:
    """Price synthesize as busy while its lines are spoken, finalize as if nothing shared an instance."""
    parts = limits.parts(lines) * limits.part_seconds()
    finalize = limits.blocks(lines) * limits.BLOCK_SECONDS + limits.settling(lines) + parts + limits.JOINING
    synthesize = deployment.instances * lines / flow.narrowest(deployment)[1]
    requests = 1 + lines + limits.blocks(lines) + limits.parts(lines)
    return (
        (limits.starting(lines) + synthesize) * _second(gibibytes=1)
        + finalize * _second(gibibytes=2)
        + requests * REQUEST
    )


def _second(gibibytes: float) -> float:
    return CPU_SECOND + gibibytes * GIBIBYTE_SECOND
