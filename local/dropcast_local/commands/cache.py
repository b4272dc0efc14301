"""`dropcast cache`: what the local stack keeps between runs, and the end of it."""

from pathlib import Path

from dropcast_local.data_folder import clear, size_of

MEGABYTE = 1_000_000


def cache(data: Path, *, clear_it: bool) -> int:
    """Print where the cache is and how large; or remove it. Raises FolderInUse."""
    size = f"{size_of(data) / MEGABYTE:,.1f} MB"
    if clear_it:
        clear(data)
        print(f"{data}: cleared, {size}")
    else:
        print(f"{data}: {size}")
    return 0
