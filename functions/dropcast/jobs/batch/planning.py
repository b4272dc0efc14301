"""From a batch request to its plan: read every input, map its voices, compile what is asked of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dropcast.jobs.batch.pieces import pieces_of
from dropcast.jobs.batch.plan import BatchHead, BatchPlan, PlannedInput
from dropcast.jobs.batch.stored_plan import last_block, with_digest
from dropcast.jobs.identity import Upload
from dropcast.scripts.batch.billing import billed_characters
from dropcast.scripts.batch.document import Document, Run
from dropcast.scripts.batch.formats import AudioFormat
from dropcast.scripts.batch.plain import plain_document
from dropcast.scripts.batch.reading import examine_request
from dropcast.scripts.batch.request import Allowed, BatchRequest
from dropcast.scripts.batch.ssml.reading import SsmlRefused, read_ssml
from dropcast.scripts.findings import Findings
from dropcast.scripts.problems import Problem, ScriptRejected
from dropcast.scripts.speakable import has_speech
from dropcast.voices.azure import google_voice, note_of
from dropcast.voices.catalog import Voice
from dropcast.voices.families import UnknownVoice


def can_make_anything(_: AudioFormat) -> bool:
    """Trust that the deployment makes every format."""
    return True


@dataclass(frozen=True, slots=True)
class BatchRules:
    """What a deployment allows, and which formats it can make."""

    allowed: Allowed = field(default_factory=Allowed)
    makes: Callable[[AudioFormat], bool] = can_make_anything


def examine_batch(data: bytes, rules: BatchRules) -> tuple[BatchRequest | None, tuple[Problem, ...]]:
    """Return what can be read of a request, if anything can, and all that is wrong with it."""
    request, problems = examine_request(data, rules.allowed)
    if request is None:
        return None, problems
    findings = Findings()
    _examine_format(request, rules, findings)
    said = [_is_said(document) for _, document in _documents(request, rules.allowed, findings)]
    if not any(said) and not findings.has_errors and not problems:
        findings.error("/inputs", "There is nothing to be spoken in any of the inputs.")
    return request, (*problems, *findings.errors())


def plan_batch(upload: Upload, data: bytes, rules: BatchRules) -> BatchPlan:
    """Read a request and lay its plan. Raises ScriptRejected with everything that is wrong."""
    request, problems = examine_batch(data, rules)
    if request is None or problems:
        raise ScriptRejected(problems)
    voices = _Voices(request, rules.allowed)
    inputs: list[PlannedInput] = []
    utterances = 0
    for index, document in _documents(request, rules.allowed, Findings()):
        planned = _planned(request, index, document, voices, utterances)
        utterances = planned.utterances.stop
        inputs.append(planned)
    if not utterances:
        raise ScriptRejected((Problem("/inputs", "There is nothing to be spoken in any of the inputs."),))
    head = BatchHead(
        upload=upload,
        input_kind=request.input_kind,
        wanted=request.wanted,
        inputs=len(inputs),
        utterances=utterances,
        characters=sum(billed_characters(content, request.input_kind) for content in request.inputs),
        bundles=tuple(dict.fromkeys(map(last_block, inputs))),
        custom_voices=request.custom_voices,
        echo=request.manner.echo if request.manner else None,
        description=request.description,
    )
    return with_digest(BatchPlan(head, tuple(inputs)))


def _planned(
    request: BatchRequest, index: int, document: Document, voices: "_Voices", first: int
) -> PlannedInput:
    wanted = request.wanted
    named = {passage.voice: voices[passage.voice] for passage in document.passages}
    compiled = pieces_of(document, named, timed=wanted.words or wanted.sentences)
    notes = (note_of(name, voice) for name, voice in named.items())
    return PlannedInput(
        index=index,
        content=request.inputs[index],
        first_utterance=first,
        pieces=compiled.pieces,
        rest_after_ms=compiled.rest_after_ms,
        voices={name: voice.name for name, voice in named.items()},
        notes=(*(note for note in notes if note), *document.notes, *compiled.notes),
    )


def _examine_format(request: BatchRequest, rules: BatchRules, findings: Findings) -> None:
    audio = request.wanted.audio
    if not rules.makes(audio):
        pointer = "/properties/outputFormat"
        findings.error(
            pointer, f"Unsupported output format {audio.name}. The ffmpeg of this deployment cannot make it."
        )


def _documents(request: BatchRequest, allowed: Allowed, findings: Findings) -> Iterator[tuple[int, Document]]:
    """Yield every input that can be spoken, as a document, and note what is wrong with the others."""
    voices = _Voices(request, allowed)
    for index, content in enumerate(request.inputs):
        pointer = f"/inputs/{index}/content"
        if not content:
            continue  # it could not be read, which is noted already
        try:
            document = _document(content, request)
        except SsmlRefused as refused:
            findings.error(pointer, f"inputs[{index}].content: {refused}", content)
            continue
        if request.manner:
            pointer = "/synthesisConfig/voice"
        if wrong := voices.unknown(document):
            findings.error(pointer, wrong)
            if request.manner:
                return  # all inputs have one voice
        else:
            yield index, document


def _document(content: str, request: BatchRequest) -> Document:
    return plain_document(content, request.manner) if request.manner else read_ssml(content)


def _is_said(document: Document) -> bool:
    return any(
        isinstance(item, Run) and has_speech(item.alias or item.text)
        for passage in document.passages
        for item in passage.items
    )


class _Voices(Mapping[str, Voice]):
    """Google's voices by the names that a request uses; each is looked up once."""

    def __init__(self, request: BatchRequest, allowed: Allowed) -> None:
        self._custom = {
            name: allowed.custom_voices[deployment]
            for name, deployment in request.custom_voices.items()
            if deployment in allowed.custom_voices
        }
        self._found: dict[str, Voice | UnknownVoice] = {}

    def unknown(self, document: Document) -> str | None:
        """Say which of a document's voices there are not."""
        found = (self._look_up(passage.voice) for passage in document.passages)
        return next((str(voice) for voice in found if isinstance(voice, UnknownVoice)), None)

    def __getitem__(self, name: str) -> Voice:
        voice = self._look_up(name)
        if isinstance(voice, UnknownVoice):
            raise voice
        return voice

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def _look_up(self, name: str) -> Voice | UnknownVoice:
        if name not in self._found:
            try:
                self._found[name] = google_voice(name, self._custom)
            except UnknownVoice as unknown:
                self._found[name] = unknown
        return self._found[name]
