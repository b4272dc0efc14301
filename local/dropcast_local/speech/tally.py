"""What the stand-in has done, counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts since the last reset; `requests` were spoken, refused, or are under way or given up."""

    requests: int = 0
    spoken: int = 0
    refused: int = 0
    characters: int = 0
    _by_family: Counter[str] = field(default_factory=Counter)
    _characters_by_family: Counter[str] = field(default_factory=Counter)

    def spoke(self, family: str, text: str) -> None:
        """A request was answered with sound."""
        self.spoken += 1
        self.characters += len(text)
        self._by_family[family] += 1
        self._characters_by_family[family] += len(text)

    def status(self) -> dict[str, object]:
        """All counts."""
        families = {
            family: {"spoken": spoken, "characters": self._characters_by_family[family]}
            for family, spoken in self._by_family.items()
        }
        return {
            "requests": self.requests,
            "spoken": self.spoken,
            "refused": self.refused,
            "characters": self.characters,
            "byFamily": families,
        }
