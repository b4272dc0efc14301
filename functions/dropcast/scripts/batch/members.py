"""The members of one JSON object of a request, as clients really write them."""

from collections.abc import Mapping

from dropcast.scripts.findings import Findings, child, quoted

Scalar = str | int | float

TEXT = "text in double quotes"
TEXT_OR_NUMBER = "text in double quotes or a number"
WHOLE_TEXT = "text without halves of characters (lone surrogates)"
TRUE_OR_FALSE = "true or false"
FLAGS = {"true": True, "false": False}


class Members:
    """Finds members in any case; null says nothing, and of two that differ in case the last counts.

    `place` is the object's own, as messages name it ("inputs[3]"), and `pointer` as the request writes it.
    What is of the wrong type is noted, and counts as not said.
    """

    def __init__(self, said: Mapping[str, object], pointer: str, place: str, findings: Findings) -> None:
        self._said = {key.lower(): (key, value) for key, value in said.items() if value is not None}
        self._pointer = pointer
        self._place = place
        self._findings = findings

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._said

    def value(self, name: str) -> object:
        """Return what is said, of whatever type; None is nothing."""
        return self._said.get(name.lower(), (name, None))[1]

    def pointer(self, name: str) -> str:
        """Say where a member stands, in the request's own spelling; the object's place if it is missing."""
        if name not in self:
            return self._pointer
        return child(self._pointer, self._said[name.lower()][0])

    def path(self, name: str) -> str:
        """Name a member for a message: "properties.outputFormat"."""
        return f"{self._place}.{name}" if self._place else name

    def text(self, name: str, right: str = TEXT) -> str | None:
        value = self.value(name)
        if value is None or (isinstance(value, str) and is_whole(value)):
            return value
        self.wrong(name, WHOLE_TEXT if isinstance(value, str) else right)
        return None

    def required_text(self, name: str, advice: str) -> str | None:
        """Return text of at least one character, or note that it is required."""
        value = self.text(name)
        if not value and (value == "" or name not in self):
            self.error(name, f"The {self.path(name)} is required: {advice}.")
        return value or None

    def text_or_number(self, name: str) -> Scalar | None:
        value = self.value(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        return self.text(name, TEXT_OR_NUMBER)

    def flag(self, name: str) -> bool:
        """Return true or false, also from a string; what is not said is false."""
        value = self.value(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        said = FLAGS.get(value.strip().lower()) if isinstance(value, str) else None
        if said is None:
            self.wrong(name, TRUE_OR_FALSE)
        return bool(said)

    def inside(self, name: str, example: str) -> "Members | None":
        """Return the members of an object, none if it is not said; None for what is no object."""
        said = self.mapping(name, example)
        if said is None:
            return None
        return Members(said, self.pointer(name), self.path(name), self._findings)

    def mapping(self, name: str, example: str) -> Mapping[str, object] | None:
        """Return an object as it stands, an empty one if it is not said; None for what is no object."""
        value = self.value(name)
        if value is None or isinstance(value, dict):
            return value or {}
        self.wrong(name, f"an object such as {example}")
        return None

    def wrong(self, name: str, right: str, value: object = None) -> None:
        """Note that a member must be something else; `value` is quoted in place of what is said."""
        value = self.value(name) if value is None else value
        note_wrong(self._findings, self.pointer(name), self.path(name), value, right)

    def error(self, name: str, message: str) -> None:
        """Note something about a member, with what is said if anything is."""
        value = self.value(name)
        self._findings.error(self.pointer(name), message, *(() if value is None else (value,)))


def note_wrong(findings: Findings, pointer: str, path: str, value: object, right: str) -> None:
    """Note that a value must be something else; a place may hold a hundred thousand, so words are spared."""
    message = "" if findings.are_many else f"{path} is {quoted(value)}, but must be {right}."
    findings.error(pointer, message, value)


def is_whole(text: str) -> bool:
    """Say whether text has no halves of characters, which JSON can bring along and no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
