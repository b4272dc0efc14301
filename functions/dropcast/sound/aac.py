"""AAC by arithmetic: frames of 1,024 samples and of any size, each known to be there.

A frame is decoded with the one before it, and ffmpeg's own encoder remembers more than that: how many bits it
spent, and how loud it was, by which it tells onsets. Each part is therefore encoded with some frames of what
precedes and follows it, and the frames made of those are dropped. The parts together hold as many frames as
one pass would give, but not the same bytes.

Measured with ffmpeg 9.0 as SNR against the source, four frames around each of 40 seams in speech and 40 in
gaps, 24 kHz at 64 kbit/s, 48 kHz at 64 and 96: with 32 frames of priming the median is within 0.2 dB of a
single pass (36.7, 35.3 and 42.7 dB), the worst seam in a gap 4.4 dB below it, and none has a step above 0.009
of full scale that a single pass has not. With one frame the median is 2 to 4 dB worse.

The encoder is to be called with `-c:a aac -aac_coder fast -b:a …k -ar … -f adts`.

Sources: ISO/IEC 14496-3, 1.A.2.2 (ADTS) and 1.6.3.4 (sampling frequency index); libavcodec/aacenc.c.
"""

from collections.abc import Iterator

from dropcast.jobs.part import Coding
from dropcast.sound.frames import BrokenEpisode, Frames, Window
from dropcast.sound.grid import TIMELINE_RATE, Grid

FRAME = 1024
ENCODER_DELAY = 1024  # samples that ffmpeg's encoder puts before the first (initial_padding)
PRIMING = 32  # frames before a part
BEHIND = 4  # frames behind it: one overlaps, one is looked at for its onset
FREQUENCY_INDEX = {24_000: 6, 48_000: 3}
HEADER_BYTES = 7


def window(coding: Coding, position: int, *, is_last: bool) -> Window:
    """Return the PCM to be encoded for a part."""
    return _grid(coding).window(position, is_last=is_last)


def kept(encoded: bytes, coding: Coding, position: int, samples: int, *, is_last: bool) -> Frames:
    """Return the frames of a part without their ADTS headers. Raises BrokenEpisode.

    They are raw_data_blocks, as MP4 holds them.
    """
    fed = window(coding, position, is_last=is_last)
    frames = list(_bare_frames(encoded, coding.sample_rate_hertz))
    expected = frame_count(coding, fed.lead + samples + fed.tail)
    if len(frames) != expected:
        raise BrokenEpisode(f"the encoder wrote {len(frames)} frames of AAC, not {expected}")
    own = frames[_grid(coding).kept(position, samples, is_last=is_last)]
    return Frames(b"".join(own), tuple(map(len, own)))


def frame_count(coding: Coding, samples: int) -> int:
    """Return how many frames an episode of so many samples at the timeline's rate has."""
    return -(-(own_samples(coding, samples) + ENCODER_DELAY) // FRAME)


def own_samples(coding: Coding, samples: int) -> int:
    """Return samples of the timeline as samples at the coding's own rate."""
    return samples * coding.sample_rate_hertz // TIMELINE_RATE


def _grid(coding: Coding) -> Grid:
    return Grid(FRAME * TIMELINE_RATE // coding.sample_rate_hertz, PRIMING, BEHIND)


def _bare_frames(encoded: bytes, sample_rate_hertz: int) -> Iterator[bytes]:
    # Sync, MPEG-4, no CRC; AAC-LC, sample rate, one channel. Behind these 26 bits stand flags and the length.
    begins = bytes([0xFF, 0xF1, 0b01 << 6 | FREQUENCY_INDEX[sample_rate_hertz] << 2, 1 << 6])
    at = 0
    while at < len(encoded):
        header = encoded[at : at + HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[:3] != begins[:3] or header[3] & 0xC0 != begins[3]:
            raise BrokenEpisode(f"no frame of AAC begins at byte {at}")
        size = int.from_bytes(header[3:6], "big") >> 5 & 0x1FFF
        if size <= HEADER_BYTES or at + size > len(encoded) or header[6] & 0b11:
            raise BrokenEpisode(f"the frame of AAC at byte {at} is not whole, or not one")
        yield encoded[at + HEADER_BYTES : at + size]
        at += size
