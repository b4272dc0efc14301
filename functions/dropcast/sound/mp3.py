"""MP3 by arithmetic: constant-bitrate frames of a known number, behind an Info frame that tells it.

At 24 and 48 kHz every frame has the same number of bytes and lasts 24 ms, so the header with the exact
length can be written before the first frame is encoded, and the file streamed in constant memory.

Sources: ISO/IEC 11172-3 and 13818-3 (frame header); the "Xing VBR header" of Xing Technology and the
"Mp3 Info Tag rev 1" of LAME (Info frame); libmp3lame 3.100 `lame_encode_flush` (number of frames).
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FRAME_MS = 24
ENCODER_DELAY = 576  # samples that libmp3lame puts before the first (ENCDELAY in its encoder.h)
SHORTEST_PADDING = 576  # samples that it flushes behind the last, at least
BITRATES = {  # kbit/s by index in the frame header, Layer III; 0 means free, 15 is forbidden
    24_000: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    48_000: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
HEADERS = {24_000: 0xFFF3_0000 | 1 << 10, 48_000: 0xFFFB_0000 | 1 << 10}  # sync, version, Layer III, no CRC
MONO = 0b11 << 6 | 0b0100  # single channel; original
TAG_BYTES = 156  # from "Info" to the tag's own CRC: 4 + 4 + 4 + 4 + 100 + 4 + 36


class BrokenEpisode(Exception):
    """The encoder did not write the frames that the timeline asks for."""


@dataclass(frozen=True, slots=True)
class Mp3Layout:
    """The frames of an MP3 of `samples` samples at its own sample rate."""

    sample_rate_hertz: int
    bitrate_kbps: int
    samples: int

    @property
    def frame_samples(self) -> int:
        return self.sample_rate_hertz * FRAME_MS // 1000

    @property
    def frame_bytes(self) -> int:
        return self.bitrate_kbps * FRAME_MS // 8

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
        side = 9 if self.sample_rate_hertz < 32_000 else 17  # bytes of side information of a mono frame
        total = self.file_bytes
        seek = bytes(min(255, position * 256 // 100) for position in range(100))  # constant bitrate: linear
        tag = b"Info" + struct.pack(">III", 0b1111, self.frames, total) + seek + struct.pack(">I", 0)
        tag += b"LAME3.100" + bytes([0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, min(255, self.bitrate_kbps)])
        tag += (ENCODER_DELAY << 12 | self.padding).to_bytes(3, "big") + bytes(4) + struct.pack(">I", total)
        tag += bytes(2)  # the CRC of the music, which no player reads
        frame = header + bytes(side) + tag
        return (frame + struct.pack(">H", _crc16(frame))).ljust(size, b"\0")

    def checked(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the encoder's frames on behind the Info frame. Raises BrokenEpisode at the first wrong one.

        After the last frame it has been shown that the file decodes to the planned length.
        """
        yield self.info_frame()
        expected, seen, rest = self.frame_header(self.bitrate_kbps), 0, b""
        for chunk in chunks:
            rest += chunk
            whole = len(rest) - len(rest) % self.frame_bytes
            for at in range(0, whole, self.frame_bytes):
                # The padding bit and what follows the sample rate may vary; these two and a half bytes not.
                if rest[at : at + 2] != expected[:2] or rest[at + 2] & 0xFC != expected[2]:
                    raise BrokenEpisode(f"frame {seen + at // self.frame_bytes} does not begin as it should")
            seen += whole // self.frame_bytes
            yield rest[:whole]
            rest = rest[whole:]
        if rest or seen != self.frames:
            raise BrokenEpisode(
                f"the encoder wrote {seen} frames and {len(rest)} bytes, not {self.frames} frames"
            )

    def _info_header(self) -> tuple[bytes, int]:
        # The smallest frame that holds the tag, so that a low bitrate has an exact header as well.
        side = 9 if self.sample_rate_hertz < 32_000 else 17
        for bitrate in BITRATES[self.sample_rate_hertz][1:]:
            if (size := bitrate * FRAME_MS // 8) >= 4 + side + TAG_BYTES:
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
