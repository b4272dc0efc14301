"""Chapters are those of the timeline, as podcast players read them."""

import json

from captioned import RATE, placed, planned, written
from dropcast.publishing.chapters import chapters_json
from dropcast.scripts.conversation import Chapter
from dropcast.sound.timeline import PlacedChapter


def read(*chapters, title="story"):
    return json.loads(written(chapters_json(planned(title=title), placed(chapters=chapters))))


def test_chapters_say_where_they_start_and_end():
    found = read(
        PlacedChapter(Chapter("Überblick"), 0, 3 * RATE // 2),
        PlacedChapter(Chapter("Fragen"), 3 * RATE // 2, 66_001),
        title="On & on",
    )
    assert found == {
        "version": "1.2.0",
        "title": "On & on",
        "chapters": [
            {"startTime": 0.0, "endTime": 1.5, "title": "Überblick"},
            {"startTime": 1.5, "endTime": 2.750042, "title": "Fragen"},
        ],
    }


def test_images_and_links_are_given_where_there_are_any():
    chapter = Chapter("Map", image="https://example.com/map.png", url="https://example.com/")
    (found,) = read(PlacedChapter(chapter, 0, RATE))["chapters"]
    assert found["img"] == "https://example.com/map.png"
    assert found["url"] == "https://example.com/"


def test_a_chapter_that_is_not_listed_says_so():
    unlisted, listed = (PlacedChapter(Chapter("a", listed=listed), 0, RATE) for listed in (False, True))
    assert read(unlisted)["chapters"][0]["toc"] is False
    assert "toc" not in read(listed)["chapters"][0]


def test_an_episode_may_have_no_chapters():
    assert read()["chapters"] == []
