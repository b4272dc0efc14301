"""What one voice says, taken down as it is read."""

from dataclasses import replace

from dropcast.scripts.batch.document import End, Item, Passage, Rest, Silences
from dropcast.scripts.batch.ssml.characters import collapsed
from dropcast.scripts.batch.ssml.context import Context
from dropcast.scripts.batch.ssml.silences import settled


class Voice:
    """A <voice> element: its name, and its silences, which hold for all of it wherever they stand."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.silences = Silences()


class PassageWriter:
    """Takes down runs, rests and ends of one voice, with one space wherever there was any white space."""

    def __init__(self, voice: Voice, *, resumed: bool = False) -> None:
        self._voice = voice
        self._resumed = resumed
        self._items: list[Item] = []
        self._context = Context()
        self._parts: list[str] = []  # of the run that is being written
        self._space = False  # white space was read, and is written with the next word
        self._unended = False  # something was said since the last end
        self._last_end: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether a voice that was interrupted had nothing more to say."""
        return self._resumed and not self._items and not self._parts

    def passage(self) -> Passage:
        """Return what was taken down."""
        self._close()
        return Passage(self._voice.name, tuple(self._items), settled(self._voice.silences))

    def text(self, text: str, context: Context) -> None:
        """Take down text; what is said in the same way as the text before it joins its run."""
        text = collapsed(text)
        self._space = self._space or text.startswith(" ")
        if words := text.strip(" "):
            self._write(words, context)
            self._space = text.endswith(" ")

    def gap(self) -> None:
        """Keep what comes apart from what was, as white space does."""
        self._space = True

    def rest(self, milliseconds: int) -> None:
        """Take down a silence."""
        self._close()
        self._items.append(Rest(milliseconds))

    def sentence_end(self) -> None:
        """Take down that a sentence ends, unless nothing was said since the last one did."""
        if self._unended:
            self._end(End("sentence"))

    def paragraph_end(self) -> None:
        """Take down that a paragraph ends; with it ends its last sentence."""
        if self._unended:
            self._end(End("paragraph"))
        elif self._last_end is not None:
            self._items[self._last_end] = End("paragraph")

    def _end(self, end: End) -> None:
        self._close()
        self._last_end = len(self._items)
        self._items.append(end)
        self._unended = False

    def _write(self, words: str, context: Context) -> None:
        joins = bool(self._parts) and context == self._context
        if self._space and self._unended:
            words = self._spaced(words, context, joins=joins)
        if not joins:
            self._close()
            self._context = context
        self._parts.append(words)
        self._unended = True

    def _spaced(self, words: str, context: Context, *, joins: bool) -> str:
        """Put a space before words where it disturbs nothing: "ABC " is not what is to be spelt out."""
        if joins or context.unit is None:
            return f" {words}"
        if self._parts and self._context.unit is None:
            self._parts.append(" ")
        else:
            self._close()
            self._items.append(replace(context, unit=None).run(" "))
        return words

    def _close(self) -> None:
        if self._parts:
            self._items.append(self._context.run("".join(self._parts)))
            self._parts.clear()
