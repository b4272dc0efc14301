"""One suite over the fake and the real gateway: stable names are replaced, but never unseen."""

import pytest

from dropcast.ports import TryLater


def test_nothing_stands_where_nothing_was_published(episode_store):
    episodes, _ = episode_store
    assert episodes.standing("x.mp3") is None


def test_what_was_published_stands_with_the_generation_of_its_script(episode_store):
    episodes, results = episode_store
    results.create("results/1", b"first")
    episodes.publish("results/1", "x.mp3", 7, None)
    assert episodes.standing("x.mp3").script_generation == 7


def test_what_was_seen_standing_is_replaced(episode_store):
    episodes, results = episode_store
    results.create("results/1", b"first")
    results.create("results/2", b"second")
    episodes.publish("results/1", "x.mp3", 7, None)
    seen = episodes.standing("x.mp3")
    episodes.publish("results/2", "x.mp3", 8, seen)
    assert episodes.standing("x.mp3").script_generation == 8
    assert episodes.standing("x.mp3").generation != seen.generation


@pytest.mark.parametrize("first_seen", [True, False])
def test_what_was_not_seen_is_never_replaced(episode_store, first_seen):
    episodes, results = episode_store
    results.create("results/1", b"first")
    episodes.publish("results/1", "x.mp3", 7, None)
    seen = episodes.standing("x.mp3") if first_seen else None
    if first_seen:
        episodes.publish("results/1", "x.mp3", 9, seen)
    with pytest.raises(TryLater):
        episodes.publish("results/1", "x.mp3", 8, seen)
    assert episodes.standing("x.mp3").script_generation == (9 if first_seen else 7)
