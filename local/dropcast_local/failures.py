"""What ends a command with a sentence instead of a traceback."""


class Failed(Exception):
    """Something failed that somebody can mend; the message says what, where, and what to do."""
