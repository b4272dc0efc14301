"""Boxes of MP4: what those of any kind have in common. Source: ISO/IEC 14496-12, 4.2 and 8.1.1."""

import struct

LONGEST = 2**32 - 1  # what four bytes say


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box of these parts."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Return a box that says by which version of its layout it is read."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def timed_box(kind: bytes, layout: str, *values: int | bytes, length: int, flags: int = 0) -> bytes:
    """Return a box with times in it: `t` in a layout as struct has it, none of them above `length`.

    They take four bytes each, or eight if the length needs them.
    """
    version, code = (0, "i") if length < 2**31 else (1, "q")
    body = struct.pack(">" + layout.replace("t", code), *values)
    return full_box(kind, body, version=version, flags=flags)


def media_header(size: int) -> bytes:
    """Return the header of the media, `size` bytes of which follow."""
    if 8 + size <= LONGEST:
        return struct.pack(">I4s", 8 + size, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", 16 + size)
