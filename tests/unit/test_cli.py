"""The commands that need no stack and no network, through the command line's own entry point."""

import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from dropcast.voices.request import speech_request
from dropcast_local.cli import app
from dropcast_local.commands.estimate import estimate_of
from dropcast_local.data_folder import locked, remove_abandoned
from dropcast_local.episode import fetch, fetched, read_report
from dropcast_local.events import Event, Troubles, told
from dropcast_local.submission import CannotSubmit, submissions
from fakes import MemoryObjectStore

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
    assert re.search(r"good: 1 line, 1 without text skipped, en-US, A = en-US-Chirp3-HD-\w+", done.stdout)


def test_validate_tells_every_problem_of_every_file_with_pointer_and_value(written):
    bad = written("bad.json", [{"speaker": "A", "line": 5}, {"speaker": "A", "line": True}])
    done = run("validate", bad, written("good.json", GOOD))
    assert done.exit_code == 1
    first, second, good = done.stdout.splitlines()
    assert first.startswith(f"{bad}:/0/line: ")
    assert "is 5, but must be text" in first
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


def test_validate_takes_folders_as_render_does(written, tmp_path):
    written("show/one.json", GOOD)
    written("show/deep/two.json", GOOD)
    written("show/notes.txt", "no script")
    done = run("validate", tmp_path / "show")
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == [
        str(tmp_path / "show" / "deep" / "two.json"),
        str(tmp_path / "show" / "one.json"),
    ]


def test_a_problem_of_the_whole_file_has_no_pointer_and_a_value_is_said_once(written):
    broken, strange = written("broken.json", "["), written("strange.json", {"lines": GOOD, "onError": "zap"})
    first, second = run("validate", broken, strange).stdout.splitlines()
    assert first.startswith(f"{broken}: Line 1")
    assert second.count('"zap"') == 1


def test_the_version_is_told():
    assert re.fullmatch(r"dropcast \d+\.\d+\.\d+\n", run("--version").stdout)


def test_the_cache_is_shown_and_cleared_and_nothing_else_of_its_folder(written, tmp_path):
    written("data/storage/blobs/one", "x" * 300_000)
    other = written("data/mine.txt", "mine")
    data = tmp_path / "data"
    assert run("cache", "--data", data).stdout == f"{data}: 0.3 MB\n"
    assert run("cache", "--data", data, "--clear").exit_code == 0
    assert not (data / "storage").exists()
    assert other.exists()


def test_a_cache_in_use_is_not_cleared(written, tmp_path):
    clip = written("data/storage/blobs/one", "x")
    with locked(tmp_path / "data"):
        done = run("cache", "--data", tmp_path / "data", "--clear")
    assert (done.exit_code, "another dropcast" in done.stderr, clip.exists()) == (1, True, True)


def test_folders_of_killed_stacks_are_removed_and_no_others(written, tmp_path):
    written("stack-dead/lock", "")
    written("stack-notes/mine.txt", "mine")
    with locked(tmp_path / "stack-alive"):
        remove_abandoned(tmp_path, "stack-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stack-alive", "stack-notes"]


def test_a_script_that_no_voice_can_speak_is_refused_before_anything_is_started(written, tmp_path):
    path = written("talk.json", [{"speaker": "A", "line": "Hello.", "voice": "nope"}])
    earlier = [written(f"episodes/talk.{extension}", "sound") for extension in ("m4b", "mp3")]
    written("episodes/talk.vtt", "captions")
    done = run("render", "-o", tmp_path / "episodes", "--engine", "kazoo", path)
    assert done.exit_code == 1
    problem, *stale = done.stderr.splitlines()
    assert problem.startswith(f"{path}:/0: nope: bare names are Gemini voices")
    assert stale == [f"{episode} is of an earlier version of the script" for episode in earlier]


def report_of(path, *outputs, **facts):
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    script = {"generation": 1, "sha256": sha256}
    outputs = [{"name": name, "bytes": size} for name, size in outputs]
    return {
        "status": "succeeded",
        "job": "talk-1",
        "script": script,
        "errors": [],
        "outputs": outputs,
    } | facts


def test_a_report_of_a_local_render_does_not_stand_for_a_deployed_one(written, tmp_path, monkeypatch):
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "none"))
    path = written("talk.json", GOOD[:1])
    written("episodes/talk.mp3", "sound")
    written("episodes/talk.report.json", report_of(path, ("talk.mp3", 5)))
    local = ["render", "-o", tmp_path / "episodes", path]
    assert "already rendered" in run(*local).stdout
    deployed = run(*local, "--uploads", "gs://uploads", "--episodes", "gs://episodes")
    assert (deployed.exit_code, deployed.stdout) == (1, "")
    assert "No Google Cloud credentials" in deployed.stderr


@pytest.mark.parametrize(("found", "counts"), [("sound", True), ("", False), ("soun", False), (None, False)])
def test_an_episode_counts_as_there_only_with_all_its_bytes(written, tmp_path, found, counts):
    path = written("talk.json", GOOD)
    written("talk.report.json", report_of(path, ("talk.mp3", 5)))
    if found is not None:
        written("talk.mp3", found)
    assert (fetched(tmp_path, "talk") is not None) == counts


def test_the_loudness_is_told_as_heard_and_as_a_meter_says_where_it_was_measured(written):
    path = written("talk.json", GOOD)
    measured = {"monoLufs": -19.04, "stereoLufs": -16.04, "truePeakDbtp": -1.52}
    told = [report_of(path, loudness=facts) for facts in ({"measured": measured}, {"target": None})]
    silence = dict.fromkeys(measured)
    loud, older, silent = (
        read_report(json.dumps(report).encode())
        for report in (*told, report_of(path, loudness={"measured": silence}))
    )
    assert str(loud.loudness) == "-16.0 LUFS (stereo; -19.0 in mono), peak -1.5 dBTP"
    assert (older.loudness, silent.loudness) == (None, None)


def test_what_was_left_out_of_an_episode_is_a_note_and_warnings_are_told_each_time(written, tmp_path):
    script = {"onError": "skip", "lines": [*GOOD, {"speaker": "A", "lien": "Bye."}]}
    path = written("talk.json", script)
    left_out = [{"pointer": "/lines/0", "message": "too long", "value": None}]
    written("episodes/talk.mp3", "sound")
    written("episodes/talk.report.json", report_of(path, ("talk.mp3", 5), errors=left_out))
    done = run("render", "-o", tmp_path / "episodes", path)
    assert done.exit_code == 0
    assert f"{path}:/lines/0: left out: too long" in done.stderr
    assert 'Did you mean "line"?' in done.stderr
    assert f"{path}: 2 entries without text skipped" in done.stderr


def test_several_scripts_end_with_how_many_fared_how(written, tmp_path):
    good, bad = written("good.json", GOOD), written("bad.json", [])
    written("episodes/good.mp3", "sound")
    written("episodes/good.report.json", report_of(good, ("good.mp3", 5)))
    done = run("render", "-o", tmp_path / "episodes", good, bad)
    assert done.stdout.splitlines()[-1] == "1 failed, 1 already there"


def test_what_cannot_be_written_is_told_by_its_own_name(tmp_path):
    (tmp_path / "talk.report.json").mkdir()
    episodes = MemoryObjectStore()
    episodes.create("talk.report.json", json.dumps(report_of(Path(__file__))).encode())
    with pytest.raises(OSError, match="directory") as refused:
        fetch(episodes, "talk", tmp_path)
    assert refused.value.filename == str(tmp_path / "talk.report.json")


def test_the_last_trouble_of_a_stack_is_a_line():
    troubles = Troubles()
    troubles.hear(Event("storage", "ERROR", "cannot write\nTraceback\nOSError: No space left on device"))
    troubles.hear(Event("functions", "INFO", "spoken"))
    assert troubles.last == "storage: cannot write: OSError: No space left on device"


def test_what_is_heard_beside_the_lines_is_told_without_a_line():
    assert told(Event("functions", "INFO", "spoken", job="talk-1", line=-1)) == "talk-1: spoken"


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
        (["render", "-o", "{text}", "{good}"], "talk.txt is a file, not a folder"),
        (["render", "-o", "/proc", "{good}"], "-o /proc: cannot be written to"),
        (["validate", "{text}"], "not the name of a script"),
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
