"""An utterance is what one text-to-speech call speaks; its message carries all that a worker needs."""

from dataclasses import dataclass

from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.voices.request import SpeechRequest


@dataclass(frozen=True, slots=True)
class Utterance:
    """Utterance `index` of the `total` of a job, from entry `line` of the script."""

    job: str
    index: int
    total: int
    line: int
    request: SpeechRequest

    @property
    def block(self) -> Block:
        return Block(self.job, self.index // BLOCK_SIZE, self.total)
