"""Where an episode is cut into parts: in silence, and by what is said there rather than by the clock.

An edit moves all that comes after it. If parts began every so many seconds, all of them would change; as
they begin before certain words, all but one or two are the same as before, and are not encoded again
(content-defined chunking; A. Muthitacharoen et al., "A Low-Bandwidth Network File System", SOSP 2001).
"""

FRAME = 576  # samples at 24 kHz: 24 ms, which is a frame of MP3 at 24 kHz and at 48 kHz (sound.md)
BEFORE = 4 * FRAME  # silence at the start of a part, so that no encoder hears the next words beforehand
SILENCE = 8 * FRAME  # around a cut: as much again before it, so that no encoder hears the last words any more

SHORTEST, LONG, LONGEST = (seconds * 24_000 for seconds in (120, 240, 300))  # of a part
ONE_IN = 8  # lines begin a part, if it is long enough: one every 45 seconds or so


def aligned(start: int) -> int:
    """Return the first sample, not before this one, at which the first line of a part may start."""
    return -(-start // FRAME) * FRAME


class Cuts:
    """Where parts start, found while lines are laid, one after the other."""

    def __init__(self) -> None:
        self._places = [0]

    def places(self, end: int) -> tuple[int, ...]:
        """Return all cuts of an episode that ends here; what would still be too long is cut anywhere."""
        ends = [*self._places[1:], end]
        stretches = zip(self._places, ends, strict=True)
        return tuple(cut for start, until in stretches for cut in _even(start, until))

    def wanted(self, start: int, silence: int, clip: str, *, by_rule: bool) -> bool:
        """Say whether a part shall begin before a clip that starts here, after so much silence.

        A pause that somebody set is left as it is.
        """
        length = start - self._places[-1]
        if length < SHORTEST or not by_rule or silence < SILENCE:
            return False
        return length >= LONG or int(clip[:8], 16) % ONE_IN == 0

    def cut_before(self, start: int) -> None:
        self._places.append(start - BEFORE)


def _even(start: int, end: int) -> range:
    """Return the cuts of a stretch into parts of one length, on frames, none of them too long."""
    parts = max(1, -(-(end - start) // LONGEST))
    return range(start, max(end, start + 1), aligned(-(-max(end - start, 1) // parts)))
