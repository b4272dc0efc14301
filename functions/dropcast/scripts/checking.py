"""One JSON object of a file against the keys it may have."""

import difflib
from collections.abc import Iterable
from typing import Generic, TypeVar

from pydantic import ValidationError

from dropcast.scripts.findings import Findings, child, quoted, readable
from dropcast.scripts.keys.base import Keys, Right

CARRIED = "x-"  # keys of somebody else's, which are nobody's mistake
LONGEST_TYPO = 40

K = TypeVar("K", bound=Keys)


class Checker(Generic[K]):
    """Reads objects of one kind. `elsewhere` are keys that belong to it but are read by another hand."""

    def __init__(self, model: type[K], elsewhere: Iterable[str] = ()) -> None:
        own = {field.alias or name: field for name, field in model.model_fields.items()}
        self._model = model
        snake_case = {name: field.alias or name for name, field in model.model_fields.items()}
        self._names = {name: name for name in (*own, *elsewhere)} | snake_case | model.also
        self._right = {
            name: next(words.words for words in field.metadata if isinstance(words, Right))
            for name, field in own.items()
        }

    def read(self, entry: dict[str, object], pointer: str, findings: Findings) -> K | None:
        """Return what an object says, without what is wrong in it; None if it says too little then."""
        return self.check(self.sort(entry, pointer, findings), entry, pointer, findings)

    def sort(self, entry: dict[str, object], pointer: str, findings: Findings) -> dict[str, object]:
        """Return what is said under the keys' own names. null says nothing."""
        said: dict[str, object] = {}
        for key, value in entry.items():
            name = self._names.get(key)
            if name is None:
                self._note_unknown(key, value, pointer, findings)
            elif value is None:
                continue
            elif name in said and not _same(said[name], value):
                message = f'"{key}" and "{self._source(entry, name)}" mean the same but differ; keep one.'
                findings.error(child(pointer, key), message, value)
            else:
                said[name] = value
        return said

    def check(
        self, said: dict[str, object], entry: dict[str, object], pointer: str, findings: Findings
    ) -> K | None:
        """Return what is said as values, without what is wrong."""
        try:
            return self._model.model_validate(said)
        except ValidationError as refusal:
            wrong = {
                str(error["loc"][0])
                for error in refusal.errors(include_url=False, include_context=False, include_input=False)
            }
        for name in (name for name in self._right if name in wrong):
            self._note_wrong(name, said, entry, pointer, findings)
        try:
            return self._model.model_validate({name: said[name] for name in said if name not in wrong})
        except ValidationError:
            return None

    def pointer_to(self, entry: dict[str, object], name: str, pointer: str) -> str:
        """Say where in the file an object has a key, under whichever name it stands there."""
        return child(pointer, self._source(entry, name))

    def _source(self, entry: dict[str, object], name: str) -> str:
        return next((key for key in entry if self._names.get(key) == name and entry[key] is not None), name)

    def _note_wrong(
        self, name: str, said: dict[str, object], entry: dict[str, object], pointer: str, findings: Findings
    ) -> None:
        key = self._source(entry, name)
        if name in said:
            message = f'"{key}" is {quoted(said[name])}, but must be {self._right[name]}.'
            findings.error(child(pointer, key), message, said[name])
        else:
            findings.error(pointer, f'"{name}" is missing; it must be {self._right[name]}.')

    def _note_unknown(self, key: str, value: object, pointer: str, findings: Findings) -> None:
        if key.startswith(CARRIED):
            return
        if key in self._model.later:
            if value:  # null, false, 0 and the empty list ask for nothing
                findings.warn(child(pointer, key), f'"{key}" is not rendered by this release.')
            return
        message = f'The key "{readable(key)}" is not known here and was left aside.'
        findings.warn(child(pointer, key), message, advice=lambda: self._did_you_mean(key))

    def _did_you_mean(self, key: str) -> str:
        near = difflib.get_close_matches(key, self._names, 1) if len(key) <= LONGEST_TYPO else []
        return f' Did you mean "{near[0]}"?' if near else ""


def object_or_nothing(
    value: object, pointer: str, example: str, findings: Findings
) -> dict[str, object] | None:
    """Return an object; None where nothing is said, or what is no object, which is an error."""
    if value is None or isinstance(value, dict):
        return value
    findings.error(pointer, f'"{pointer.rpartition("/")[2]}" must be an object such as {example}.', value)
    return None


def _same(one: object, other: object) -> bool:
    """Compare two plain values; lists and objects, which may be of any size, are never the same."""
    return isinstance(one, str | int | float) and one == other
