"""Which objects are scripts is told by their names alone."""

import pytest

from dropcast.scripts.names import is_script_name, stem


@pytest.mark.parametrize(
    "name", ["x.json", "shows/deepseek.json", "X.JSON", "a b/é.json", "report.json", "myshow.json"]
)
def test_json_objects_are_scripts(name: str) -> None:
    assert is_script_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x/",
        "x.json/",
        "cover.png",
        "json",
        ".json",
        "x.json.tmp",
        ".hidden.json",
        "._x.json",
        "shows/._x.json",
        ".trash/x.json",
        "shows/.git/x.json",
        "x.report.json",
        "X.Report.JSON",
        "x.chapters.json",
        "x.transcript.json",
        "show.json",
        "shows/show.json",
    ],
)
def test_everything_else_is_left_alone(name: str) -> None:
    assert not is_script_name(name)


@pytest.mark.parametrize(
    ("name", "expected"), [("shows/deepseek.json", "shows/deepseek"), ("A.b.JSON", "A.b")]
)
def test_an_episode_is_named_after_its_script(name: str, expected: str) -> None:
    assert stem(name) == expected
