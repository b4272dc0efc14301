"""Scripts with recordings in them on the command line: they are counted as lines and cost nothing."""

import json

import pytest
from typer.testing import CliRunner

from dropcast_local.cli import app

SPOKEN, RECORDED = {"speaker": "A", "line": "Hello."}, {"speaker": "B", "audio": "door.wav"}
INTRO = {"intro": {"audio": "theme.wav"}}


@pytest.fixture
def run(tmp_path):
    def run(command, *lines, **script):
        file = tmp_path / "story.json"
        file.write_text(json.dumps({"lines": lines, **script}))
        data = ["--data", str(tmp_path)] if command == "estimate" else []
        return CliRunner().invoke(app, [command, *data, str(file)])

    return run


def test_an_estimate_buys_no_recordings(run):
    done = run("estimate", SPOKEN, RECORDED, audio=INTRO)
    assert done.exit_code == 0
    assert [part.strip() for part in done.stdout.splitlines()[3].split("│")[1:-1]] == [
        "Chirp3-HD",
        "6",
        "0",
        "6",
        "1",
    ]


def test_an_estimate_of_recordings_alone_says_that_nothing_is_bought(run):
    done = run("estimate", RECORDED, audio=INTRO)
    assert (done.exit_code, done.stdout) == (0, "Nothing to buy: recordings only.\n")


def test_an_estimate_counts_the_tags_that_say_how_words_sound(run):
    line = SPOKEN | {"line": "A GIF.", "voice": "en-US-Neural2-C"}
    done = run("estimate", line, pronunciations=[{"phrase": "GIF", "pronunciation": "dʒɪf"}])
    sent = '<speak>A <phoneme alphabet="ipa" ph="dʒɪf">GIF</phoneme>.</speak>'
    assert f" {len(sent)} " in done.stdout.splitlines()[3]


def test_an_estimate_of_what_cannot_be_rendered_says_nothing_of_money(run):
    done = run("estimate", RECORDED | {"audio": "gs://secrets/door.wav"})
    assert (done.exit_code, done.stdout) == (1, "")
    assert "/lines/0/audio: " in done.stderr


def test_validate_counts_recordings_and_names_no_voice_for_them(run):
    done = run("validate", SPOKEN, RECORDED)
    assert "good: 2 lines, 1 of them recorded, en-US, A = en-US-Chirp3-HD-" in done.stdout
    assert "B =" not in done.stdout


def test_validate_takes_a_recording_that_says_the_bucket_of_the_local_stack(run):
    assert run("validate", SPOKEN, RECORDED | {"audio": "gs://uploads/door.wav"}).exit_code == 0
