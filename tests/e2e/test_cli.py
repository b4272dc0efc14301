"""The command `dropcast` as it is installed, in a process of its own with a home of its own."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
import wave
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from dropcast.gateways.ffmpeg import ffmpeg_program

DROPCAST = Path(sys.executable).with_name("dropcast")
TWO_LINES = [
    {"speaker": "A", "line": "Hello there, how are you?"},
    {"speaker": "B", "line": "Fine, “thanks” – and you?"},
]
# The service refuses a sentence without any place to cut it at; the plan cannot know.
UNSPEAKABLE = {"speaker": "A", "ssml": f"<speak>{'endless' * 200}</speak>", "voice": "en-US-Neural2-C"}


class Home:
    """A folder with scripts in it, in which the command runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = ("DROPCAST_UPLOADS", "DROPCAST_EPISODES", "DROPCAST_JOBS")
        kept = {name: value for name, value in os.environ.items() if name not in names}
        home = {"HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home" / "cache")}
        self.environment = kept | home | {"DROPCAST_ENGINE": "tone", "COLUMNS": "100"}

    def write(self, name: str, script: object) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script if isinstance(script, str) else json.dumps(script))

    def record(self, name: str, *, hertz: int, seconds: float = 0.5) -> None:
        """Write a recording, of a tone, as a WAV file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        turns = (math.sin(math.tau * hertz * at / 8000) for at in range(round(8000 * seconds)))
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(
                b"".join(round(8000 * turn).to_bytes(2, "little", signed=True) for turn in turns)
            )

    def run(self, *arguments: str, engine: str = "tone", text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [DROPCAST, *arguments],
            cwd=self.folder,
            env=self.environment | {"DROPCAST_ENGINE": engine},
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @contextmanager
    def running(self, *arguments: str, stdin: int = subprocess.DEVNULL):
        with subprocess.Popen(
            [DROPCAST, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    def report(self, stem: str) -> dict:
        return json.loads((self.folder / "episodes" / f"{stem}.report.json").read_text())


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def wait_until(holds):
    deadline, never = time.monotonic() + 30, threading.Event()
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to pass"
        never.wait(0.05)
    return found


def decoded_samples(path):
    command = [ffmpeg_program(), "-v", "error", "-i", path, "-f", "s16le", "-"]
    return len(subprocess.run(command, capture_output=True, check=True).stdout) // 2


def test_a_script_becomes_an_episode_of_exactly_the_reported_length_spoken_by_espeak(home):
    pytest.importorskip("espeakng_loader", reason="espeak-ng is not installed")
    home.write("talk.json", TWO_LINES)
    done = home.run("render", "talk.json", engine="espeak")
    assert done.returncode == 0, done.stderr
    assert decoded_samples(home.folder / "episodes" / "talk.mp3") == home.report("talk")["samples"]
    assert (home.folder / "episodes" / "talk.vtt").read_text().startswith("WEBVTT")
    for said in ("episodes/talk.mp3", "episodes/talk.vtt", "length      0:00:0", "50 Chirp3-HD", "$0.0015"):
        assert said in done.stdout


def test_what_was_rendered_from_the_same_content_is_skipped_until_that_is_forced(home):
    home.write("talk.json", TWO_LINES)
    with home.running("up", "--json") as stack:
        home.environment["STORAGE_EMULATOR_HOST"] = json.loads(stack.stdout.readline())["storage"]
        buckets = ("--uploads", "gs://uploads", "--episodes", "gs://episodes", "--jobs", "gs://jobs")
        assert home.run("render", *buckets, "talk.json").returncode == 0
        job = home.report("talk")["job"]

        again = home.run("render", *buckets, "talk.json")
        assert (again.returncode, home.report("talk")["job"]) == (0, job)
        assert "talk.json: already rendered: episodes/talk.mp3" in again.stdout

        elsewhere = home.run("render", *buckets, "-o", "elsewhere", "talk.json")
        assert "already rendered: elsewhere/talk.mp3" in elsewhere.stdout
        assert (home.folder / "elsewhere" / "talk.vtt").exists()

        forced = home.run("render", *buckets, "--force", "talk.json")
        assert (forced.returncode, home.report("talk")["job"] == job) == (0, False)
        assert "characters  0 and 50 from the cache" in forced.stdout


def test_a_recording_beside_the_script_is_heard_and_another_one_is_rendered_anew(home):
    home.write("show/talk.json", {"lines": [TWO_LINES[0], {"audio": "stings/one.wav"}], "outputs": ["flac"]})
    home.record("show/stings/one.wav", hertz=440, seconds=1)
    assert home.run("render", "show").returncode == 0
    first = home.report("talk")
    home.record("show/stings/one.wav", hertz=440, seconds=2)
    done = home.run("render", "show")
    assert done.returncode == 0, done.stderr
    assert home.report("talk")["samples"] == first["samples"] + 24_000
    assert decoded_samples(home.folder / "episodes" / "talk.flac") == home.report("talk")["samples"]
    for said in (
        "loudness    -16.0 LUFS (stereo; -19.0 in mono), peak -",
        "characters  0 and 25 from the cache",
    ):
        assert said in done.stdout
    assert "already rendered" in home.run("render", "show").stdout


def test_a_deployed_pipeline_gets_what_is_beside_the_script_and_keeps_what_is_only_there(home):
    home.write("talk.json", [TWO_LINES[0], {"audio": "one.wav"}])
    home.write("lost.json", [TWO_LINES[0], {"audio": "gs://uploads/two.wav"}])
    home.record("one.wav", hertz=440)
    with home.running("up", "--json") as stack:
        home.environment["STORAGE_EMULATOR_HOST"] = json.loads(stack.stdout.readline())["storage"]
        buckets = ("--uploads", "gs://uploads", "--episodes", "gs://episodes", "--jobs", "gs://jobs")
        done = home.run("render", *buckets, "talk.json", "lost.json")
        assert done.stdout.startswith("one.wav: uploading it to gs://uploads/one.wav (0.0 MB)\n")
        neither = "lost.json:/1/audio: There is neither two.wav nor gs://uploads/two.wav."
        assert (done.returncode, done.stderr) == (1, f"{neither}\n")
        (home.folder / "one.wav").unlink()
        assert "already rendered" in home.run("render", *buckets, "talk.json").stdout
        home.record("one.wav", hertz=330)
        again = home.run("render", *buckets, "talk.json").stdout
    assert "(0.0 MB), in place of another version\ntalk.json: rendered" in again


def test_a_recording_that_is_gone_is_left_out_where_the_script_says_so(home):
    lines = [TWO_LINES[0], {"audio": "one.wav"}]
    home.write("talk.json", {"onError": "skip", "lines": lines, "outputs": ["wav"]})
    home.write("episodes/talk.mp3", "sound of yesterday")
    home.record("one.wav", hertz=440)
    first = home.run("render", "talk.json")
    assert (first.returncode, first.stderr) == (
        0,
        "episodes/talk.mp3 is of an earlier version of the script\n",
    )
    (home.folder / "one.wav").unlink()
    done = home.run("render", "talk.json")
    assert "talk.json:/lines/1/audio: will be left out: There is no one.wav, " in done.stderr
    assert "talk.json:/lines/1: left out: there is no one.wav in the uploads bucket" in done.stderr
    assert len(home.report("talk")["errors"]) == 1


def test_a_line_that_cannot_be_spoken_is_named_with_its_file_and_reason(home):
    home.write("talk.json", {"lines": [TWO_LINES[0], UNSPEAKABLE]})
    done = home.run("render", "talk.json")
    assert done.returncode == 1
    assert "talk.json:/lines/1: This request contains sentences that are too long." in done.stderr
    assert not (home.folder / "episodes" / "talk.mp3").exists()


def test_a_folder_is_rendered_under_its_names_and_what_cannot_be_read_holds_nothing_up(home):
    home.write("show/one.json", TWO_LINES)
    home.write("show/deep/two.json", TWO_LINES[:1])
    home.write("show/broken.json", '[{"speaker": "A", "line": 5}, {"speaker": "B", "line": 6}]')
    home.write("show/cover.txt", "no script")
    done = home.run("render", "show")
    assert done.returncode == 1
    assert (home.folder / "episodes" / "one.mp3").exists()
    assert (home.folder / "episodes" / "deep" / "two.mp3").exists()
    complaints = done.stderr.splitlines()
    assert [
        line.startswith(f"show/broken.json:/{index}/line: ") for index, line in enumerate(complaints)
    ] == [
        True,
        True,
    ]


def test_a_render_that_makes_no_progress_gives_up_and_says_where_the_job_stands(home):
    with home.running("up", "--json", "--delay-ms", "20000") as stack:
        facts = json.loads(stack.stdout.readline())
        home.environment["STORAGE_EMULATOR_HOST"] = facts["storage"]
        home.write("talk.json", TWO_LINES)
        buckets = ("--uploads", "gs://uploads", "--episodes", "gs://episodes", "--jobs", "gs://jobs")
        done = home.run("render", "--timeout", "1", *buckets, "talk.json")
    assert done.returncode == 1
    assert "talk.json: given up: nothing has changed for 1 second. 0 of 2 lines are done." in done.stderr
    assert "gs://episodes/talk.report.json" in done.stderr


def test_a_deployed_pipeline_is_used_with_the_same_command(home):
    home.write("talk.json", TWO_LINES)
    with home.running("up", "--json") as stack:
        home.environment["STORAGE_EMULATOR_HOST"] = json.loads(stack.stdout.readline())["storage"]
        home.environment |= {"DROPCAST_UPLOADS": "gs://uploads", "DROPCAST_EPISODES": "gs://episodes"}
        done = home.run("render", "talk.json")
        assert done.returncode == 0, done.stderr
        assert "cost about $0.0015" in done.stdout
        assert "--jobs gs://" in done.stderr
        missing = home.run("render", "-o", "new", "--force", "--uploads", "gs://nowhere", "talk.json")
        assert (missing.returncode, "nowhere" in missing.stderr, "Traceback" in missing.stderr) == (
            1,
            True,
            False,
        )


def test_up_prints_one_line_of_json_and_a_signal_ends_everything(home):
    with home.running("up", "--json") as stack:
        facts = json.loads(stack.stdout.readline())
        processes = psutil.Process(stack.pid).children(recursive=True)
        stack.send_signal(signal.SIGTERM)
        rest, _ = stack.communicate(timeout=20)
        assert (stack.returncode, rest) == (0, "")
    assert list(facts) == ["storage", "pubsub", "speech", *("uploads", "jobs", "episodes"), "api", "apiKey"]
    assert facts["storage"].startswith("http://127.0.0.1:")
    assert len(processes) >= 5
    assert not psutil.wait_procs(processes, timeout=10)[1]


def test_a_stack_whose_supervisor_is_killed_ends_too(home):
    with home.running("up", "--json") as stack:
        json.loads(stack.stdout.readline())
        processes = psutil.Process(stack.pid).children(recursive=True)
        stack.kill()
    assert len(processes) >= 5
    assert not psutil.wait_procs(processes, timeout=10)[1]


def test_a_file_copied_into_the_drop_folder_becomes_an_episode(home):
    home.write("drop/early.json", TWO_LINES)
    with home.running("up") as stack:
        assert any(line.startswith("Ctrl-C") for line in stack.stdout)
        wait_until(lambda: (home.folder / "episodes" / "early.report.json").exists())
        home.write("drop/show/late.json", TWO_LINES)
        wait_until(lambda: (home.folder / "episodes" / "show" / "late.report.json").exists())
        stack.send_signal(signal.SIGINT)
        said, _ = stack.communicate(timeout=20)
        assert stack.returncode == 0
    job = home.report("show/late")["job"]
    assert [f"{job}: spoken line {line} (cached)" in said for line in (0, 1)] == [True, True]
    assert (home.folder / "episodes" / "show" / "late.mp3").exists()


def test_up_tells_what_is_wrong_or_odd_with_what_is_dropped_and_waits_for_what_is_half_written(home):
    home.write("drop/half.json", '[{"speaker": "A", "line": "Hel')
    home.write("drop/notes.txt", "no script")
    home.write("drop/refused.json", '[{"speaker": "A", "line": 5}]')
    home.write("drop/odd.json", [*TWO_LINES, {"speaker": "A", "lien": "Bye."}])
    said = []
    with home.running("up") as stack:
        for line in stack.stdout:
            said.append(line[9:].rstrip())
            if "refused.json:/0/line: " in line:
                break
        home.write("drop/half.json", TWO_LINES)
        wait_until(lambda: (home.folder / "episodes" / "half.mp3").exists())
        stack.send_signal(signal.SIGINT)
        rest, _ = stack.communicate(timeout=20)
    said += [line[9:] for line in rest.splitlines()]
    assert any(
        line.startswith("drop/notes.txt: not a script (.json), left alone, and cannot") for line in said
    )
    assert "drop/odd.json: 1 entry without text skipped" in said
    assert any('Did you mean "line"?' in line for line in said)
    assert said.count("drop/half.json: uploaded to gs://uploads/half.json") == 1


def test_what_names_recordings_waits_for_them_and_is_rendered_again_when_one_changes(home):
    home.write("drop/show/talk.json", {"lines": TWO_LINES, "audio": {"music": "show/bed.wav"}})
    with home.running("up") as stack:
        waiting = "drop/show/talk.json: waits for recordings that it names: drop/show/bed.wav"
        assert any(waiting in line for line in stack.stdout)
        home.record("drop/show/bed.wav", hertz=220)
        wait_until(lambda: (home.folder / "episodes" / "show" / "talk.report.json").exists())
        first = home.report("show/talk")
        home.record("drop/show/bed.wav", hertz=330)
        wait_until(lambda: home.report("show/talk")["job"] != first["job"])
        stack.send_signal(signal.SIGINT)
        said, _ = stack.communicate(timeout=20)
    assert said.count("drop/show/bed.wav: uploading it to gs://uploads/show/bed.wav") == 2
    assert said.count("drop/show/talk.json: uploaded to gs://uploads/show/talk.json") == 2
    assert [report["status"] for report in (first, home.report("show/talk"))] == ["succeeded"] * 2


def test_lines_that_were_left_out_as_asked_are_no_failure(home):
    home.write("talk.json", {"onError": "skip", "lines": [TWO_LINES[0], UNSPEAKABLE]})
    done = home.run("render", "talk.json")
    assert (done.returncode, home.report("talk")["status"]) == (0, "succeeded")
    assert "talk.json:/lines/1: left out: This request contains sentences that are too long." in done.stderr


def test_a_render_that_fails_says_that_the_episode_which_lies_there_is_an_earlier_one(home):
    home.write("talk.json", [TWO_LINES[0], UNSPEAKABLE])
    home.write("episodes/talk.mp3", "sound of yesterday")
    done = home.run("render", "talk.json")
    assert done.returncode == 1
    assert "episodes/talk.mp3 is of an earlier version of the script" in done.stderr


def test_a_disk_without_room_is_told_at_once(home):
    home.write("talk.json", [{"speaker": "A", "line": "A rather long line. " * 40}])
    limited = ["sh", "-c", 'ulimit -f 1000; exec "$0" "$@"', DROPCAST, "render", "talk.json"]
    done = subprocess.run(
        limited,
        cwd=home.folder,
        env=home.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "talk.json: given up: storage: File too large. 0 of 1 lines are done." in done.stderr
    assert "gs://" not in done.stderr


def test_ctrl_c_ends_a_render_and_the_next_one_finishes_its_job(home):
    home.write("talk.json", [{"speaker": "A", "line": f"This is line number {n}."} for n in range(200)])
    cache = home.folder / "home" / "cache" / "dropcast" / "storage"
    with home.running("render", "talk.json") as rendering:
        wait_until(lambda: cache.exists() and len(list(cache.rglob("*"))) > 30)
        processes = psutil.Process(rendering.pid).children(recursive=True)
        rendering.send_signal(signal.SIGINT)
        rendering.communicate(timeout=20)
        assert rendering.returncode == 130
    assert not psutil.wait_procs(processes, timeout=10)[1]
    done = home.run("render", "talk.json")
    assert done.returncode == 0, done.stderr
    assert len(home.report("talk")["lines"]) == 200


def test_a_second_render_waits_for_the_first_to_leave_the_data_folder(home):
    home.write("one.json", TWO_LINES)
    home.write("two.json", TWO_LINES)
    with home.running("up", "--json", "--data", "data") as stack:
        stack.stdout.readline()
        second = subprocess.Popen(
            [DROPCAST, "render", "--data", "data", "two.json"],
            cwd=home.folder,
            env=home.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "Another dropcast works in data: waiting" in second.stderr.readline()
    assert second.wait(30) == 0
    second.stderr.close()


def test_estimate_knows_the_clips_of_earlier_renders(home):
    home.write("talk.json", TWO_LINES)
    fresh = home.run("estimate", "talk.json")
    assert "nothing was rendered in" in fresh.stdout
    assert "$0.0015" in fresh.stdout
    assert home.run("render", "talk.json").returncode == 0
    home.write("longer.json", [*TWO_LINES, {"speaker": "A", "line": "x" * 100}])
    cache = home.folder / "home" / "cache" / "dropcast"
    for folder in (cache, cache / "storage"):
        folder.chmod(0o555)  # an estimate only reads
    known = home.run("estimate", "longer.json")
    for folder in (cache, cache / "storage"):
        folder.chmod(0o755)
    assert known.returncode == 0
    assert [part.strip() for part in known.stdout.splitlines()[3].split("│")[2:6]] == [
        "150",
        "50",
        "100",
        "1",
    ]
    assert "2026-11" in known.stdout
