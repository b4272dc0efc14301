"""ZIP archives whose files are stored, not deflated, written by pieces that need not pass through here.

An archive is, one after the other, for each entry its local header and its data, and then the central
directory. As nothing but the headers is written here, whoever holds the data can join all these inside
storage. The format is PKWARE's .ZIP File Format Specification (APPNOTE.TXT) 6.3.10, whose sections are cited.
The same entries make the same bytes: their time is always that with which ZIP's calendar begins.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# In 32 bits, and in 16, the highest value says "see the ZIP64 field" (4.4.1.4), so that it cannot be meant.
SEE_ZIP64, SEE_ZIP64_COUNT = 0xFFFF_FFFF, 0xFFFF

LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # 4.3.7
CENTRAL_HEADER = struct.Struct("<4s6H3L5H2L")  # 4.3.12
ZIP64_END = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
ZIP64_LOCATOR = struct.Struct("<4sLQL")  # 4.3.15
END = struct.Struct("<4s4H2LH")  # 4.3.16
ZIP64_FIELD = 0x0001  # 4.5.3

PLAIN, WITH_ZIP64 = 10, 45  # the version of the format that reading needs (4.4.3.2)
ON_UNIX = 3 << 8  # what the external attributes are to be read as (4.4.2.1)
A_FILE_FOR_ALL_TO_READ = 0o100644 << 16  # as Unix has it, in the upper half (Info-ZIP)
NAMES_ARE_UTF_8 = 1 << 11  # 4.4.4
STORED = 0  # 4.4.5
MIDNIGHT, FIRST_OF_JANUARY_1980 = 0, 1 << 5 | 1  # 4.4.6
COMMON = (NAMES_ARE_UTF_8, STORED, MIDNIGHT, FIRST_OF_JANUARY_1980)
LENGTH_LEFT_OUT = 12  # of the ZIP64 end record: its signature, and the length itself (4.3.14.1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: `crc32` is that of its `size` bytes, as `zlib.crc32` counts."""

    name: str
    size: int
    crc32: int


def local_header(entry: Entry) -> bytes:
    """Return what stands right before the data of an entry."""
    name, size = entry.name.encode(), min(entry.size, SEE_ZIP64)
    # Here a ZIP64 field must hold both sizes (4.5.3).
    extra = _zip64_field([entry.size, entry.size] if size == SEE_ZIP64 else [])
    sizes = (entry.crc32, size, size, len(name), len(extra))
    return LOCAL_HEADER.pack(b"PK\3\4", _version(extra), *COMMON, *sizes) + name + extra


def central_directory(entries: Iterable[tuple[Entry, int]], start: int) -> Iterator[bytes]:
    """Yield all that stands behind the last entry's data, which ends at byte `start` of the archive.

    With each entry comes where in the archive its local header begins.
    """
    count, end = 0, start
    for entry, offset in entries:
        header = _central_header(entry, offset)
        count, end = count + 1, end + len(header)
        yield header
    yield _end(count, start, end)


def _central_header(entry: Entry, offset: int) -> bytes:
    name, size = entry.name.encode(), min(entry.size, SEE_ZIP64)
    extra = _zip64_field([value for value in (entry.size, entry.size, offset) if value >= SEE_ZIP64])
    sizes = (entry.crc32, size, size, len(name), len(extra))
    version = _version(extra)
    nothing = (0, 0, 0)  # a comment, a number of the disk, internal attributes
    where = (A_FILE_FOR_ALL_TO_READ, min(offset, SEE_ZIP64))
    made_by = ON_UNIX | version
    return CENTRAL_HEADER.pack(b"PK\1\2", made_by, version, *COMMON, *sizes, *nothing, *where) + name + extra


def _end(count: int, start: int, end: int) -> bytes:
    """Return the end of an archive whose central directory lies from `start` up to `end`."""
    counts = (min(count, SEE_ZIP64_COUNT),) * 2
    places = (min(end - start, SEE_ZIP64), min(start, SEE_ZIP64))
    classic = END.pack(b"PK\5\6", 0, 0, *counts, *places, 0)
    if SEE_ZIP64_COUNT not in counts and SEE_ZIP64 not in places:
        return classic
    length = ZIP64_END.size - LENGTH_LEFT_OUT
    versions = (ON_UNIX | WITH_ZIP64, WITH_ZIP64)
    record = ZIP64_END.pack(b"PK\6\6", length, *versions, 0, 0, count, count, end - start, start)
    return record + ZIP64_LOCATOR.pack(b"PK\6\7", 0, end, 1) + classic


def _zip64_field(values: list[int]) -> bytes:
    """Return the field with the values that do not fit, in their order; nothing where all fit (4.5.3)."""
    return struct.pack(f"<2H{len(values)}Q", ZIP64_FIELD, 8 * len(values), *values) if values else b""


def _version(zip64_field: bytes) -> int:
    return WITH_ZIP64 if zip64_field else PLAIN
