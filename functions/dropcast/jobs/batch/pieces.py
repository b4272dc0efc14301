"""From a document to what the voices are asked: pieces, one a request, and the silence between."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from dropcast.jobs.batch.pieces_packing import Writer, cut_between, packed
from dropcast.jobs.batch.pieces_parts import Bit, Cut, Joint, Manner, Notes, Pause, Unit, exact
from dropcast.jobs.batch.pieces_runs import bits_of
from dropcast.jobs.batch.pieces_sentences import Flow, carried, units_of, with_pauses_at_marks
from dropcast.jobs.batch.pieces_ssml import SsmlWriter
from dropcast.jobs.batch.pieces_text import TextWriter, sounds_of, text_of
from dropcast.jobs.batch.pieces_timing import tokens_and_sentences
from dropcast.jobs.batch.plan import Piece
from dropcast.scripts.batch.document import NATURAL, Document, Passage, Prosody, Rest, Run, Silences
from dropcast.scripts.splitting import CLAUSE_MARKS
from dropcast.voices.catalog import Voice
from dropcast.voices.families import Family
from dropcast.voices.request import SpeechRequest, speech_request

# A break from here on lies between pieces, where it is exact to the sample; a shorter one stays inside the
# SSML, since every cut ends the melody of a sentence and costs a request.
LONG_BREAK_MS = 1_000

# Half of the pause at a change of voices. Each engine leaves silence of its own around its speech; that is
# cut off, so that people answer each other at one pace, that of a conversation of ours.
PASSAGE_EDGE_MS = 150

# Where a sentence must be cut, or cannot go on in one request, the clips' own silence (0.4 s, by one report)
# would be heard as a stop. In its place: the pause of a comma, the space between words, nothing.
SEAMS_MS = {Cut.CLAUSE: 150, Cut.WORD: 40, Cut.CHARACTER: 0}


@dataclass(frozen=True, slots=True)
class Compiled:
    """What an input comes to. No pieces: there is nothing in it to be spoken, only `rest_after_ms`.

    `notes` say, once each, what was left out that its voices cannot do; those of the document come on top.
    """

    pieces: tuple[Piece, ...]
    rest_after_ms: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What one request will speak."""

    units: tuple[Unit, ...]
    voice: Voice

    @property
    def speaks(self) -> bool:
        return any(unit.speaks for unit in self.units)


def pieces_of(document: Document, voices: Mapping[str, Voice], *, timed: bool) -> Compiled:
    """Return what is asked of the voices for a document, with its tokens if they are to be timed.

    No word is lost, and none is spoken twice. Every request is one that its voice can speak.
    """
    notes = Notes()
    compiler = _Compiler(notes, timed=timed)
    drafts: list[Draft | Joint] = []
    for passage in document.passages:
        drafts += compiler.drafts_of(passage, voices[passage.voice])
    joints, spoken = _folded(drafts)
    return Compiled(tuple(compiler.pieces(joints, spoken)), joints[-1].rest_ms, notes.all())


class _Compiler:
    """Compiles the passages of one document."""

    def __init__(self, notes: Notes, *, timed: bool) -> None:
        self._notes, self._timed = notes, timed

    def drafts_of(self, passage: Passage, voice: Voice) -> list[Draft | Joint]:
        """Return what a voice says, in order, and what lies between."""
        units = units_of(carried(self._flow(passage, voice)), timed=self._timed)
        drafts = [
            draft
            for stretch in _stretches(_with_joints(units, passage.silences, voice.family))
            for draft in ([stretch] if isinstance(stretch, Joint) else self._cut(stretch, voice))
        ]
        if any(isinstance(draft, Draft) and draft.speaks for draft in drafts):
            return [_before(passage.silences), *drafts, _behind(passage.silences)]
        return drafts

    def _flow(self, passage: Passage, voice: Voice) -> Iterator[Flow]:
        silences = passage.silences
        at_marks = (silences.comma_exact, silences.semicolon_exact, silences.enumeration_comma_exact)
        if not any(at_marks):
            yield from self._items(passage, voice)
        elif voice.family.ssml:
            yield from with_pauses_at_marks(self._items(passage, voice), silences)
        else:
            self._notes.add(f"Pauses at commas were left out: {voice.family.name} voices have their own.")
            yield from self._items(passage, voice)

    def _items(self, passage: Passage, voice: Voice) -> Iterator[Flow]:
        for item in passage.items:
            match item:
                case Run():
                    yield from bits_of(item, voice, self._notes)
                case Rest(milliseconds):
                    if milliseconds > 0:
                        yield Pause(milliseconds)
                case end:
                    yield end

    def _cut(self, units: Sequence[Unit], voice: Voice) -> Iterator[Draft | Joint]:
        """Cut what could be spoken in one into as many requests as it takes."""
        joint: Joint | None = None
        for group in packed(units, self._writer(units, voice.family)):
            if joint:
                yield joint
            last = group[-1]
            yield Draft((*group[:-1], replace(last, pause_ms=0)), voice)
            joint = exact(last.pause_ms) if last.pause_ms else _seam(last.cut)
        if joint and joint.is_exact:
            yield joint

    def _writer(self, units: Sequence[Unit], family: Family) -> Writer:
        if not self._is_ssml(units, family):
            return TextWriter(family.max_bytes)
        return SsmlWriter(family.max_bytes, _common_prosody(units), marks=self._marks(units, family))

    def _is_ssml(self, units: Sequence[Unit], family: Family) -> bool:
        return family.ssml and (self._marks(units, family) or _needs_ssml(units))

    def _marks(self, units: Iterable[Unit], family: Family) -> bool:
        has_words = any(bit.tokens and bit.speaks for unit in units for bit in unit.bits)
        return self._timed and family.marks and has_words

    def pieces(self, joints: Sequence[Joint], drafts: Sequence[Draft]) -> Iterator[Piece]:
        """Yield the pieces: joint n lies before draft n, the last one behind the last draft."""
        for number, draft in enumerate(drafts):
            before, behind = joints[number], joints[number + 1]
            tokens, sentences = tokens_and_sentences(draft.units) if self._timed else ((), ())
            yield Piece(
                request=self._request(draft),
                tokens=tokens,
                sentences=sentences,
                rest_before_ms=before.between_ms if number else before.rest_ms,
                trim_start=before.is_exact
                or before.trims_after
                or (number > 0 and before.own_ms is not None),
                trim_end=behind.is_exact
                or behind.trims_before
                or (number + 1 < len(drafts) and behind.own_ms is not None),
            )

    def _request(self, draft: Draft) -> SpeechRequest:
        units, voice = draft.units, draft.voice
        prosody = _common_prosody(units)
        is_ssml = self._is_ssml(units, voice.family)
        marks = is_ssml and self._marks(units, voice.family)
        if is_ssml:
            content = SsmlWriter(voice.family.max_bytes, prosody, marks=marks).written(units)
        else:
            content = text_of(units)
        return speech_request(
            kind="ssml" if is_ssml else "text",
            content=content,
            voice=voice.name,
            language_code=voice.language_code,
            speaking_rate=prosody.rate,
            pitch=prosody.pitch_semitones,
            volume_gain_db=prosody.volume_db,
            pronunciations=sounds_of((bit for unit in units for bit in unit.bits), self._notes),
            marks=marks,
        )


def _common_prosody(units: Iterable[Unit]) -> Prosody:
    """Return the prosody of all that units say, if it is the same."""
    prosodies = {manner.prosody for manner in _manners(units)}
    return prosodies.pop() if len(prosodies) == 1 else NATURAL


def _needs_ssml(units: Sequence[Unit]) -> bool:
    manners = _manners(units)
    return (
        len(manners) > 1
        or any(manner.emphasis or manner.language for manner in manners)
        or any(unit.pause_ms for unit in units[:-1])
        or any(bit.element for unit in units for bit in unit.bits)
    )


def _manners(units: Iterable[Unit]) -> set[Manner]:
    return {bit.manner for unit in units for bit in unit.bits}


def _with_joints(units: Sequence[Unit], silences: Silences, family: Family) -> Iterator[Unit | Joint]:
    """Yield units, with a joint wherever the next one cannot or shall not be spoken in one with it."""
    between = _between_sentences(silences)
    if not family.ssml:
        units = [part for unit in units for part in _in_one_manner(unit)]
    last = max((place for place, unit in enumerate(units) if unit.speaks), default=0)
    for place, unit in enumerate(units):
        leaves_pause = unit.pause_ms >= LONG_BREAK_MS or not (family.ssml and unit.bits)
        if unit.bits:
            yield replace(unit, pause_ms=0) if leaves_pause else unit
        if leaves_pause and unit.pause_ms:
            yield exact(unit.pause_ms)
        if between and unit.ends_sentence and unit.speaks and place < last:
            yield between
        if not family.ssml and place < last and _manner_changes(unit, units[place + 1]):
            yield _seam(_cut_before(units[place + 1], unit.cut))


def _between_sentences(silences: Silences) -> Joint | None:
    if silences.sentence_exact is not None:
        return Joint(silences.sentence_exact, trims_before=True, trims_after=True)
    return Joint(silences.sentence) if silences.sentence else None


def _in_one_manner(unit: Unit) -> Iterator[Unit]:
    """Yield what one plain request each can speak of a unit."""
    groups = [tuple(group) for _, group in groupby(unit.bits, key=lambda bit: bit.manner)]
    for group, following in pairwise(groups):
        yield Unit(group, cut_between("".join(bit.said for bit in group), following[0].said))
    yield replace(unit, bits=groups[-1] if groups else ())


def _cut_before(unit: Unit, cut: Cut) -> Cut:
    """Return what is heard at a cut: ", but" begins with a pause."""
    begins_with_mark = CLAUSE_MARKS.match("".join(bit.said for bit in unit.bits).lstrip())
    return Cut.CLAUSE if cut < Cut.CLAUSE and begins_with_mark else cut


def _manner_changes(unit: Unit, following: Unit) -> bool:
    return bool(unit.bits and following.bits) and unit.bits[-1].manner != following.bits[0].manner


def _stretches(parts: Iterable[Unit | Joint]) -> Iterator[list[Unit] | Joint]:
    """Yield what can be spoken in one, and the joints between."""
    stretch: list[Unit] = []
    for part in parts:
        if isinstance(part, Unit):
            stretch.append(part)
            continue
        if stretch:
            yield stretch
            stretch = []
        yield part
    if stretch:
        yield stretch


def _seam(cut: Cut) -> Joint:
    """Return what lies where a request is full: behind a sentence, the silence that the clips have."""
    return Joint(own_ms=SEAMS_MS.get(cut))


def _before(silences: Silences) -> Joint:
    if silences.leading_exact is not None:
        return Joint(silences.leading_exact, trims_after=True)
    return Joint(silences.leading or 0, own_ms=PASSAGE_EDGE_MS)


def _behind(silences: Silences) -> Joint:
    if silences.tailing_exact is not None:
        return Joint(silences.tailing_exact, trims_before=True)
    return Joint(silences.tailing or 0, own_ms=PASSAGE_EDGE_MS)


def _folded(parts: Iterable[Draft | Joint]) -> tuple[list[Joint], list[Draft]]:
    """Return the drafts that speak, and what lies before each and behind the last.

    One that does not (marks alone) is no request: what is written there belongs to the draft before it, or
    else to the first.
    """
    joints, drafts = [Joint()], list[Draft]()
    unspoken: list[Bit] = []
    for part in parts:
        if isinstance(part, Joint):
            joints[-1] += part
        elif part.speaks:
            drafts.append(_led_by(unspoken, part))
            joints.append(Joint())
            unspoken = []
        else:
            if pauses := sum(unit.pause_ms for unit in part.units):
                joints[-1] += exact(pauses)
            if drafts:
                drafts[-1] = _followed_by(_bits(part), drafts[-1])
            else:
                unspoken += _bits(part)
    return joints, drafts


def _bits(draft: Draft) -> list[Bit]:
    return [bit for unit in draft.units for bit in unit.bits]


def _led_by(unspoken: Iterable[Bit], draft: Draft) -> Draft:
    first = draft.units[0]
    bits = (*_silenced(unspoken, first.bits[0].manner), *first.bits)
    return replace(draft, units=(replace(first, bits=bits), *draft.units[1:]))


def _followed_by(unspoken: Iterable[Bit], draft: Draft) -> Draft:
    last = draft.units[-1]
    bits = (*last.bits, *_silenced(unspoken, last.bits[-1].manner))
    return replace(draft, units=(*draft.units[:-1], replace(last, bits=bits)))


def _silenced(bits: Iterable[Bit], manner: Manner) -> Iterator[Bit]:
    for bit in bits:
        yield Bit(f" {bit.written} ", "", manner, tokens=bit.tokens)
