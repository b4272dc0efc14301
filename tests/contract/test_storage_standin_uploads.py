"""The storage stand-in on the way up: resumable uploads, interrupted, and bodies as tools write them."""

import asyncio
import base64
import hashlib
import io
import json
import uuid

import google_crc32c
import pytest
import requests
from google.api_core.exceptions import PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage.exceptions import InvalidResponse

from dropcast_local.storage.refusals import Refusal
from dropcast_local.storage.related import Related
from standins import stand_in

KIB = 1024
GRAIN = 256 * KIB
CONTENT = bytes(range(256)) * 4 * 1024  # 1 MiB


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with stand_in("storage", "--data", str(tmp_path_factory.mktemp("storage"))) as announced:
        yield announced["endpoint"]


@pytest.fixture
def bucket(endpoint):
    client = storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": endpoint})
    return client.create_bucket(f"b-{uuid.uuid4()}")


@pytest.fixture
def start(endpoint, bucket):
    """Start a resumable upload; returns the address of its session."""

    def starting(name="large", headers=None, metadata=None, **query):
        answer = requests.post(
            f"{endpoint}/upload/storage/v1/b/{bucket.name}/o",
            params={"uploadType": "resumable", "name": name, **query},
            headers=headers,
            json=metadata,
            timeout=10,
        )
        answer.raise_for_status()
        return answer.headers["location"]

    return starting


def send(session, content_range, data=b"", **headers):
    headers = {"content-range": content_range, **headers} if content_range else headers
    return requests.put(session, data=data, headers=headers, timeout=10)


def md5(content):
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def state(answer):
    return answer.status_code, answer.headers.get("range")


# --- resumable uploads -----------------------------------------------------------------------------------


def test_an_upload_arrives_in_chunks(start, bucket):
    session = start(headers={"x-upload-content-type": "audio/wav"})
    assert state(send(session, "bytes */*")) == (308, None)
    assert state(send(session, f"bytes 0-{GRAIN - 1}/*", CONTENT[:GRAIN])) == (308, "bytes=0-262143")
    assert bucket.get_blob("large") is None
    assert state(send(session, f"bytes {GRAIN}-{3 * GRAIN - 1}/*", CONTENT[GRAIN : 3 * GRAIN])) == (
        308,
        "bytes=0-786431",
    )
    done = send(session, f"bytes {3 * GRAIN}-{len(CONTENT) - 1}/{len(CONTENT)}", CONTENT[3 * GRAIN :])
    assert done.status_code == 200
    assert done.json()["contentType"] == "audio/wav"
    assert done.json()["md5Hash"] == md5(CONTENT)
    assert bucket.blob("large").download_as_bytes() == CONTENT


def test_an_upload_whose_end_was_not_known_is_ended_without_bytes(start, bucket):
    session = start()
    send(session, f"bytes 0-{GRAIN - 1}/*", CONTENT[:GRAIN])
    assert state(send(session, f"bytes */{2 * GRAIN}")) == (308, "bytes=0-262143")
    assert send(session, f"bytes */{GRAIN}").json()["size"] == str(GRAIN)
    assert bucket.blob("large").download_as_bytes() == CONTENT[:GRAIN]


def test_an_empty_upload_is_an_object(start, bucket):
    assert send(start("empty"), "bytes */0").json()["size"] == "0"
    bucket.blob("empty by client").upload_from_file(io.BytesIO(b""))
    assert (
        bucket.blob("empty by client").download_as_bytes() == bucket.blob("empty").download_as_bytes() == b""
    )


def test_an_upload_may_come_in_one_body_without_a_range(start, bucket):
    assert send(start(), None, CONTENT).json()["size"] == str(len(CONTENT))
    assert bucket.blob("large").download_as_bytes() == CONTENT


def test_what_is_kept_of_a_chunk_is_a_multiple_of_256_kib(start):
    session = start()
    odd = GRAIN + 1000
    assert state(send(session, f"bytes 0-{odd - 1}/*", CONTENT[:odd])) == (308, "bytes=0-262143")
    rest = CONTENT[GRAIN:]
    done = send(session, f"bytes {GRAIN}-{len(CONTENT) - 1}/{len(CONTENT)}", rest)
    assert done.json()["crc32c"] == base64.b64encode(google_crc32c.Checksum(CONTENT).digest()).decode()


def test_a_chunk_whose_reply_was_lost_is_sent_again(start, bucket):
    session = start()
    for _ in range(2):
        assert state(send(session, f"bytes 0-{GRAIN - 1}/*", CONTENT[:GRAIN])) == (308, "bytes=0-262143")
    for _ in range(2):
        done = send(session, f"bytes {GRAIN}-{len(CONTENT) - 1}/{len(CONTENT)}", CONTENT[GRAIN:])
        assert done.status_code == 200
    generation = done.json()["generation"]
    asked = send(session, "bytes */*")
    assert (asked.status_code, asked.json()["generation"]) == (200, generation)
    assert bucket.get_blob("large").generation == int(generation)
    assert bucket.blob("large").download_as_bytes() == CONTENT


def test_a_chunk_from_too_far_ahead_is_not_taken(start):
    session = start()
    ahead = send(session, f"bytes {GRAIN}-{2 * GRAIN - 1}/*", CONTENT[:GRAIN])
    assert state(ahead) == (308, None)


@pytest.mark.parametrize("said", ["bytes 5-4/10", "bytes 0-5", "items 0-5/6", "bytes 0-9/*"])
def test_a_chunk_that_is_not_what_it_says_is_refused(start, bucket, said):
    assert send(start(), said, b"abcdef").status_code == 400
    assert bucket.get_blob("large") is None


def test_an_upload_is_as_long_as_was_announced(start, bucket):
    session = start(headers={"x-upload-content-length": "7"})
    assert send(session, "bytes 0-5/6", b"abcdef").status_code == 400
    assert bucket.get_blob("large") is None


def test_a_cancelled_upload_is_gone(start):
    session = start()
    send(session, f"bytes 0-{GRAIN - 1}/*", CONTENT[:GRAIN])
    assert requests.delete(session, timeout=10).status_code == 499
    assert send(session, "bytes */*").status_code == 404


def test_a_precondition_is_checked_when_an_upload_starts_and_again_when_it_ends(start, bucket):
    session = start(ifGenerationMatch=0)
    bucket.blob("large").upload_from_string("somebody was quicker")
    done = send(session, f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}", CONTENT)
    assert done.status_code == 412
    assert bucket.blob("large").download_as_bytes() == b"somebody was quicker"
    with pytest.raises(requests.HTTPError, match="412"):
        start(ifGenerationMatch=0)


def test_of_two_uploads_under_way_that_want_a_name_one_gets_it(start, bucket):
    first, second = start(ifGenerationMatch=0), start(ifGenerationMatch=0)
    assert send(second, "bytes 0-5/6", b"second").status_code == 200
    assert send(first, "bytes 0-4/5", b"first").status_code == 412
    assert bucket.blob("large").download_as_bytes() == b"second"


@pytest.mark.parametrize("size", [0, 100, GRAIN - 1, GRAIN, GRAIN + 1, 5 * GRAIN, 3_333_333])
def test_a_stream_of_unknown_length_is_written_by_the_client(bucket, size):
    content = (CONTENT * 4)[:size]
    with bucket.blob("streamed").open("wb", chunk_size=GRAIN, if_generation_match=0) as writer:
        for place in range(0, size, 100_000):
            writer.write(content[place : place + 100_000])
    assert bucket.blob("streamed").download_as_bytes() == content
    writer = bucket.blob("streamed").open("wb", chunk_size=GRAIN, if_generation_match=0)
    with pytest.raises(InvalidResponse, match="412"):
        writer.close()
    writer.terminate()


def test_a_large_file_is_uploaded_by_the_client(bucket):
    content = CONTENT * 12
    blob = bucket.blob("file", chunk_size=GRAIN * 7)
    blob.upload_from_file(io.BytesIO(content), size=len(content), if_generation_match=0)
    assert bucket.get_blob("file").md5_hash == md5(content)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_file(io.BytesIO(content), size=len(content), if_generation_match=0)


# --- bodies ----------------------------------------------------------------------------------------------


def test_bytes_that_are_not_what_their_sender_sent_are_refused(endpoint, bucket, start):
    address = f"{endpoint}/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=name"
    wrong = {"x-goog-hash": "crc32c=AAAAAA=="}
    assert requests.post(address, b"x", headers=wrong, timeout=10).status_code == 400
    assert send(start("name"), "bytes 0-0/1", b"x", **wrong).status_code == 400
    assert send(start("name", metadata={"md5Hash": "AAAA"}), "bytes 0-0/1", b"x").status_code == 400
    assert bucket.get_blob("name") is None


@pytest.mark.parametrize("kind", ["", "unknown"])
def test_an_upload_of_no_known_kind_is_refused(endpoint, bucket, kind):
    address = f"{endpoint}/upload/storage/v1/b/{bucket.name}/o?name=x&uploadType={kind}"
    assert requests.post(address, b"x", timeout=10).status_code == 400


@pytest.mark.parametrize("metadata", [b"{", b"[]", b"[" * 100_000, b"\xff", b'{"name": "x", "metadata": 7}'])
def test_metadata_that_makes_no_sense_is_refused(endpoint, bucket, metadata):
    address = f"{endpoint}/upload/storage/v1/b/{bucket.name}/o?uploadType=resumable&name=x"
    assert requests.post(address, metadata, timeout=10).status_code == 400


def read_related(content_type, body, piece):
    """What comes out of a multipart body that arrives in pieces."""

    async def chunks():
        for place in range(0, len(body), piece):
            yield body[place : place + piece]

    async def read():
        related = Related(content_type, chunks())
        metadata = await related.metadata()
        return metadata, b"".join([part async for part in related.media()])

    return asyncio.run(read())


def related_body(media, line_end, boundary="==x==", head="Content-Type: text/x"):
    metadata = json.dumps({"name": "n"})
    lines = [f"--{boundary}", "Content-Type: application/json", "", metadata, f"--{boundary}", head, "", ""]
    return line_end.join(lines).encode() + media + line_end.encode() + f"--{boundary}--".encode()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, 10_000])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
@pytest.mark.parametrize(
    "media", [b"", b"\r\n", b"--==x==", b"\r\n--==x", b"\r" * 3, b"--\r\n\n\r\n--=", b"m" * 999]
)
def test_a_multipart_body_is_read_whatever_it_holds_and_however_it_arrives(piece, line_end, media):
    body = related_body(media, line_end)
    metadata, read = read_related('multipart/related; boundary="==x=="', body, piece)
    assert (metadata, read) == ({"contentType": "text/x", "name": "n"}, media)


@pytest.mark.parametrize(
    "content_type", ["multipart/related; boundary='b'", "Multipart/Related; a=1; boundary=b"]
)
def test_a_boundary_is_read_as_every_client_writes_it(content_type):
    assert read_related(content_type, related_body(b"media", "\r\n", "b"), 5)[1] == b"media"


@pytest.mark.parametrize("cut", [0, 5, 40, 80, -5])
def test_a_multipart_body_that_ends_early_is_refused(cut):
    with pytest.raises(Refusal):
        read_related("multipart/related; boundary===x==", related_body(b"media", "\r\n")[:cut], 1000)


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "multipart/related", "multipart/related; boundary="]
)
def test_a_multipart_body_needs_a_boundary(content_type):
    with pytest.raises(Refusal):
        read_related(content_type, b"", 1)
