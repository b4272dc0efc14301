"""The plan of a batch: a head, and its inputs block by block, laid once and read ever after.

An input belongs to the block in which its last utterance lies, and is finished with it; one that has none
(there is nothing in it to be spoken, or it cannot be) belongs to the block of the input before it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dropcast.jobs.identity import Upload
from dropcast.jobs.utterance import Utterance
from dropcast.scripts.batch.request import InputKind, Wanted
from dropcast.voices.request import SpeechRequest

VERSION = 1


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a punctuation mark of the text, as written; `sentence` counts the piece's sentences."""

    text: str
    sentence: int
    is_word: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """What one utterance says of an input.

    `rest_before_ms` is silence right before it, of samples that are nobody's. `trim_start` and `trim_end` say
    whether the engine's own silence at that edge is cut off, because a pause of known length stands there
    instead. `sentences` are the texts that its tokens count. Where `request.marks` is set, the request is
    SSML with <mark name="0"/>, "1", … right before the token of that number, for every word.
    """

    request: SpeechRequest
    tokens: tuple[Token, ...] = ()
    sentences: tuple[str, ...] = ()
    rest_before_ms: int = 0
    trim_start: bool = False
    trim_end: bool = False


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """Input `index` (from 0) as written, and what is spoken for it by utterances from `first_utterance` on.

    `rest_after_ms` is silence behind the last piece (all there is, where nothing is spoken). `voices` maps
    the names that it used to Google's; `notes` say what was left out. One with an `error` fails by itself.
    """

    index: int
    content: str
    first_utterance: int
    pieces: tuple[Piece, ...]
    rest_after_ms: int = 0
    voices: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: str | None = None

    @property
    def utterances(self) -> range:
        return range(self.first_utterance, self.first_utterance + len(self.pieces))


@dataclass(frozen=True, slots=True)
class BatchHead:
    """What a plan says about the batch as a whole.

    `inputs_digest` names where its inputs are stored, and `bundles` are the blocks with which any of them is
    finished; `characters` are those billed (contract, section 9);
    `echo` is what answers repeat of synthesisConfig.
    """

    upload: Upload
    input_kind: InputKind
    wanted: Wanted
    inputs: int
    utterances: int
    characters: int
    bundles: tuple[int, ...]
    inputs_digest: str = ""
    custom_voices: Mapping[str, str] = field(default_factory=dict)
    echo: Mapping[str, object] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class BatchPlan:
    head: BatchHead
    inputs: tuple[PlannedInput, ...]

    def utterances(self) -> Iterator[Utterance]:
        """Every utterance, in order; `line` is the input that it belongs to."""
        job, total = self.head.upload.job, self.head.utterances
        for planned in self.inputs:
            for index, piece in zip(planned.utterances, planned.pieces, strict=True):
                yield Utterance(job, index, total, planned.index, piece.request, withdrawable=True)
