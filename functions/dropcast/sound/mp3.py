"""MP3 by arithmetic: constant-bitrate frames of a known number, behind an Info frame that tells it.

At 16, 24 and 48 kHz every frame has the same number of bytes, so the header with the exact length can be
written before the first frame is encoded. At 24 and 48 kHz it lasts 24 ms, so a part can be encoded wherever
in an episode it is.

A frame without bit reservoir depends on little of what came before it, and on less of what follows. Each
part is therefore encoded with some frames of what precedes and follows it, and the frames made of those are
dropped: the parts together are, byte for byte, what one pass would give. Measured at seams in speech: LAME's
quick search needs 4 frames before a part at 24 kHz and 2 at 48 kHz, its careful one some 32, of which 64 make
sure; behind a part half a frame will do. If what precedes is silent, the quick search needs none at all.

Sources: ISO/IEC 11172-3 and 13818-3 (frame header); the "Xing VBR header" of Xing Technology and the
"Mp3 Info Tag rev 1" of LAME (Info frame); libmp3lame 3.100 `lame_encode_flush` (number of frames).
"""

import struct
from dataclasses import dataclass

from dropcast.jobs.part import Coding
from dropcast.sound.frames import BrokenEpisode, Frames, Window

FRAME_MS = 24
TIMELINE_RATE, FRAME = 24_000, 576  # and the samples of a timeline that make a frame at either sample rate
ENOUGH_BITRATE = 96  # kbit/s from which LAME's quick search costs nothing audible (PESQ -0.04 at most)
QUICK_PRIMING, CAREFUL_PRIMING = 4, 64  # frames before a part
TAIL = 4  # frames behind it
ENCODER_DELAY = 576  # samples that libmp3lame puts before the first (ENCDELAY in its encoder.h)
SHORTEST_PADDING = 576  # samples that it flushes behind the last, at least
BITRATES = {  # kbit/s by index in the frame header, Layer III; 0 means free, 15 is forbidden
    16_000: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    24_000: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    48_000: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
# Sync, version (MPEG-2 below 32 kHz), Layer III, no CRC; sample rate.
HEADERS = {16_000: 0xFFF3_0000 | 2 << 10, 24_000: 0xFFF3_0000 | 1 << 10, 48_000: 0xFFFB_0000 | 1 << 10}
MONO = 0b11 << 6 | 0b0100  # single channel; original
MOST_TOLD = 2**32 - 1  # bytes, which players need only where the bitrate varies
TAG_BYTES = 156  # from "Info" to the tag's own CRC: 4 + 4 + 4 + 4 + 100 + 4 + 36


def is_quick(coding: Coding) -> bool:
    """Say whether the bitrate is one at which LAME need not search long."""
    return coding.bitrate_kbps >= ENOUGH_BITRATE


def window(coding: Coding, position: int, *, is_last: bool) -> Window:
    """Return the PCM to be encoded for a part that starts at a whole frame."""
    priming = QUICK_PRIMING if is_quick(coding) else CAREFUL_PRIMING
    return Window(lead=min(priming * FRAME, position), tail=0 if is_last else TAIL * FRAME)


def kept(encoded: bytes, coding: Coding, position: int, samples: int, *, is_last: bool) -> Frames:
    """Return the frames of a part; the last one keeps what the encoder flushes behind it as well.

    Raises BrokenEpisode if these are not the frames that its window has.
    """
    around = window(coding, position, is_last=is_last)
    _layout(coding, around.lead + samples + around.tail).expect(encoded)
    first = around.lead // FRAME
    end = None if is_last else (first + samples // FRAME) * frame_bytes(coding)
    return Frames(encoded[first * frame_bytes(coding) : end])


def frame_count(coding: Coding, samples: int) -> int:
    """Return how many frames an episode of so many samples at the timeline's rate has, bar the Info frame."""
    return _layout(coding, samples).frames


def frame_bytes(coding: Coding) -> int:
    """Return the size of every frame."""
    return coding.bitrate_kbps * FRAME_MS // 8


def _layout(coding: Coding, samples: int) -> "Mp3Layout":
    """Return the layout of so many samples of a timeline."""
    rate = coding.sample_rate_hertz
    return Mp3Layout(rate, coding.bitrate_kbps, samples * rate // TIMELINE_RATE)


@dataclass(frozen=True, slots=True)
class Mp3Layout:
    """The frames of an MP3 of `samples` samples at its own sample rate."""

    sample_rate_hertz: int
    bitrate_kbps: int
    samples: int

    @property
    def frame_samples(self) -> int:
        return 576 if self._is_mpeg_2 else 1152

    @property
    def frame_bytes(self) -> int:
        return self._bytes_at(self.bitrate_kbps)

    @property
    def frames(self) -> int:
        """How many frames libmp3lame writes: the delay, the samples, and padding to a whole frame."""
        return -(-(ENCODER_DELAY + self.samples + SHORTEST_PADDING) // self.frame_samples)

    @property
    def padding(self) -> int:
        return self.frames * self.frame_samples - self.samples - ENCODER_DELAY

    @property
    def file_bytes(self) -> int:
        """The size of the file, Info frame included."""
        _, size = self._info_header()
        return self.frames * self.frame_bytes + size

    def info_frame(self) -> bytes:
        """The first frame: silent, and telling players the exact length, and what to drop at both ends."""
        header, size = self._info_header()
        total = min(self.file_bytes, MOST_TOLD)
        seek = bytes(min(255, position * 256 // 100) for position in range(100))  # constant bitrate: linear
        tag = b"Info" + struct.pack(">III", 0b1111, self.frames, total) + seek + struct.pack(">I", 0)
        tag += b"LAME3.100" + bytes([0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, min(255, self.bitrate_kbps)])
        tag += (ENCODER_DELAY << 12 | self.padding).to_bytes(3, "big") + bytes(4) + struct.pack(">I", total)
        tag += bytes(2)  # the CRC of the music, which no player reads
        frame = header + bytes(self._side_bytes) + tag
        return (frame + struct.pack(">H", _crc16(frame))).ljust(size, b"\0")

    def expect(self, encoded: bytes) -> None:
        """Raise BrokenEpisode unless these are the frames, and nothing else, so that they decode to as many
        samples as they should.
        """
        size = self.frame_bytes
        if len(encoded) != self.frames * size:
            found = f"{len(encoded) // size} frames and {len(encoded) % size} bytes"
            raise BrokenEpisode(f"the encoder wrote {found}, not {self.frames} frames")
        expected = self.frame_header(self.bitrate_kbps)
        # The padding bit and what follows the sample rate may vary; these two and a half bytes not.
        for place in range(0, len(encoded), size):
            if encoded[place : place + 2] != expected[:2] or encoded[place + 2] & 0xFC != expected[2]:
                raise BrokenEpisode(f"frame {place // size} does not begin as it should")

    @property
    def _is_mpeg_2(self) -> bool:
        return self.sample_rate_hertz < 32_000

    @property
    def _side_bytes(self) -> int:
        """The size of the side information of a mono frame."""
        return 9 if self._is_mpeg_2 else 17

    def _bytes_at(self, bitrate_kbps: int) -> int:
        return bitrate_kbps * 1000 // 8 * self.frame_samples // self.sample_rate_hertz

    def _info_header(self) -> tuple[bytes, int]:
        # The smallest frame that holds the tag, so that a low bitrate has an exact header as well.
        for bitrate in BITRATES[self.sample_rate_hertz][1:]:
            if (size := self._bytes_at(bitrate)) >= 4 + self._side_bytes + TAG_BYTES:
                return self.frame_header(bitrate), size
        raise AssertionError("every table has a bitrate whose frame holds the tag")

    def frame_header(self, bitrate_kbps: int) -> bytes:
        index = BITRATES[self.sample_rate_hertz].index(bitrate_kbps)
        rate = HEADERS[self.sample_rate_hertz]
        return struct.pack(">I", rate | index << 12 | MONO)


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, which the LAME tag ends with."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
