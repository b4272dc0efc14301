"""A program of its own: it lays limits on itself, then becomes the program that it is told to become.

Limits must hold before the first byte of somebody's file is read, so whoever starts the decoder cannot lay
them afterwards; Python's preexec_fn may deadlock in a process with threads; and shells differ in what their
ulimit can. It imports nothing of ours, and starts in some 15 ms.
"""

import os
import resource
import sys

NOT_STARTED = 127  # the exit code that shells have for it


def main(arguments: list[str]) -> int:
    """Lay the limits (`RLIMIT_CPU=30` ...) before "--", then become what stands behind it."""
    at = arguments.index("--")
    command = arguments[at + 1 :]
    try:
        for limit in arguments[:at]:
            name, _, value = limit.partition("=")
            _lay(name, int(value))
        os.execv(command[0], command)  # noqa: S606  # no shell is what is wanted
    except OSError as error:
        print(error, file=sys.stderr)
        return NOT_STARTED


def _lay(name: str, most: int) -> None:
    """Lay a limit, or keep a lower one that is there."""
    kind = getattr(resource, name)
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(kind, (most, most))
    except (OSError, ValueError):
        if sys.platform == "linux":
            raise  # elsewhere, on somebody's laptop, not every limit can be laid: macOS knows no RLIMIT_AS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
