"""Streams of a known length: held to it, so that what is too short or too long is never taken for whole."""

from collections.abc import Iterable, Iterator


def exactly(chunks: Iterable[bytes], size: int, mistaken: type[Exception]) -> Iterator[bytes]:
    """Yield chunks that are `size` bytes together. Raises `mistaken`, with words, where they are not."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > size:
            raise mistaken(f"there are more than {size} bytes")
        yield chunk
    if seen < size:
        raise mistaken(f"there are {seen} of {size} bytes")


def first_of(chunks: Iterable[bytes], size: int, mistaken: type[Exception]) -> Iterator[bytes]:
    """Yield the first `size` bytes, and take the rest too, since what fails may fail at its end.

    Raises `mistaken`, with words, where there are fewer.
    """
    left = size
    for chunk in chunks:
        if left:
            yield chunk[:left]
        left -= min(left, len(chunk))
    if left:
        raise mistaken(f"there are {size - left} of {size} bytes")
