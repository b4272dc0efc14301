"""Scripts with recordings in them on the command line: where these are looked for, and what they cost."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropcast.scripts.reading import read_conversation
from dropcast_local.cli import app
from dropcast_local.examination import examine
from dropcast_local.recordings import same_name_twice
from dropcast_local.submission import submissions

EXAMPLES = Path(__file__).parents[2] / "examples"
SOUND = b"RIFF" + (16).to_bytes(4, "little") + b"WAVEdata" + (4).to_bytes(4, "little") + b"abcd"
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


# Where recordings are looked for


def invoke(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def written(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


def examined(path):
    (submission,) = submissions([path])
    return examine(submission, read_conversation(submission.content))


def naming(name, **script):
    return {"lines": [SPOKEN, {"audio": name}], **script}


def test_validate_warns_of_a_recording_that_is_not_beside_the_script_since_a_bucket_may_have_it(
    run, tmp_path
):
    done = run("validate", SPOKEN, RECORDED, audio=INTRO)
    assert done.exit_code == 0
    door, theme, good = done.stdout.splitlines()
    place = f"{tmp_path / 'story.json'}:/lines/1/audio: "
    assert door.startswith(f"{place}warning: There is no {tmp_path / 'door.wav'}, ")
    assert ":/audio/intro: warning: " in theme
    assert ": good: " in good


def test_an_estimate_warns_of_it_too(run):
    done = run("estimate", SPOKEN, RECORDED)
    assert (done.exit_code, ":/lines/1/audio: warning: There is no " in done.stderr) == (0, True)


@pytest.mark.parametrize("name", ["door.wav", "./door.wav", "gs://uploads/door.wav"])
def test_a_recording_beside_the_script_is_found_however_it_is_named(run, written, name):
    written("door.wav", SOUND)
    done = run("validate", {"audio": name})
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)


def test_a_render_that_lacks_recordings_is_refused_before_anything_is_started(written, tmp_path):
    script = naming("door.wav", audio={"music": "gs://uploads/music/bed.ogg"})
    script["lines"].append({"speaker": "A", "line": "Hm.", "voice": "nope"})
    path = written("talk.json", script)
    done = invoke("render", "-o", tmp_path / "episodes", "--engine", "kazoo", path)
    assert done.exit_code == 1
    voice, door, music = done.stderr.splitlines()
    assert voice.startswith(f"{path}:/lines/2: nope")
    assert door.startswith(f"{path}:/lines/1/audio: There is no {tmp_path / 'door.wav'}, ")
    assert music.startswith(f"{path}:/audio/music: There is no {tmp_path / 'music' / 'bed.ogg'}, ")


@pytest.mark.parametrize("name", ["../secret.wav", "{outside}/secret.wav", "link.wav", "linked/secret.wav"])
def test_no_recording_is_taken_from_outside_of_the_folder(written, tmp_path, name):
    outside = tmp_path / "outside"
    written("outside/secret.wav", SOUND)
    path = written("outside/show/talk.json", naming(name.format(outside=outside)))
    (path.parent / "link.wav").symlink_to(outside / "secret.wav")
    (path.parent / "linked").symlink_to(outside)
    done = invoke("validate", path)
    assert (done.exit_code, ":/lines/1/audio: " in done.stdout) == (1, True)
    assert f"leads out of the folder that recordings are taken from: {path.parent}" in done.stdout


def test_a_link_within_the_folder_is_followed(written):
    written("door.wav", SOUND)
    path = written("talk.json", naming("knock.wav"))
    (path.parent / "knock.wav").symlink_to("door.wav")
    assert "knock" not in invoke("validate", path).stdout


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"Hello.", "of a kind"), (b"", "empty"), (SOUND[:-4], "cut short"), (None, "no file")],
)
def test_what_cannot_be_heard_is_told_with_the_reason(written, content, why):
    path = written("talk.json", naming("door.wav"))
    if content is None:
        (path.parent / "door.wav").mkdir()
    else:
        written("door.wav", content)
    done = invoke("validate", path)
    assert done.exit_code == 1
    assert f"/lines/1/audio: {path.parent / 'door.wav'} cannot be heard: it is " in done.stdout
    assert why in done.stdout


def test_a_name_that_no_file_can_have_is_only_not_here(written):
    assert "warning: There is no " in invoke("validate", written("talk.json", naming("x" * 1000))).stdout


def test_names_count_from_the_folder_that_is_rendered_and_a_slip_is_told(written, tmp_path):
    path = written("show/deep/talk.json", naming("one.wav"))
    written("show/deep/one.wav", SOUND)
    slip = invoke("validate", tmp_path / "show").stdout
    assert f"There is no {tmp_path / 'show' / 'one.wav'}, " in slip
    assert 'write "deep/one.wav"' in slip
    assert "warning" not in invoke("validate", path).stdout
    path.write_text(json.dumps(naming("deep/one.wav")))
    assert "warning" not in invoke("validate", tmp_path / "show").stdout


def test_two_recordings_of_one_name_are_not_rendered_together(written, tmp_path):
    first, second = (written(f"{show}/{show}.json", naming("one.wav")) for show in "ab")
    written("a/one.wav", SOUND)
    other = written("b/one.wav", SOUND + b"LIST")
    render = ["render", "-o", tmp_path / "episodes", "--engine", "kazoo", first, second]
    done = invoke(*render)
    assert (done.exit_code, "would both become the recording one.wav" in done.stderr) == (2, True)
    other.write_bytes(SOUND)
    assert same_name_twice(examined(script).recordings for script in (first, second)) is None


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_example_has_its_recordings(path):
    script = examined(path)
    assert (script.problems, script.recordings.absent) == ((), {})
