"""A job as the command line follows it: its lines, then the parts that its episode is rendered in."""

from pathlib import Path

import pytest

from dropcast.gateways.gcs import GcsObjectStore
from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.part import Coding
from dropcast.publishing.layout import Layout, PlacedPart, encode_layout
from dropcast.publishing.tags import Tags
from dropcast_local.commands.render import step
from dropcast_local.jobs import Job, Watch
from dropcast_local.place import Place
from dropcast_local.progress import Step
from dropcast_local.submission import Submission

UPLOAD = Upload("uploads", "talk.json", 7)
TWO_PARTS = Layout(
    upload=UPLOAD,
    settled="s",
    samples=200,
    sample_rate_hertz=24_000,
    sounds=(),
    texts=(),
    codings=(Coding("mp3", 24_000, 96),),
    parts=(PlacedPart(0, 100, ("first",)), PlacedPart(1, 100, ("second",))),
    tags=Tags("talk", (), None, "en-US", "", (), 200, 24_000),
    loudness={},
)


@pytest.fixture
def place(new_bucket):
    return Place(new_bucket(), new_bucket(), new_bucket())


def test_lines_are_counted_then_parts_and_each_is_a_change(place):
    jobs = GcsObjectStore(place.jobs)
    watch = Watch(Job(Submission(Path("talk.json"), "talk.json", b"[]"), UPLOAD, (1, 1)), place)
    block = Block(UPLOAD.job, 0, 2)

    def after(name, data=b"x"):
        jobs.create(name, data)
        assert watch.look(), name
        assert not watch.look(), name
        return step([watch], place)

    assert after(names.outcome(block, 1)) == Step("talk.json", "lines", 1, 2)
    assert after(names.outcome(block, 0)) == Step("talk.json", "lines", 2, 2)
    settled = after(names.layout(UPLOAD.job), encode_layout(TWO_PARTS))
    assert settled == Step("talk.json: rendering", "parts", 0, 2)
    rendered = after(names.part(UPLOAD.job, "second", "mp3"))
    assert rendered == Step("talk.json: rendering", "parts", 1, 2)
    assert after(names.part(UPLOAD.job, "first", "mp3")) == Step("talk.json: joining", "parts", 2, 2)
