"""How text is to be said at one place of a document: what the elements around it add up to."""

from dataclasses import dataclass
from typing import Literal

from dropcast.scripts.batch.document import NATURAL, Phoneme, Prosody, Run, SayAs

Emphasis = Literal["strong", "moderate", "reduced"]


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """An element whose text is said as one: <sub>, <say-as> or <phoneme>.

    Each is equal only to itself, since two that look alike are said one after the other.
    """

    element: str
    alias: str | None = None
    say_as: SayAs | None = None
    phoneme: Phoneme | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """`formula` holds inside <math>, where each element's text stands apart from the next one's."""

    prosody: Prosody = NATURAL
    emphasis: Emphasis | None = None
    language: str | None = None
    unit: Unit | None = None
    formula: bool = False

    def run(self, text: str) -> Run:
        """Return a text as a run that is said so."""
        if self.unit is None:
            return Run(text, self.prosody, emphasis=self.emphasis, language=self.language)
        alias, say_as, phoneme = self.unit.alias, self.unit.say_as, self.unit.phoneme
        return Run(text, self.prosody, alias, say_as, phoneme, self.emphasis, self.language)
