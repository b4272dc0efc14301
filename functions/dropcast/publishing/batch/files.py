"""What the files of an input are called in results.zip (contract, section 7)."""

from dataclasses import dataclass

from dropcast.scripts.batch.request import Wanted


@dataclass(frozen=True, slots=True)
class Names:
    """The files of one input, or of all of them in one; None where one is not wanted."""

    audio: str
    words: str | None
    sentences: str | None
    debug: str


def file_names(number: int, wanted: Wanted) -> Names:
    """Name the files of input `number`, counted from 1; of all inputs in one file the number is 1."""
    stem = f"{number:04}"
    return Names(
        audio=f"{stem}.{wanted.audio.extension}",
        words=f"{stem}.word.json" if wanted.words else None,
        sentences=f"{stem}.sentence.json" if wanted.sentences else None,
        debug=f"{stem}.debug.json",
    )
