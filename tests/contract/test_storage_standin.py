"""The storage stand-in as google-cloud-storage uses it: generations, metadata, names, copies, listings."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from google.api_core.exceptions import (
    BadRequest,
    Conflict,
    NotFound,
    PreconditionFailed,
    from_http_response,
)
from google.cloud.storage.exceptions import InvalidResponse


@pytest.fixture
def other_bucket(client):
    return client.create_bucket(f"o-{uuid.uuid4()}")


def put(bucket, name, content=b"content", **options):
    blob = bucket.blob(name)
    blob.upload_from_string(content, **options)
    return blob


def stream(bucket, name, content=b"content", **options):
    writer = bucket.blob(name).open("wb", **options)
    try:
        writer.write(content)
        writer.close()
    except InvalidResponse as error:
        # BlobWriter does not translate what the other calls do, and tries again when it is collected.
        writer.terminate()
        raise from_http_response(error.response) from None


def paste(bucket, name, **options):
    bucket.blob(name).rewrite(bucket.get_blob("source"), **options)


def join(bucket, name, **options):
    bucket.blob(name).compose([bucket.blob("source")], **options)


def duplicate(bucket, name, **options):
    bucket.copy_blob(bucket.get_blob("source"), bucket, name, **options)


every_way_to_write = pytest.mark.parametrize("write", [put, stream, paste, join, duplicate])


# --- preconditions ---------------------------------------------------------------------------------------


@every_way_to_write
def test_a_taken_name_is_not_written_when_it_must_be_absent(bucket, write):
    put(bucket, "source", b"new")
    put(bucket, "taken", b"old")
    with pytest.raises(PreconditionFailed):
        write(bucket, "taken", if_generation_match=0)
    assert bucket.blob("taken").download_as_bytes() == b"old"


@every_way_to_write
def test_a_name_that_is_absent_is_written_when_it_must_be(bucket, write):
    put(bucket, "source")
    write(bucket, "new", if_generation_match=0)
    assert bucket.blob("new").download_as_bytes() == b"content"


@every_way_to_write
def test_only_the_generation_that_is_live_is_replaced(bucket, write):
    put(bucket, "source", b"new")
    first = put(bucket, "name", b"first").generation
    second = put(bucket, "name", b"second").generation
    assert second > first
    with pytest.raises(PreconditionFailed):
        write(bucket, "name", if_generation_match=first)
    write(bucket, "name", if_generation_match=second)
    assert bucket.get_blob("name").generation > second


@every_way_to_write
def test_a_generation_cannot_be_replaced_where_nothing_is(bucket, write):
    put(bucket, "source")
    with pytest.raises(PreconditionFailed):
        write(bucket, "absent", if_generation_match=12345)
    assert bucket.get_blob("absent") is None


def test_a_write_can_demand_that_something_else_is_live(bucket):
    generation = put(bucket, "name").generation
    with pytest.raises(PreconditionFailed):
        put(bucket, "name", if_generation_not_match=generation)
    put(bucket, "name", if_generation_not_match=generation + 1)


def test_metageneration_is_a_precondition_too(bucket):
    blob = put(bucket, "name")
    blob.content_type = "text/html"
    blob.patch(if_metageneration_match=1)
    assert blob.metageneration == 2
    with pytest.raises(PreconditionFailed):
        blob.patch(if_metageneration_match=1)
    with pytest.raises(PreconditionFailed):
        put(bucket, "name", if_metageneration_match=1)
    with pytest.raises(PreconditionFailed):
        blob.delete(if_metageneration_match=1)


def test_a_delete_takes_only_the_generation_it_names(bucket):
    old = put(bucket, "name").generation
    new = put(bucket, "name").generation
    with pytest.raises(PreconditionFailed):
        bucket.blob("name").delete(if_generation_match=old)
    with pytest.raises(NotFound):
        bucket.blob("name", generation=old).delete()
    bucket.blob("name").delete(if_generation_match=new)
    with pytest.raises(NotFound):
        bucket.blob("name").delete()


def test_a_copy_can_demand_what_its_source_is(bucket):
    generation = put(bucket, "source").generation
    with pytest.raises(PreconditionFailed):
        paste(bucket, "copy", if_source_generation_match=generation + 1)
    paste(bucket, "copy", if_source_generation_match=generation)


def test_a_compose_can_demand_what_its_sources_are(bucket):
    sources = [put(bucket, "a"), put(bucket, "b")]
    wrong = [sources[0].generation, sources[1].generation + 1]
    with pytest.raises(PreconditionFailed):
        bucket.blob("ab").compose(sources, if_source_generation_match=wrong)
    bucket.blob("ab").compose(sources, if_source_generation_match=[blob.generation for blob in sources])


def test_a_reader_of_what_it_already_has_is_told_so(bucket, endpoint):
    generation = put(bucket, "name").generation
    address = f"{endpoint}/storage/v1/b/{bucket.name}/o/name"
    for media in ({}, {"alt": "media"}):
        had = requests.get(address, {"ifGenerationNotMatch": generation, **media}, timeout=10)
        assert (had.status_code, had.content) == (304, b"")
        wrong = requests.get(address, {"ifGenerationMatch": generation - 1, **media}, timeout=10)
        assert wrong.status_code == 412
        assert (
            requests.get(address, {"ifGenerationMatch": generation, **media}, timeout=10).status_code == 200
        )


def test_of_twenty_who_create_one_name_at_once_one_wins(bucket):
    start = threading.Barrier(20)

    def create(number):
        start.wait()
        try:
            put(bucket, "prize", b"%d" % number, if_generation_match=0)
        except PreconditionFailed:
            return None
        return b"%d" % number

    with ThreadPoolExecutor(20) as pool:
        winners = [outcome for outcome in pool.map(create, range(20)) if outcome is not None]
    assert [bucket.blob("prize").download_as_bytes()] == winners


def test_an_error_is_in_googles_envelope(bucket, endpoint):
    put(bucket, "name")
    answer = requests.post(
        f"{endpoint}/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=name&ifGenerationMatch=0",
        data=b"x",
        timeout=10,
    )
    error = answer.json()["error"]
    assert answer.status_code == error["code"] == 412
    assert error["errors"][0]["reason"] == "conditionNotMet"


@pytest.mark.parametrize("value", ["abc", "", "1.5"])
def test_a_precondition_that_is_no_number_is_refused(bucket, endpoint, value):
    address = f"{endpoint}/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=name"
    assert requests.post(f"{address}&ifGenerationMatch={value}", data=b"x", timeout=10).status_code == 400
    assert bucket.get_blob("name") is None


# --- objects and their metadata --------------------------------------------------------------------------


def test_what_an_object_is_said_to_be_is_right(bucket):
    blob = bucket.blob("folder/héllo wörld.txt")
    blob.metadata = {"job": "7", "ключ": "значение"}
    blob.cache_control, blob.content_disposition = "no-store", 'attachment; filename="x"'
    blob.content_language = "fr"
    blob.upload_from_string(b"hello", content_type="text/x-hello")
    known = bucket.get_blob(blob.name)
    assert (known.size, known.md5_hash, known.crc32c) == (5, "XUFAKrxLKna5cZ2REBfFkg==", "mnG7TA==")
    assert known.metadata == {"job": "7", "ключ": "значение"}
    assert (known.content_type, known.content_language) == ("text/x-hello", "fr")
    assert (known.cache_control, known.content_disposition) == ("no-store", 'attachment; filename="x"')
    assert known.metageneration == 1
    assert known.component_count is None
    assert known.time_created == known.updated
    assert known.time_created.timestamp() == pytest.approx(known.generation / 1e6, abs=0.001)
    assert known.etag


def test_content_that_is_stored_compressed_is_said_to_be(bucket):
    blob = bucket.blob("zipped")
    blob.content_encoding = "gzip"
    blob.upload_from_string(b"\x1f\x8b raw bytes, not really zipped")
    assert bucket.blob("zipped").download_as_bytes(raw_download=True).endswith(b"not really zipped")
    assert bucket.get_blob("zipped").content_encoding == "gzip"


def test_metadata_is_changed_key_by_key(bucket):
    blob = bucket.blob("name")
    blob.metadata = {"kept": "1", "gone": "2"}
    blob.upload_from_string(b"x", content_type="text/plain")
    generation = blob.generation
    blob.metadata = {"gone": None, "new": "3"}
    blob.patch()
    known = bucket.get_blob("name")
    assert known.metadata == {"kept": "1", "new": "3"}
    assert (known.content_type, known.metageneration, known.generation) == ("text/plain", 2, generation)


def test_an_update_replaces_all_metadata(bucket):
    blob = bucket.blob("name")
    blob.metadata, blob.cache_control = {"gone": "1"}, "no-store"
    blob.upload_from_string(b"x", content_type="text/plain")
    fresh = bucket.blob("name")
    fresh.content_type = "text/html"
    fresh.update()
    known = bucket.get_blob("name")
    assert (known.content_type, known.metadata, known.cache_control) == ("text/html", None, None)


def test_a_header_cannot_be_smuggled_in_by_metadata(bucket):
    blob = bucket.blob("name")
    blob.content_disposition = "a\r\nSet-Cookie: b"
    with pytest.raises(BadRequest):
        blob.upload_from_string(b"x")


def test_a_generation_that_is_not_live_is_not_found(bucket):
    old = put(bucket, "name", b"old").generation
    put(bucket, "name", b"new")
    for read in (
        bucket.blob("name", generation=old).reload,
        bucket.blob("name", generation=old).download_as_bytes,
    ):
        with pytest.raises(NotFound):
            read()


def test_what_does_not_exist_is_not_found(client, bucket):
    missing = client.bucket("no-such-bucket")
    for request in (
        bucket.blob("absent").reload,
        bucket.blob("absent").download_as_bytes,
        bucket.blob("absent").delete,
        missing.reload,
        missing.blob("x").reload,
        lambda: put(missing, "x"),
        lambda: stream(missing, "x"),
        lambda: list(missing.list_blobs()),
    ):
        with pytest.raises(NotFound):
            request()


@pytest.mark.parametrize(
    ("wanted", "status", "said", "content"),
    [
        (None, 200, None, b"0123456789"),
        ("bytes=0-3", 206, "bytes 0-3/10", b"0123"),
        ("bytes=4-", 206, "bytes 4-9/10", b"456789"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=-99", 206, "bytes 0-9/10", b"0123456789"),
        ("bytes=8-99", 206, "bytes 8-9/10", b"89"),
        ("bytes=10-", 416, "bytes */10", b""),
        ("bytes=5-4", 200, None, b"0123456789"),
        ("bytes=0-1,3-4", 200, None, b"0123456789"),
        ("lines=1-2", 200, None, b"0123456789"),
    ],
)
def test_a_range_is_what_http_says_it_is(bucket, endpoint, wanted, status, said, content):
    put(bucket, "digits", b"0123456789")
    answer = requests.get(
        f"{endpoint}/download/storage/v1/b/{bucket.name}/o/digits?alt=media",
        headers={"Range": wanted} if wanted else {},
        timeout=10,
    )
    assert (answer.status_code, answer.headers.get("content-range"), answer.content) == (
        status,
        said,
        content,
    )


def test_parts_of_an_object_are_read_by_the_client(bucket):
    content = bytes(range(256)) * 4096
    put(bucket, "large", content)
    assert bucket.blob("large").download_as_bytes(start=1000, end=1999) == content[1000:2000]
    with bucket.blob("large", chunk_size=256 * 1024).open("rb") as reader:
        reader.seek(700_000)
        assert reader.read() == content[700_000:]


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_bytes_come_back_as_they_went(bucket, size):
    content = bytes(number % 251 for number in range(1000)) * (size // 1000) if size > 1 else b"x" * size
    put(bucket, "bytes", content)
    assert bucket.blob("bytes").download_as_bytes() == content


# --- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd", "/absolute", "a//b", "a/./b", "a/..", "...", "%2e%2e%2f", "a%00b", "-rf",
        "a?b=c&d#e", "a b+c", "quo'te\"s", "tab\tbed", "nul\0byte", "compose", "o/b/o/x/rewriteTo/b/y/o/z",
        "Ünï/çødé", "日本語", "👩‍👩‍👧", "\U0010ffff", "\ufeffbom", "e\u0301, \u00e9", "x" * 1024,
        "é" * 512,
    ],
)  # fmt: skip
def test_any_name_holds_an_object_and_nothing_else(bucket, data, name):
    put(bucket, name, name.encode())
    put(bucket, "neighbour", b"untouched")
    assert bucket.blob(name).download_as_bytes() == name.encode()
    assert [blob.name for blob in bucket.list_blobs()] == sorted([name, "neighbour"])
    assert [blob.name for blob in bucket.list_blobs(prefix=name)] == [name]
    bucket.blob("copy").rewrite(bucket.get_blob(name))
    bucket.blob(name).delete()
    assert sorted(blob.name for blob in bucket.list_blobs()) == ["copy", "neighbour"]
    files = [path for path in data.rglob("*") if path.is_file() and path.parent != data]
    assert all(path.parent.parent == data / "blobs" and len(path.name) == 32 for path in files)


@pytest.mark.parametrize("name", [".", "..", "line\nbreak", "return\r", "x" * 1025, "é" * 513])
def test_a_name_that_cloud_storage_does_not_take_is_refused(bucket, name):
    for write in (put, stream):
        with pytest.raises(BadRequest):
            write(bucket, name)
    assert list(bucket.list_blobs()) == []


def test_a_path_that_is_no_utf_8_is_refused(bucket, endpoint):
    path = f"{endpoint}/storage/v1/b/{bucket.name}/o/%ff%fe"
    for method in ("GET", "DELETE", "PATCH"):
        assert requests.request(method, path, timeout=10).status_code == 400


@pytest.mark.parametrize("name", ["ab", "UPPER", "sp ace", "../up", "a/b", "-start", "x" * 223])
def test_a_bucket_is_named_as_cloud_storage_demands(endpoint, name):
    answer = requests.post(f"{endpoint}/storage/v1/b?project=test", json={"name": name}, timeout=10)
    assert answer.status_code == 400


# --- copies and compositions -----------------------------------------------------------------------------


def source_with_metadata(bucket):
    blob = bucket.blob("source")
    blob.metadata, blob.cache_control = {"a": "1"}, "no-store"
    blob.upload_from_string(b"copied", content_type="text/plain")
    return blob


def test_a_rewrite_to_another_bucket_keeps_bytes_and_metadata(bucket, other_bucket):
    source = source_with_metadata(bucket)
    copy = other_bucket.blob("copy")
    token, rewritten, total = copy.rewrite(source)
    assert (token, rewritten, total) == (None, 6, 6)
    known = other_bucket.get_blob("copy")
    assert known.download_as_bytes() == b"copied"
    assert (known.metadata, known.cache_control, known.content_type) == ({"a": "1"}, "no-store", "text/plain")
    assert (known.md5_hash, known.metageneration) == (source.md5_hash, 1)
    assert known.generation > source.generation


def test_a_rewrite_with_metadata_of_its_own_keeps_none_of_the_sources(bucket, other_bucket):
    source = source_with_metadata(bucket)
    copy = other_bucket.blob("copy")
    copy.content_type, copy.metadata = "audio/mpeg", {"b": "2"}
    copy.rewrite(source)
    known = other_bucket.get_blob("copy")
    assert (known.metadata, known.cache_control, known.content_type) == ({"b": "2"}, None, "audio/mpeg")


def test_a_copy_outlives_its_source(bucket):
    put(bucket, "source", b"bytes")
    duplicate(bucket, "copy")
    bucket.blob("source").delete()
    assert bucket.blob("copy").download_as_bytes() == b"bytes"
    paste_onto_itself = bucket.get_blob("copy")
    paste_onto_itself.rewrite(bucket.get_blob("copy"))
    assert bucket.blob("copy").download_as_bytes() == b"bytes"


def test_a_copy_of_what_is_missing_writes_nothing(bucket):
    with pytest.raises(NotFound, match="absent"):
        bucket.blob("copy").rewrite(bucket.blob("absent"))
    assert list(bucket.list_blobs()) == []


def test_a_composition_is_its_sources_one_after_the_other(bucket):
    a, b = put(bucket, "a", b"one "), put(bucket, "b", b"two ")
    joined = bucket.blob("joined")
    joined.content_type = "text/plain"
    joined.compose([a, b, a])
    known = bucket.get_blob("joined")
    assert known.download_as_bytes() == b"one two one "
    assert (known.component_count, known.md5_hash, known.content_type) == (3, None, "text/plain")
    known.compose([known, b])
    assert bucket.get_blob("joined").component_count == 4
    assert bucket.blob("joined").download_as_bytes() == b"one two one two "


def test_the_checksum_of_a_large_composition_is_that_of_its_bytes(bucket):
    part = put(bucket, "part", bytes(range(256)) * 8192)
    bucket.blob("joined").compose([part] * 5)
    joined, again = bucket.get_blob("joined"), put(bucket, "again", part.download_as_bytes() * 5)
    assert (joined.size, joined.crc32c) == (again.size, again.crc32c)


def test_a_composition_of_something_missing_names_it_and_writes_nothing(bucket):
    with pytest.raises(NotFound, match="absent"):
        bucket.blob("joined").compose([put(bucket, "a"), bucket.blob("absent")])
    assert bucket.get_blob("joined") is None


def test_a_composition_has_between_one_and_thirty_two_sources(bucket):
    part = put(bucket, "part", b"x")
    for sources in ([], [part] * 33):
        with pytest.raises(BadRequest):
            bucket.blob("joined").compose(sources)
    bucket.blob("joined").compose([part] * 32)
    assert bucket.blob("joined").download_as_bytes() == b"x" * 32


# --- buckets and listings --------------------------------------------------------------------------------


def test_a_bucket_is_created_once_and_found(client, endpoint):
    name = f"b-{uuid.uuid4()}"
    assert not client.bucket(name).exists()
    client.create_bucket(name, location="europe-west2")
    assert client.get_bucket(name).location.lower() == "europe-west2"
    assert name in {bucket.name for bucket in client.list_buckets(prefix="b-", page_size=1)}
    with pytest.raises(Conflict):
        client.create_bucket(name)


def test_only_an_empty_bucket_is_deleted(client, bucket):
    put(bucket, "in the way")
    with pytest.raises(Conflict):
        bucket.delete()
    bucket.blob("in the way").delete()
    bucket.delete()
    assert not client.bucket(bucket.name).exists()


def test_what_a_bucket_is_like_can_be_changed(client, bucket):
    bucket.labels = {"made-by": "test"}
    bucket.patch()
    known = client.get_bucket(bucket.name)
    assert (known.labels, known.metageneration) == ({"made-by": "test"}, 2)
    with pytest.raises(PreconditionFailed):
        bucket.delete(if_metageneration_match=1)


def test_pages_hold_every_name_once_in_the_order_of_its_utf_8(bucket):
    names = [
        "\U0001f600",
        "a",
        "a\0",
        "a/",
        "a/b",
        "a0",
        "Z",
        "é",
        "\uffff",
        "中/文",
        "\ud7ff",
        "\U0010ffff" * 3,
        "z",
    ]
    for name in names:
        put(bucket, name)
    for page_size in (1, 2, 5, 13, 14):
        pages = list(bucket.list_blobs(page_size=page_size).pages)
        found = [blob.name for page in pages for blob in page]
        assert found == sorted(names, key=str.encode)
        assert len(pages) == -(-len(names) // page_size)


def test_a_delimiter_folds_names_into_prefixes(bucket):
    for name in ("top", "a/1", "a/2", "a/b/3", "c/4"):
        put(bucket, name)
    listing = bucket.list_blobs(delimiter="/", page_size=1)
    assert [blob.name for blob in listing] == ["top"]
    assert listing.prefixes == {"a/", "c/"}
    listing = bucket.list_blobs(prefix="a/", delimiter="/")
    assert [blob.name for blob in listing] == ["a/1", "a/2"]
    assert listing.prefixes == {"a/b/"}


def test_a_listing_can_start_and_end_anywhere(bucket):
    for name in "abcdef":
        put(bucket, name)
    assert [blob.name for blob in bucket.list_blobs(start_offset="b", end_offset="e")] == ["b", "c", "d"]
    assert [blob.name for blob in bucket.list_blobs(max_results=2)] == ["a", "b"]


def test_a_listing_holds_only_the_fields_asked_for(bucket, endpoint):
    put(bucket, "a")
    put(bucket, "b")
    answer = requests.get(
        f"{endpoint}/storage/v1/b/{bucket.name}/o?maxResults=1&fields=items(name,size),nextPageToken",
        timeout=10,
    ).json()
    assert set(answer) == {"items", "nextPageToken"}
    assert answer["items"] == [{"name": "a", "size": "7"}]
    assert [blob.name for blob in bucket.list_blobs(fields="items/name,nextPageToken")] == ["a", "b"]


def test_a_listing_that_would_be_answered_wrongly_is_refused(bucket):
    for options in ({"match_glob": "a*"}, {"soft_deleted": True}):
        with pytest.raises(BadRequest, match="not supported"):
            list(bucket.list_blobs(**options))


def test_a_page_token_of_nobodys_making_is_refused(bucket):
    for token in ("x", "é", "////"):
        with pytest.raises(BadRequest):
            list(bucket.list_blobs(page_token=token))
