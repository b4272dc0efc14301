"""Cut PCM into parts that are encoded side by side and join, byte for byte, to what one pass would give.

An MP3 frame without bit reservoir depends on little of what came before it. Each part is therefore encoded
with some frames of what precedes and follows it, and the frames made of those are dropped. Measured: with
libmp3lame at -compression_level 7 four frames before are enough, at 5 it takes 64 (sound.md, section 3).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dropcast.sound.mp3 import FRAME_MS
from dropcast.sound.wav import SAMPLE_BYTES

PRIMING = 64  # frames before a part
TAIL = 4  # frames behind it
LENGTH = 6_250  # frames: two and a half minutes, or 7.2 MB of PCM at 24 kHz


@dataclass(frozen=True, slots=True)
class Part:
    """PCM for one encoder, and which of the frames it writes belong to the episode.

    The first `drop` do not, the next `keep` do; the last part keeps all, what the encoder flushes included.
    """

    pcm: bytes
    drop: int
    keep: int | None

    def kept(self, frames: bytes, frame_bytes: int) -> bytes:
        """Return the frames that belong to the episode."""
        end = None if self.keep is None else (self.drop + self.keep) * frame_bytes
        return frames[self.drop * frame_bytes : end]


def cut_parts(pcm: Iterable[bytes], sample_rate_hertz: int) -> Iterator[Part]:
    """Yield the parts of s16le mono PCM, holding no more than one of them at a time."""
    frame = sample_rate_hertz * FRAME_MS // 1000 * SAMPLE_BYTES
    held, drop = bytearray(), 0
    for chunk in pcm:
        held += chunk
        while len(held) > (whole := (drop + LENGTH + TAIL) * frame):
            yield Part(bytes(held[:whole]), drop, LENGTH)
            del held[: (drop + LENGTH - PRIMING) * frame]
            drop = PRIMING
    yield Part(bytes(held), drop, None)
