"""The parts of the storage stand-in that no process is needed for: listing, partial responses, the index."""

import sqlite3
import string
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast_local.storage import listing, partial
from dropcast_local.storage.index import Event, Index
from dropcast_local.storage.refusals import Refusal
from dropcast_local.storage.resources import StoredObject, etag

NAMES = st.text(st.sampled_from("ab/\0\ud7ff\ue000\U0010ffff"), min_size=1, max_size=5)
SAMPLE = StoredObject("bucket", "", 1, 1, 1, 0, "blob", "AAAAAA==", None, None, {})


def expected(names, prefix, delimiter):
    """Items and prefixes in one order, as the documentation describes them."""
    found = {}
    for name in sorted(names, key=str.encode):
        if name.startswith(prefix):
            cut = name.find(delimiter, len(prefix)) if delimiter else -1
            found[name if cut < 0 else name[: cut + len(delimiter)] + " (prefix)"] = None
    return list(found)


def pages(index, **query):
    token = ""
    while True:
        page = listing.page(index, listing.query_of("bucket", {**query, "pageToken": token}))
        yield page
        if page.next_start is None:
            return
        token = listing.token(page.next_start)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = Index(tmp_path_factory.mktemp("index") / "index.sqlite")
    yield index
    index.close()


@given(
    st.sets(NAMES, max_size=12),
    st.one_of(st.just(""), NAMES),
    st.sampled_from(["", "/", "a", "//"]),
    st.integers(1, 13),
)
def test_pages_hold_all_that_is_there_once(index, names, prefix, delimiter, size):
    for stored in list(index.objects("bucket", "", "\U0010ffff" * 257, 1000)):
        index.remove_object(stored)
    for name in names:
        index.put_object(replace(SAMPLE, name=name))
    found = []
    for page in pages(index, prefix=prefix, delimiter=delimiter, maxResults=str(size)):
        on_page = [item.name for item in page.items] + [f"{name} (prefix)" for name in page.prefixes]
        assert len(on_page) == size or page.next_start is None
        found += on_page
    assert sorted(found) == sorted(expected(names, prefix, delimiter))
    assert len(found) == len(set(found))


def test_an_object_is_not_there_without_the_events_it_owes(index):
    unwritable = Event("topic", {}, object())
    with pytest.raises(sqlite3.Error):
        index.put_object(replace(SAMPLE, name="name"), [Event("topic", {}, b""), unwritable])
    assert index.object("bucket", "name") is None
    assert index.topics_waited_for() == []


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ("a", {"a": 1}),
        ("a,b", {"a": 1, "b": {"c": 2, "d": [{"e": 3, "f": 4}]}}),
        ("b/c", {"b": {"c": 2}}),
        ("b(c,d/e),a", {"a": 1, "b": {"c": 2, "d": [{"e": 3}]}}),
        ("b(d(f))", {"b": {"d": [{"f": 4}]}}),
        ("*", {"a": 1, "b": {"c": 2, "d": [{"e": 3, "f": 4}]}}),
        ("b/*", {"b": {"c": 2, "d": [{"e": 3, "f": 4}]}}),
        ("missing,a", {"a": 1}),
    ],
)
def test_a_partial_response_holds_the_fields_asked_for(fields, left):
    whole = {"a": 1, "b": {"c": 2, "d": [{"e": 3, "f": 4}]}}
    assert partial.project(whole, partial.parsed(fields)) == left


@pytest.mark.parametrize("fields", ["a(b", "a)b", "((", "a,b)"])
def test_a_selection_of_fields_that_makes_no_sense_is_refused(fields):
    with pytest.raises(Refusal):
        partial.parsed(fields)


@given(st.text(string.punctuation + "ab", max_size=30))
def test_any_selection_of_fields_is_read_or_refused(fields):
    with suppress(Refusal):
        partial.project({"a": [1]}, partial.parsed(quote(fields, safe="(),/*")))


def test_an_etag_changes_with_the_object_and_with_its_metadata():
    assert len({etag(1, 1), etag(1, 2), etag(11, 1), etag(1, 11)}) == 4
