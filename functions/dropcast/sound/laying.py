"""Lay the timeline: from the plan and what was measured of each clip to where everything is heard."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dropcast.jobs.outcome import Outcome, Rejection, Spoken
from dropcast.jobs.plan import Plan, PlannedLine
from dropcast.jobs.recording import Recording
from dropcast.scripts.conversation import Chapter, Extra, Pauses, Sounding
from dropcast.sound.cuts import Cuts, aligned
from dropcast.sound.timeline import PlacedChapter, PlacedClip, PlacedExtra, PlacedLine, Timeline
from dropcast.voices.request import SpeechRequest

QUESTION = re.compile(r"[?？؟;՞]\W*$")  # as Latin, full-width, Arabic, Greek and Armenian scripts write it
LAST_WORDS = 40  # characters that are looked at for it
# Marks for a pause where a line begins or ends: its silence there is what somebody asked for.
EDGE_PAUSE = re.compile(
    r"^(<speak[^>]*>)?\s*(<p>|<s>)?\s*<break|<break[^>]*>\s*(</break>|</p>|</s>)?\s*(</speak>)?$"
    r"|^\[pause|\[pause[^\]]*\]$"
)


MOST_AT_ONCE = 8  # lines: no ear follows more, and a part holds all that is heard in it
SHORTEST_LOOP_MS = 500  # of music: what is shorter is no music, and would be repeated for ever
SHORTEST_EPISODE_MS = 100  # or an encoder writes nothing at all


def lay_timeline(plan: Plan, outcomes: Sequence[Outcome]) -> Timeline:
    """Place every line that can be heard whole, in the order of the script, then what goes beside the lines.

    Raises ValueError if an outcome is missing.
    """
    if len(outcomes) != plan.head.utterances:
        raise ValueError(f"{len(outcomes)} outcomes for {plan.head.utterances} utterances")
    return _Layer(plan, outcomes).lay()


@dataclass(slots=True)
class _Waiting:
    """What lines that are not heard leave to the next one that is."""

    rest_ms: int = 0
    chapter: Chapter | None = None


class _Layer:
    def __init__(self, plan: Plan, outcomes: Sequence[Outcome]) -> None:
        self._plan = plan
        self._outcomes = outcomes
        self._rate = plan.head.sample_rate_hertz
        self._sounding = plan.head.sounding
        self._lines: list[PlacedLine] = []
        self._starts: list[tuple[int, Chapter]] = []
        self._cuts = Cuts()
        self._end = 0  # of everything placed so far
        self._last_ends: deque[int] = deque(maxlen=MOST_AT_ONCE - 1)  # of the lines that may still be heard
        self._over = 0  # where all lines before those are over
        self._last: PlannedLine | None = None

    def lay(self) -> Timeline:
        intro, outro, music = (self._extra(role) for role in ("intro", "outro", "music"))
        extras = [self._place(*intro, 0)] if intro else []
        if intro:
            self._end = extras[0].end + self._samples(self._sounding.pauses.chapter_ms)
        body = self._end
        waiting = self._lay_lines()
        self._end += self._samples(self._closing_ms() + waiting.rest_ms + self._plan.head.rest_ms)
        if music and self._lines:
            extras.append(replace(self._place(*music, body), end=self._music_end(music, body)))
        if outro:
            extras.append(self._place(*outro, self._end + self._samples(self._sounding.pauses.chapter_ms)))
            self._end = extras[-1].end
        end = max(self._end, self._samples(SHORTEST_EPISODE_MS))
        chapters = tuple(_chapters(self._starts, end))
        cuts = self._cuts.places(end)
        return Timeline(self._rate, end, tuple(self._lines), chapters, tuple(extras), cuts)

    def _lay_lines(self) -> _Waiting:
        waiting = _Waiting()
        for line in self._plan.lines:
            waiting.rest_ms += line.pacing.rest_ms
            waiting.chapter = line.chapter or waiting.chapter
            if clips := _wholly_spoken(self._outcomes[line.utterances]):
                self._lay_line(line, clips, waiting)
                waiting = _Waiting()
        return waiting

    def _lay_line(self, line: PlannedLine, clips: list[Spoken], waiting: _Waiting) -> None:
        start, by_rule = self._start(line, waiting)
        if self._cuts.wanted(start, start - self._end, clips[0].measures.digest, by_rule=by_rule):
            start = aligned(start)
            self._cuts.cut_before(start)
        placed = PlacedLine(line.entry, tuple(self._one_after_the_other(start, line, clips)))
        if waiting.chapter:
            # A first chapter that begins with the first words begins the episode.
            self._starts.append((start if self._lines else 0, waiting.chapter))
        self._lines.append(placed)
        if len(self._last_ends) == self._last_ends.maxlen:
            self._over = max(self._over, self._last_ends[0])
        self._last_ends.append(placed.end)
        self._end = max(self._end, placed.end)
        self._last = line

    def _start(self, line: PlannedLine, waiting: _Waiting) -> tuple[int, bool]:
        """Return where a line starts, and whether the pause before it is ours to choose."""
        pacing = line.pacing
        # Who falls in does so however long the one before meant to be silent then.
        falls_in = pacing.overlap_ms and pacing.before_ms is None and not waiting.rest_ms
        asked = [self._last.pacing.after_ms if self._last and not falls_in else None, pacing.before_ms]
        said = [pause for pause in (*asked, waiting.rest_ms or None) if pause is not None]
        if said or not self._last:
            return self._end + self._samples(sum(said)), not said
        if pacing.overlap_ms:
            # Never before the line that it falls in with: the order of the script is that of the starts.
            earliest = max(self._lines[-1].start, self._over)
            return max(earliest, self._end - self._samples(pacing.overlap_ms)), False
        pause = pause_by_rule(self._sounding.pauses, self._last, line, new_chapter=bool(waiting.chapter))
        return self._end + self._samples(pause), True

    def _one_after_the_other(
        self, start: int, line: PlannedLine, clips: list[Spoken]
    ) -> Iterator[PlacedClip]:
        between = self._samples(self._sounding.pauses.same_speaker_ms) if self._sounding.trim else 0
        for at, (request, clip) in enumerate(zip(line.requests, clips, strict=True)):
            if at and self._cuts.wanted(start, between, clip.measures.digest, by_rule=True):
                start = aligned(start)
                self._cuts.cut_before(start)
            first, end = heard(request, clip, self._sounding)
            yield PlacedClip(clip.utterance, start, end - first, first)
            start += end - first + between

    def _closing_ms(self) -> int:
        return (self._last.pacing.after_ms or 0) if self._last else 0

    def _extra(self, role: str) -> tuple[Extra, Spoken] | None:
        for planned in self._plan.head.extras:
            outcome = self._outcomes[planned.utterance]
            if planned.extra.role == role and isinstance(outcome, Spoken):
                return planned.extra, outcome
        return None

    def _place(self, extra: Extra, clip: Spoken, start: int) -> PlacedExtra:
        placed = PlacedClip(clip.utterance, start, clip.measures.samples)
        return PlacedExtra(extra, placed, placed.end)

    def _music_end(self, music: tuple[Extra, Spoken], start: int) -> int:
        extra, clip = music
        loops = extra.loop and clip.measures.samples >= self._samples(SHORTEST_LOOP_MS)
        return self._end if loops else min(self._end, start + clip.measures.samples)

    def _samples(self, milliseconds: int) -> int:
        return milliseconds * self._rate // 1000


def pause_by_rule(pauses: Pauses, before: PlannedLine, after: PlannedLine, *, new_chapter: bool) -> int:
    """Return the milliseconds between two lines that do not say themselves."""
    if new_chapter:
        return pauses.chapter_ms
    if before.speaker == after.speaker:
        return pauses.same_speaker_ms
    return pauses.question_ms if QUESTION.search(before.caption[-LAST_WORDS:]) else pauses.turn_ms


def heard(request: SpeechRequest | Recording, clip: Spoken, sounding: Sounding) -> tuple[int, int]:
    """Return the first sample of a clip that is heard, and the one behind the last."""
    measures = clip.measures
    if not sounding.trim or isinstance(request, Recording) or EDGE_PAUSE.search(request.content.strip()):
        return 0, measures.samples
    return measures.speech_start, measures.speech_end


def _wholly_spoken(outcomes: Sequence[Outcome]) -> list[Spoken]:
    # A line with a piece missing is not heard in part: it is left out whole, and the report says so.
    if any(isinstance(outcome, Rejection) for outcome in outcomes):
        return []
    return [outcome for outcome in outcomes if isinstance(outcome, Spoken)]


def _chapters(starts: Sequence[tuple[int, Chapter]], end: int) -> Iterator[PlacedChapter]:
    for at, (start, chapter) in enumerate(starts):
        yield PlacedChapter(chapter, start, starts[at + 1][0] if at + 1 < len(starts) else end)
