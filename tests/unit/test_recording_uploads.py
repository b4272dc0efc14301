"""Recordings in the uploads bucket of a storage stand-in, as the command line puts them there."""

import pytest

from dropcast_local.recording_uploads import UploadedRecordings, is_same
from dropcast_local.recordings import read_recording

SOUND = b"RIFF" + (16).to_bytes(4, "little") + b"WAVEdata" + (4).to_bytes(4, "little") + b"abcd"


@pytest.fixture
def uploads(new_bucket):
    return new_bucket()


@pytest.fixture
def recorded(tmp_path):
    def write(name, content=SOUND):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return read_recording(path)

    return write


def provide(uploads, **files):
    said = []
    uploaded = UploadedRecordings(files, uploads)
    uploaded.provide(files, said.append)
    return uploaded, said


def test_what_the_bucket_lacks_or_has_otherwise_is_uploaded_and_told(uploads, recorded):
    one, two = recorded("one.wav"), recorded("deep/two.wav", SOUND + b"2")
    _, said = provide(uploads, one=one, two=two)
    assert said == [
        f"{one.path}: uploading it to gs://{uploads.name}/one (0.0 MB)",
        f"{two.path}: uploading it to gs://{uploads.name}/two (0.0 MB)",
    ]
    assert uploads.blob("two").download_as_bytes() == SOUND + b"2"
    _, said = provide(uploads, one=recorded("one.wav", SOUND + b"1"), two=two)
    assert said == [
        f"{one.path}: uploading it to gs://{uploads.name}/one (0.0 MB), in place of another version"
    ]


def test_what_is_only_in_the_bucket_is_left_alone_unless_it_is_to_be_removed(uploads, recorded):
    for name in ("one", "two", "mine"):
        uploads.blob(name).upload_from_string(SOUND)
    uploaded = UploadedRecordings(["one", "two", "three"], uploads)
    uploaded.provide({"one": recorded("one.wav")}, print)
    assert set(uploaded.names) == {"one", "two"}
    uploaded.remove(["two", "three"])
    assert set(uploaded.names) == {"one"}
    assert {blob.name for blob in uploads.list_blobs()} == {"one", "mine"}


def test_the_newest_is_the_one_that_was_uploaded_last(uploads, recorded):
    one, two = recorded("one.wav"), recorded("two.wav")
    provide(uploads, one=one)
    uploaded, _ = provide(uploads, one=one, two=two)
    times = {name: uploads.get_blob(name).time_created for name in ("one", "two")}
    assert uploaded.newest({"one", "two", "three"}) == times["two"]
    assert uploaded.newest({"one"}) == times["one"]
    assert uploaded.newest(set()) is None


def test_an_object_that_was_composed_is_known_by_its_content_too(uploads, recorded):
    for name, content in (("a", SOUND[:10]), ("b", SOUND[10:])):
        uploads.blob(name).upload_from_string(content)
    uploads.blob("one").compose([uploads.blob("a"), uploads.blob("b")])
    composed = uploads.get_blob("one")
    assert composed.md5_hash is None
    assert is_same(composed, recorded("one.wav"))
    assert not is_same(composed, recorded("two.wav", SOUND[:-1] + b"x"))
