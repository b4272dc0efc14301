"""The episode's PCM, read from the joined clips of its blocks and written in one pass, in constant memory."""

import struct
from collections.abc import Iterable, Iterator

from dropcast.jobs.outcome import Outcome, Spoken
from dropcast.sound.timeline import Timeline
from dropcast.sound.wav import HEADER_BYTES, SAMPLE_BYTES, BrokenClip

STEP = 1 << 16  # bytes of silence written at a time


def episode_pcm(timeline: Timeline, outcomes: Iterable[Outcome], sounds: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the episode as s16le mono PCM, exactly as long as the timeline says.

    `sounds` are the stored clips of all spoken outcomes, in order, headers and all, cut anywhere.
    Raises BrokenClip where what is stored is not what the outcomes say.
    """
    placed = {clip.utterance: clip for line in timeline.lines for clip in line.clips}
    stored = _Stored(sounds)
    now = 0
    for outcome in outcomes:
        if not isinstance(outcome, Spoken):
            continue
        stored.expect_header(outcome)
        pcm = stored.pieces(outcome.samples * SAMPLE_BYTES)
        if (clip := placed.get(outcome.utterance)) is None:
            _skip(pcm)
            continue
        yield from _silence(clip.start - now)
        yield from pcm
        now = clip.start + clip.samples
    stored.expect_end()


def _silence(samples: int) -> Iterator[bytes]:
    left = samples * SAMPLE_BYTES
    while left > 0:
        yield bytes(min(left, STEP))
        left -= STEP


def _skip(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


class _Stored:
    """Reads exactly so many bytes from chunks that were cut anywhere."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = filter(None, chunks)  # an empty chunk is not the end
        self._rest = memoryview(b"")

    def pieces(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._rest:
                self._rest = memoryview(next(self._chunks, b""))
                if not self._rest:
                    raise BrokenClip(f"the joined clips end {size} bytes too early")
            piece, self._rest = self._rest[:size], self._rest[size:]
            size -= len(piece)
            yield bytes(piece)

    def expect_header(self, outcome: Spoken) -> None:
        header = b"".join(self.pieces(HEADER_BYTES))
        found = (header[:4], struct.unpack_from("<I", header, HEADER_BYTES - 4)[0])
        if found != (b"RIFF", outcome.samples * SAMPLE_BYTES):
            raise BrokenClip(
                f"{outcome.audio} is not the clip of {outcome.samples} samples that was measured"
            )

    def expect_end(self) -> None:
        if self._rest or any(self._chunks):
            raise BrokenClip("there is more sound than the outcomes say")
