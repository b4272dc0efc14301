"""One suite over the fake and the real gateway: what every stage relies on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dropcast.ports import DestinationRefused, ObjectMissing, Stored


def test_create_stores_the_bytes(object_store):
    assert object_store.create("a/1", b"first") is True
    assert object_store.read("a/1") == b"first"


def test_create_never_replaces(object_store):
    object_store.create("a/1", b"first")
    assert object_store.create("a/1", b"second") is False
    assert object_store.read("a/1") == b"first"


def test_one_of_many_that_race_for_a_name_wins(object_store):
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda taker: object_store.create("race", b"%d" % taker), range(8)))
    assert won.count(True) == 1
    assert object_store.read("race") == b"%d" % won.index(True)


def test_create_from_stores_chunks_of_any_size_one_after_the_other(object_store):
    chunks = [b"", b"x" * 700_000, b"y", b"z" * 1_500_000]
    assert object_store.create_from("long", iter(chunks)) is True
    assert object_store.read("long") == b"".join(chunks)


def test_create_from_never_replaces(object_store):
    object_store.create("long", b"first")
    assert object_store.create_from("long", iter([b"x" * 3_000_000])) is False
    assert object_store.read("long") == b"first"


def test_nothing_is_visible_of_chunks_that_broke_off(object_store):
    def breaking():
        yield b"x" * 3_000_000
        raise ConnectionAbortedError("in the middle")

    with pytest.raises(ConnectionAbortedError):
        object_store.create_from("long", breaking())
    assert object_store.sizes("") == {}


def test_create_from_of_no_bytes_is_an_empty_object(object_store):
    assert object_store.create_from("empty", iter([])) is True
    assert object_store.read("empty") == b""


def test_copy_is_create_if_absent(object_store):
    object_store.create("a", b"one")
    assert object_store.copy("a", "b") is True
    object_store.create("c", b"two")
    assert object_store.copy("a", "c") is False
    assert (object_store.read("b"), object_store.read("c")) == (b"one", b"two")


def test_a_copy_of_nothing_is_missing(object_store):
    with pytest.raises(ObjectMissing):
        object_store.copy("nothing", "b")
    assert object_store.sizes("") == {}


def test_join_puts_up_to_32_objects_one_after_the_other(object_store):
    parts = [f"part/{number:02}" for number in range(32)]
    for number, part in enumerate(parts):
        object_store.create(part, bytes([number]) * 10)
    assert object_store.join(parts, "whole") is True
    assert object_store.read("whole") == b"".join(bytes([number]) * 10 for number in range(32))
    assert object_store.join(parts[:1], "whole") is False


def test_join_makes_nothing_where_one_is_missing(object_store):
    object_store.create("a", b"one")
    with pytest.raises(ObjectMissing):
        object_store.join(["a", "nothing"], "whole")
    assert object_store.sizes("") == {"a": 3}


def test_reading_what_is_not_there_is_missing(object_store):
    with pytest.raises(ObjectMissing):
        object_store.read("nothing")
    with pytest.raises(ObjectMissing):
        list(object_store.chunks("nothing"))
    object_store.create("a", b"one")
    with pytest.raises(ObjectMissing):
        object_store.read("a", generation=1)


def test_no_more_is_read_than_was_asked_for(object_store):
    object_store.create("long", bytes(range(250)))
    object_store.create("empty", b"")
    assert object_store.read("long", at_most=10) == bytes(range(10))
    assert (
        object_store.read("long", at_most=250) == object_store.read("long", at_most=300) == bytes(range(250))
    )
    assert object_store.read("empty", at_most=10) == object_store.read("empty") == b""
    with pytest.raises(ObjectMissing):
        object_store.read("nothing", at_most=10)


def test_chunks_are_the_object(object_store):
    data = bytes(range(256)) * 10_000
    object_store.create("long", data)
    assert b"".join(object_store.chunks("long")) == data


def test_sizes_tells_of_what_begins_with_the_prefix_and_of_nothing_else(object_store):
    for name in ("a/1", "a/2", "b/1"):
        object_store.create(name, name.encode())
    object_store.create("a/empty", b"")
    assert object_store.sizes("a/") == {"a/1": 3, "a/2": 3, "a/empty": 0}
    assert object_store.sizes("c/") == {}


def test_a_slice_is_the_bytes_from_here_to_there_and_fewer_at_the_end(object_store):
    object_store.create("long", bytes(range(250)))
    object_store.create("empty", b"")
    assert object_store.slice("long", 10, 20) == bytes(range(10, 20))
    assert object_store.slice("long", 240, 300) == bytes(range(240, 250))
    assert object_store.slice("long", 250, 300) == b""
    assert object_store.slice("empty", 0, 10) == b""
    with pytest.raises(ObjectMissing):
        object_store.slice("nothing", 0, 10)


def test_add_stores_the_bytes_and_says_what_stands_there_now(object_store):
    added = object_store.add("batch/a.json", b"first", {"operation": "o-1"})
    assert object_store.read("batch/a.json", added.generation) == b"first"
    assert (added.name, added.size, dict(added.metadata)) == ("batch/a.json", 5, {"operation": "o-1"})
    assert object_store.about("batch/a.json") == added
    assert abs(datetime.now(UTC) - added.created) < timedelta(minutes=1)
    assert added.created.tzinfo == UTC


def test_add_never_replaces(object_store):
    added = object_store.add("a", b"first", {"by": "one"})
    assert object_store.add("a", b"second", {"by": "two"}) is None
    assert object_store.read("a") == b"first"
    assert object_store.about("a") == added


def test_one_of_many_that_race_to_add_a_name_wins(object_store):
    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(lambda taker: object_store.add("race", b"%d" % taker, {}), range(8)))
    (won,) = [each for each in added if each]
    assert object_store.about("race") == won


def test_there_is_nothing_about_what_is_not_there(object_store):
    assert object_store.about("nothing") is None


def test_what_was_created_without_metadata_has_none(object_store):
    object_store.create("a", b"one")
    about = object_store.about("a")
    assert (about.size, dict(about.metadata)) == (3, {})
    assert object_store.read("a", about.generation) == b"one"


def test_a_listing_tells_of_what_begins_with_the_prefix_in_the_order_of_names(object_store):
    for name in ("b/2", "a/ü", "a/z", "a/b/1", "a.json"):
        object_store.create(name, name.encode())
    found = list(object_store.listing("a/"))
    assert [stored.name for stored in found] == ["a/b/1", "a/z", "a/ü"]
    for stored in found:
        about = object_store.about(stored.name)
        assert (stored.size, stored.generation, stored.created) == (
            about.size,
            about.generation,
            about.created,
        )
    assert [stored.name for stored in object_store.listing("")] == ["a.json", "a/b/1", "a/z", "a/ü", "b/2"]
    assert list(object_store.listing("c")) == []


def test_a_listing_tells_the_metadata(object_store):
    added = [object_store.add(name, b"x", {"job": name}) for name in ("a/1", "a/2")]
    object_store.create("a/3", b"x")
    assert list(object_store.listing("a/")) == [*added, object_store.about("a/3")]


@pytest.mark.parametrize("size", [0, 7, 9_000_000])
def test_replace_writes_over_nothing_or_over_what_was_seen(object_store, size):
    chunks = [b"x" * (size // 3)] * 3 + [b"y" * (size % 3)]
    assert object_store.replace("a", iter(chunks), {"by": "one"}, None) is True
    assert object_store.read("a") == b"".join(chunks)
    seen = object_store.about("a")
    assert dict(seen.metadata) == {"by": "one"}
    assert object_store.replace("a", [b"second", *chunks], {"by": "two"}, seen) is True
    assert object_store.read("a") == b"second" + b"".join(chunks)
    assert dict(object_store.about("a").metadata) == {"by": "two"}
    assert object_store.about("a").generation > seen.generation


@pytest.mark.parametrize("size", [7, 9_000_000])
def test_replace_leaves_what_was_not_seen(object_store, size):
    first = object_store.add("a", b"first", {})
    object_store.remove("a")
    second = object_store.add("a", b"second", {})
    for over in (None, first):
        assert object_store.replace("a", [b"x" * size], {}, over) is False
    assert object_store.about("a") == second
    object_store.remove("a")
    assert object_store.replace("a", [b"x" * size], {}, second) is False
    assert object_store.about("a") is None


def test_what_is_removed_is_gone_and_its_name_is_free(object_store):
    first = object_store.add("a", b"first", {})
    object_store.remove("a")
    assert object_store.about("a") is None
    with pytest.raises(ObjectMissing):
        object_store.read("a")
    second = object_store.add("a", b"second", {})
    assert second.generation > first.generation


def test_removing_what_is_not_there_is_no_trouble(object_store):
    object_store.remove("nothing")
    object_store.remove("nothing", 7)


def test_only_the_generation_that_is_named_is_removed(object_store):
    old = object_store.add("a", b"old", {})
    object_store.remove("a")
    new = object_store.add("a", b"new", {})
    object_store.remove("a", old.generation)
    assert object_store.read("a") == b"new"
    object_store.remove("a", new.generation)
    assert object_store.about("a") is None


def test_a_closed_bucket_refuses_everything(closed_store):
    seen = Stored("a", 1, 7, datetime.now(UTC))
    for use in (
        lambda: closed_store.create("a", b"x"),
        lambda: closed_store.create_from("a", [b"x" * 3_000_000]),
        lambda: closed_store.add("a", b"x", {}),
        lambda: closed_store.replace("a", [b"x"], {}, None),
        lambda: closed_store.replace("a", [b"x" * 9_000_000], {}, seen),
        lambda: closed_store.about("a"),
        lambda: list(closed_store.listing("")),
        lambda: closed_store.sizes(""),
        lambda: closed_store.read("a"),
        lambda: closed_store.remove("a"),
    ):
        with pytest.raises(DestinationRefused, match="bucket"):
            use()
