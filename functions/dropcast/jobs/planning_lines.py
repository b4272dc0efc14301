"""From the lines of a script to the lines of its plan, or all that no voice can do."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dropcast.jobs.plan import PlannedLine
from dropcast.jobs.planning_recordings import recording_named
from dropcast.jobs.planning_requests import Manner, plain_request, requests_for
from dropcast.jobs.recording import Recording
from dropcast.scripts.conversation import Chapter, Conversation, Kind, Line, Speaker
from dropcast.scripts.problems import Problem
from dropcast.voices.catalog import UnknownLanguage, Voice
from dropcast.voices.families import UnknownVoice
from dropcast.voices.request import SpeechRequest, objections

TAG, PAUSE = re.compile(r"<[^>]*>"), re.compile(r"\[pause[^\]]*\]")

Requests = tuple[SpeechRequest | Recording, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Every speaker of a script, and the voices of those who could be cast."""

    speakers: Mapping[str, Speaker]
    voices: Mapping[str, Voice]


@dataclass(frozen=True, slots=True)
class PlannedLines:
    """The lines that can be heard, the entries with nothing to be heard, and what is wrong with the rest.

    `rest_ms` is the silence of entries behind the last line that can be heard.
    """

    lines: tuple[PlannedLine, ...]
    skipped: tuple[int, ...]
    rest_ms: int
    utterances: int
    problems: tuple[Problem, ...]


def plan_lines(script: Conversation, bucket: str, cast: Cast, manner: Manner) -> PlannedLines:
    """Plan every line, and tell of each problem once, where it was said.

    Lines of speakers who could not be cast are left out: why is known already.
    """
    return _Planner(script, bucket, cast, manner).plan()


class _Planner:
    """Plans line by line; what an entry without anything to be heard leaves goes to the next that has."""

    def __init__(self, script: Conversation, bucket: str, cast: Cast, manner: Manner) -> None:
        self._script, self._bucket, self._cast, self._manner = script, bucket, cast, manner
        self._lines: list[PlannedLine] = []
        self._skipped: list[int] = []
        self._problems: dict[Problem, None] = {}  # a set that keeps the order
        self._utterances = 0
        self._rest_ms = 0
        self._chapter: Chapter | None = None

    def plan(self) -> PlannedLines:
        for line in self._script.lines:
            if (requests := self._requests(line)) is not None:
                self._add(line, requests) if requests else self._skip(line)
        return PlannedLines(
            tuple(self._lines), tuple(self._skipped), self._rest_ms, self._utterances, tuple(self._problems)
        )

    def _requests(self, line: Line) -> Requests | None:
        """Return what a line is heard as, nothing where nothing in it can be; None with a problem noted."""
        match line.kind:
            case "audio":
                return self._recorded(line)
            case kind:
                return self._spoken(line, kind) if line.speaker in self._cast.voices else None

    def _recorded(self, line: Line) -> Requests | None:
        found = recording_named(line.content, self._bucket, f"{self._script.pointer(line)}/audio")
        if isinstance(found, Problem):
            self._problems[found] = None
            return None
        return (found,)

    def _spoken(self, line: Line, kind: Kind) -> Requests | None:
        speaker, voice = self._cast.speakers[line.speaker], self._cast.voices[line.speaker]
        try:
            requests = requests_for(line, kind, speaker, voice, self._manner)
        except (UnknownVoice, UnknownLanguage) as unknown:
            self._problems[Problem(self._script.pointer(line), str(unknown))] = None
            return None
        # In a set that keeps the order: what is wrong with one piece of a line is wrong with most.
        if wrong := dict.fromkeys(objection for request in requests for objection in objections(request)):
            self._problems |= dict.fromkeys(self._placed(wrong, line, speaker, voice))
        return requests

    def _placed(
        self, wrong: Mapping[str, None], line: Line, speaker: Speaker, voice: Voice
    ) -> Iterator[Problem]:
        """Tell it at the speaker where it would be wrong with any line of theirs, else at the line."""
        with_any_line = objections(plain_request(speaker, voice, self._manner)) if speaker.pointer else ()
        pointer = self._script.pointer(line)
        for objection in wrong:
            yield Problem(speaker.pointer if objection in with_any_line else pointer, objection)

    def _add(self, line: Line, requests: Requests) -> None:
        pacing = line.pacing
        if self._rest_ms:
            pacing = replace(pacing, rest_ms=self._rest_ms + pacing.rest_ms)
        chapter = line.chapter or self._chapter
        self._lines.append(
            PlannedLine(line.index, line.speaker, _caption(line), self._utterances, requests, pacing, chapter)
        )
        self._utterances += len(requests)
        self._rest_ms, self._chapter = 0, None

    def _skip(self, line: Line) -> None:
        self._skipped.append(line.index)
        self._rest_ms += line.pacing.rest_ms
        self._chapter = line.chapter or self._chapter


def _caption(line: Line) -> str:
    """What captions show of a line: what it says of that, else its words, without marks for the voice."""
    if line.caption:
        return line.caption
    match line.kind:
        case "ssml":
            return " ".join(html.unescape(TAG.sub(" ", line.content)).split())
        case "markup":
            return " ".join(PAUSE.sub(" ", line.content).split())
        case "audio":
            return ""
        case "text":
            return line.content
