"""The commands that need no stack and no network, through the command line's own entry point."""

import json
import re

import jsonschema
import pytest
from typer.testing import CliRunner

from dropcast.voices.request import speech_request
from dropcast_local.cli import app
from dropcast_local.commands.estimate import estimate_of
from dropcast_local.submission import CannotSubmit, submissions

GOOD = [{"speaker": "A", "line": "Hello."}, {"speaker": "B", "line": ""}]


def run(*arguments, text=None):
    return CliRunner().invoke(app, list(map(str, arguments)), input=text)


@pytest.fixture
def written(tmp_path):
    def write(name, script):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script if isinstance(script, str) else json.dumps(script))
        return path

    return write


def test_validate_tells_who_speaks_and_what_is_skipped(written):
    path = written("good.json", GOOD)
    done = run("validate", path)
    assert done.exit_code == 0
    assert re.search(r"good: 1 lines, 1 without text skipped, en-US, A = en-US-Chirp3-HD-\w+", done.stdout)


def test_validate_tells_every_problem_of_every_file_with_pointer_and_value(written):
    bad = written("bad.json", [{"speaker": "A", "line": 5}, {"speaker": "A", "line": True}])
    done = run("validate", bad, written("good.json", GOOD))
    assert done.exit_code == 1
    first, second, good = done.stdout.splitlines()
    assert first.startswith(f"{bad}:/0/line: ")
    assert first.endswith("(5)")
    assert second.startswith(f"{bad}:/1/line: ")
    assert "good" in good


def test_validate_tells_what_no_voice_can_do(written):
    script = {"speakers": {"A": {"voice": "en-US-Chirp3-HD-Kore", "pitch": 3}}, "lines": GOOD}
    done = run("validate", written("pitch.json", script))
    assert done.exit_code == 1
    assert "/speakers/A" in done.stdout


def test_validate_warns_of_unknown_keys_and_lets_them_pass(written):
    done = run("validate", written("odd.json", {"lines": GOOD, "colour": "red"}))
    assert done.exit_code == 0
    assert ":/colour: warning: " in done.stdout


def test_validate_reads_standard_input():
    done = run("validate", "-", text=json.dumps(GOOD))
    assert (done.exit_code, done.stdout.startswith("-: good")) == (0, True)


def test_voices_of_a_language_are_listed_with_what_they_can_do():
    done = run("voices", "--language", "fr")
    assert done.exit_code == 0
    assert re.search(r"fr-FR-Chirp3-HD-Kore\W+female\W+Chirp3-HD\W+markup, rate, volume", done.stdout)
    assert re.search(r"fr-FR-Neural2-G\W+male\W+Neural2\W+SSML, marks, rate, pitch", done.stdout)


def test_voices_of_a_language_without_any_say_what_is_near():
    done = run("voices", "--language", "pt-PT")
    assert (done.exit_code, "pt-BR" in done.stderr) == (2, True)


def test_schema_accepts_what_validate_accepts():
    jsonschema.validate(GOOD, json.loads(run("schema").stdout))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["render"], "Missing argument"),
        (["render", "absent.json"], "does not exist"),
        (["render", "--uploads", "gs://u", "{good}"], "belong together"),
        (["render", "--uploads", "gs://u/x", "--episodes", "gs://e", "{good}"], "no bucket"),
        (["render", "{text}"], "not the name of a script"),
        (["render", "{empty}"], "no scripts in this folder"),
        (["render", "{good}", "{same}"], "would both become the episode good"),
        (["up", "--port-range", "9000"], "no range of ports"),
        (["sing"], "No such command"),
    ],
)
def test_misuse_is_told_in_a_sentence_with_exit_code_2(written, tmp_path, arguments, said):
    (tmp_path / "empty").mkdir()
    files = {
        "good": written("good.json", GOOD),
        "same": written("other/good.json", GOOD),
        "text": written("talk.txt", "x"),
        "empty": tmp_path / "empty",
    }
    done = run(*(argument.format(**files) for argument in arguments))
    assert done.exit_code == 2
    assert said in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())


def test_objects_are_named_after_the_file_or_its_path_below_the_folder(written, tmp_path):
    alone = written("alone.json", GOOD)
    written("show/one.json", GOOD)
    written("show/deep/two.json", GOOD)
    written("show/deep/.hidden.json", GOOD)
    written("show/one.report.json", GOOD)
    assert [found.name for found in submissions([alone, tmp_path / "show"])] == [
        "alone.json",
        "deep/two.json",
        "one.json",
    ]


def test_a_file_given_twice_is_dropped_once(written, tmp_path):
    path = written("show/one.json", GOOD)
    assert len(submissions([path, tmp_path / "show", path])) == 1


def test_two_files_of_one_name_are_refused(written):
    with pytest.raises(CannotSubmit):
        submissions([written("a/one.json", GOOD), written("b/one.json", GOOD)])


def requests(count, voice="en-US-Chirp3-HD-Kore"):
    return [
        speech_request(kind="text", content=f"{number:010}", voice=voice, language_code="en-US")
        for number in range(count)
    ]


def test_an_estimate_buys_each_clip_once_and_none_that_is_there():
    clips = frozenset(f"clips/{request.digest()}.wav" for request in requests(3))
    estimated = estimate_of(requests(5) * 2, clips)
    assert estimated.characters == {"Chirp3-HD": 100}
    assert estimated.bought == {"Chirp3-HD": 20}
    assert estimated.requests == {"Chirp3-HD": 2}


@pytest.mark.parametrize(("count", "minutes"), [(0, 0), (200, 0), (201, 1), (1_000, 4)])
def test_the_quota_of_a_minute_is_the_least_time(count, minutes):
    assert estimate_of(requests(count), frozenset()).least_minutes == minutes
