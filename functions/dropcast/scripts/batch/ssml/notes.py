"""What a document asked for that is not done, a sentence each."""

MOST_NOTES = 50
LONGEST_NOTE = 300
LONGEST_NAME = 40


class Notes:
    """Sentences in the order in which they first came up; each is kept once, and not more than a page."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        if len(self._sentences) < MOST_NOTES:
            self._sentences[sentence[:LONGEST_NOTE]] = None

    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentences)


def quoted(written: str) -> str:
    """Return a name or value from a document, short enough to be repeated."""
    return written if len(written) <= LONGEST_NAME else f"{written[:LONGEST_NAME]}…"
