"""A job is one generation of one object: the same at every delivery, another for every other upload."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload

UPLOAD = Upload("uploads", "shows/Deep Seek: café.json", 1763650000000001)


def test_a_jobs_name_never_changes_from_one_release_to_the_next():
    # Were it to change, every job under way would be begun anew beside its old self.
    assert UPLOAD.job == "shows-deep-seek-caf-1763650000000001-fedc23e6532b"


@pytest.mark.parametrize(
    "other",
    [
        replace(UPLOAD, bucket="elsewhere"),
        replace(UPLOAD, name="shows/Deep Seek: café.JSON"),
        replace(UPLOAD, name="shows/Deep-Seek: café.json"),
        replace(UPLOAD, generation=UPLOAD.generation + 1),
    ],
    ids=["bucket", "case of the name", "a sign that the name leaves out", "generation"],
)
def test_another_upload_is_another_job(other):
    assert other.job != UPLOAD.job


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 2**63))
def test_whatever_an_object_is_called_its_job_can_stand_in_object_names_and_logs(name, generation):
    job = Upload("uploads", name, generation).job
    assert re.fullmatch(rf"[a-z0-9]([a-z0-9-]*[a-z0-9])?-{generation}-[0-9a-f]{{12}}", job)
    assert len(job) < 80


@pytest.mark.parametrize("name", ["日本.json", "", ".json", "---.json", "/"])
def test_a_name_without_a_readable_word_is_called_script(name):
    assert Upload("uploads", name, 7).job.startswith("script-7-")


def test_of_a_long_name_the_end_is_repeated_where_episodes_differ():
    name = "a/very/long/path/that/all/episodes/of/this/show/share/episode-12.json"
    assert "share-episode-12-7-" in Upload("uploads", name, 7).job
