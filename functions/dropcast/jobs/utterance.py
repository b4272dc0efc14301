"""An utterance is what one text-to-speech call speaks, or a recording; its message carries all it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.recording import Recording
from dropcast.voices.request import SpeechRequest


@dataclass(frozen=True, slots=True)
class Utterance:
    """Utterance `index` of the `total` of a job, from entry `line` of the script."""

    job: str
    index: int
    total: int
    line: int
    request: SpeechRequest | Recording
    withdrawable: bool = False  # whether its job may be deleted meanwhile: one of the batch API

    @property
    def block(self) -> Block:
        return Block(self.job, self.index // BLOCK_SIZE, self.total, self.withdrawable)


def request_from_json(document: Mapping[str, object]) -> SpeechRequest | Recording:
    """Read either sort of request. Raises MalformedRequest."""
    return Recording.from_json(document) or SpeechRequest.from_json(document)
