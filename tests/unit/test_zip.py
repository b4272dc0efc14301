"""What is written as a ZIP archive, by pieces, other programs read."""

import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.publishing.zip import Entry, central_directory, local_header

FOUR_GIB = 1 << 32
ZIP64_END = b"PK\6\6"


def entry(name, data):
    return Entry(name, len(data), zlib.crc32(data))


def archive(files):
    """An archive made in memory, as it is made inside storage."""
    written, places = io.BytesIO(), []
    for name, data in files:
        places.append((entry(name, data), written.tell()))
        written.write(local_header(places[-1][0]) + data)
    start = written.tell()
    written.writelines(central_directory(places, start))
    return written.getvalue()


def read(data):
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return [(info.filename, opened.read(info)) for info in opened.infolist()]


FILES = [
    ("0001.wav", b"RIFF" + bytes(1000)),
    ("summary.json", b"{}"),
    ("leer.json", b""),
    ("多.wav", b"\xff"),
]
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1, max_size=30)


def test_files_come_out_as_they_went_in_in_their_order():
    assert read(archive(FILES)) == FILES


def test_an_archive_of_nothing_is_one():
    assert read(archive([])) == []


@given(st.lists(st.tuples(NAMES, st.binary(max_size=200)), unique_by=lambda file: file[0], max_size=20))
def test_any_files_come_out_as_they_went_in(files):
    assert read(archive(files)) == files


def test_the_same_files_make_the_same_bytes_with_the_calendar_s_first_day():
    assert archive(FILES) == archive(FILES)
    with zipfile.ZipFile(io.BytesIO(archive(FILES))) as opened:
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_local_header_says_what_the_directory_says():
    data = archive(FILES)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        for info in opened.infolist():
            head = struct.unpack_from("<4s5H3L2H", data, info.header_offset)
            assert head[:4] == (b"PK\3\4", info.extract_version, info.flag_bits, zipfile.ZIP_STORED)
            assert head[6:9] == (info.CRC, info.compress_size, info.file_size)


def test_names_are_said_to_be_utf_8_and_files_to_be_readable_by_all():
    with zipfile.ZipFile(io.BytesIO(archive(FILES))) as opened:
        for info in opened.infolist():
            assert info.flag_bits == 0x800
            assert info.external_attr >> 16 == 0o100644


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_finds_no_fault(tmp_path):
    (tmp_path / "results.zip").write_bytes(archive(FILES))
    told = subprocess.run(["unzip", "-t", "results.zip"], cwd=tmp_path, capture_output=True, timeout=20)
    assert told.returncode == 0, told.stdout
    assert told.stdout.count(b" OK") == len(FILES)


@pytest.mark.skipif(not shutil.which("zipinfo"), reason="zipinfo is not installed")
def test_zipinfo_has_nothing_to_warn_of(tmp_path):
    (tmp_path / "results.zip").write_bytes(archive(FILES))
    told = subprocess.run(["zipinfo", "-v", "results.zip"], cwd=tmp_path, capture_output=True, timeout=20)
    assert told.returncode == 0
    assert not told.stderr


@pytest.mark.skipif(not (shutil.which("7z") or shutil.which("7zz")), reason="7-Zip is not installed")
def test_7_zip_finds_no_fault(tmp_path):
    (tmp_path / "results.zip").write_bytes(archive(FILES))
    program = shutil.which("7z") or shutil.which("7zz")
    told = subprocess.run([program, "t", "results.zip"], cwd=tmp_path, capture_output=True, timeout=20)
    assert told.returncode == 0, told.stdout


def many(count):
    """An archive of so many files of one byte."""
    return archive((f"{number:06}", b".") for number in range(count))


def test_seventy_thousand_files_are_all_there():
    with zipfile.ZipFile(io.BytesIO(many(70_000))) as opened:
        assert len(opened.infolist()) == 70_000
        assert opened.read("069999") == b"."


@pytest.mark.parametrize(("count", "needed"), [(65_534, False), (65_535, True)])
def test_as_many_files_as_the_old_form_counts_need_no_new_one(count, needed):
    places = ((Entry("a", 0, 0), 0) for _ in range(count))
    assert (ZIP64_END in b"".join(central_directory(places, 0))) is needed


def test_the_locator_says_where_the_new_form_s_end_is():
    data = many(65_535)
    sign, _, at, disks = struct.unpack_from("<4sLQL", data, len(data) - 22 - 20)
    assert (sign, data[at : at + 4], disks) == (b"PK\6\7", ZIP64_END, 1)


def sparse(path, entries, last=b""):
    """Write an archive of files of nothing but zeros, as holes, and one more; return where each lies."""
    places = []
    with path.open("wb") as written:
        for one in entries:
            places.append((one, written.tell()))
            written.write(local_header(one))
            written.seek(one.size, io.SEEK_CUR)
        places.append((entry("last.json", last), written.tell()))
        written.write(local_header(places[-1][0]) + last)
        written.writelines(central_directory(places, written.tell()))
    return places


def test_what_lies_beyond_4_gib_is_found(tmp_path):
    said = b'{"status": "Succeeded"}'
    holes = [Entry(f"{number}.wav", FOUR_GIB // 4 + 5, 0) for number in range(5)]
    places = sparse(tmp_path / "results.zip", holes, said)
    assert places[-1][1] > FOUR_GIB
    with zipfile.ZipFile(tmp_path / "results.zip") as opened:
        assert [info.file_size for info in opened.infolist()] == [one.size for one, _ in places]
        assert [info.header_offset for info in opened.infolist()] == [at for _, at in places]
        assert [bool(info.extra) for info in opened.infolist()] == [at >= FOUR_GIB for _, at in places]
        assert opened.read("last.json") == said


def test_a_file_of_more_than_4_gib_has_its_size(tmp_path):
    long = Entry("0001.wav", FOUR_GIB + 7, 0)
    sparse(tmp_path / "results.zip", [long])
    with zipfile.ZipFile(tmp_path / "results.zip") as opened:
        first, second = opened.infolist()
        assert (first.file_size, first.compress_size) == (long.size, long.size)
        assert (first.extract_version, second.extract_version) == (45, 45)
        assert second.header_offset == len(local_header(long)) + long.size
        with opened.open("0001.wav") as data:
            assert data.read(10) == bytes(10)


@pytest.mark.skipif(not shutil.which("zipinfo"), reason="zipinfo is not installed")
def test_zipinfo_reads_sizes_and_places_beyond_4_gib(tmp_path):
    sparse(tmp_path / "results.zip", [Entry("0001.wav", FOUR_GIB + 7, 0)])
    told = subprocess.run(["zipinfo", "-l", "results.zip"], cwd=tmp_path, capture_output=True, timeout=20)
    assert told.returncode == 0, told.stderr
    assert str(FOUR_GIB + 7).encode() in told.stdout


@pytest.mark.parametrize("size", [FOUR_GIB - 2, FOUR_GIB - 1])
def test_the_new_form_begins_where_the_old_one_ends(size):
    """0xFFFFFFFF itself means 'look there', so it must be there."""
    needed = size == FOUR_GIB - 1
    one = Entry("a", size, 0)
    assert len(local_header(one)) == 30 + 1 + (20 if needed else 0)
    sized = b"".join(central_directory([(one, 0)], 1000))
    placed = b"".join(central_directory([(Entry("a", 1, 0), size)], 1000))
    assert len(sized) == 46 + 1 + (20 if needed else 0) + 22
    assert len(placed) == 46 + 1 + (12 if needed else 0) + 22
    assert (ZIP64_END in b"".join(central_directory([], size))) is needed


def test_a_directory_is_written_as_its_entries_come():
    """Ten thousand inputs' entries are never all in memory."""
    asked = []

    def entries():
        for number in range(3):
            asked.append(number)
            yield Entry("a", 0, 0), 0

    written = central_directory(entries(), 0)
    next(written)
    assert asked == [0]


def test_forty_thousand_entries_are_written_in_no_time():
    begun = monotonic()
    places = ((Entry(f"{number:05}.word.json", 1000, number), number * 2000) for number in range(40_000))
    assert sum(map(len, central_directory(places, 0))) > 0
    assert monotonic() - begun < 5
