"""Ten hours of audio: parts side by side against one after the other, in little memory, to the sample."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dialogue import RATE, dialogue, spoken_job
from mutagen.mp3 import MP3
from stored_job import UPLOAD, StoredJob
from watched import Taken, cores, watch, watch_all
from ways import our_way, write_ready, yardstick

from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast.jobs import names
from dropcast.sound.wav import SAMPLE_BYTES

HOURS, LINES, CLIPS = 10, 6_600, 300  # lines of 5.5 s, less the silence that is cut off, more the pauses
MEMORY = 200  # MB that no process may exceed
SAMPLE_HOURS = 1  # that ffmpeg encodes in one pass; it takes as long for each
CAPACITY_SECONDS = 1_200  # of audio that shows what two processors are worth
DURATION = r"Duration: (\d+):(\d+):(\d+)\.(\d+)"


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A job whose parts are settled, but not rendered, its sound lying in block objects; what that took."""
    random = np.random.default_rng(11)
    # Each line takes a clip of its speaker at random, so that no two parts are alike and come from the cache.
    order = [2 * int(at) + line % 2 for line, at in enumerate(random.integers(CLIPS // 2, size=LINES))]
    job, _ = spoken_job(tmp_path_factory.mktemp("long") / "job", dialogue(CLIPS), order)
    return job, watch(our_way(job, "settle"), cores()[-1:])


def rendered(job: StoredJob, name: str, on: Sequence[int]) -> tuple[StoredJob, float, list[Taken]]:
    """Render the parts on a double of the job, on each processor in a process of its own.

    As deployed, where each instance has one processor. Left to wander between two, the threads of an ffmpeg
    wake each other across them, and take a fifth longer.
    """
    folder = job.folder.with_name(name)
    shutil.copytree(job.folder, folder, copy_function=os.link)
    double = StoredJob(folder, job.lines)
    taken = watch_all([our_way(double, "render")] * len(on), [[core] for core in on])
    return double, max(each.wall for each in taken), taken


def test_ten_hours_on_two_cores_against_one_pass(settled, compare, capsys):
    job, settling = settled
    if len(cores()) < 2:
        pytest.skip("there is one processor alone")
    two = cores()[-2:]
    ready = job.folder.with_name("ready.pcm")
    alone = one_pass_of_ffmpeg(job, ready, two[-1:])
    one, one_wall, by_one = rendered(job, "one", two[-1:])
    both, both_wall, by_both = rendered(job, "both", two)
    worth = capacity(ready, two)
    report = json.loads(both.jobs.read(names.report(UPLOAD.job)))
    digests = [digest for part in job.parts() for digest in part.digests]
    with capsys.disabled():
        hours, parts = report["samples"] / RATE / 3600, len(digests)
        print(f"\n{hours:.2f} hours of audio, {job.lines:,} lines, {parts} parts; rendered and joined")
        print(f"  {'':<44} {'wall s':>9} {'CPU s':>9} {'largest process MB':>19}")
        for name, wall, taken in (
            ("ffmpeg alone: one pass, from one hour reckoned", alone.wall, [alone]),
            ("dropcast, settling the episode", settling.wall, [settling]),
            ("dropcast, one part after the other", one_wall, by_one),
            ("dropcast, on two processors", both_wall, by_both),
        ):
            largest = max(each.largest for each in taken)
            print(f"  {name:<44} {wall:9.2f} {sum(each.cpu for each in taken):9.2f} {largest:19.0f}")
        print(f"  two processors here do {worth:.2f} times the work of one")
    assert hours >= HOURS
    assert len(set(digests)) == parts, "a part that is like another one is encoded once"
    assert one.episode.read_bytes() == both.episode.read_bytes()
    compare("one pass: ours against ffmpeg's", ("dropcast", one_wall), ("ffmpeg alone", alone.wall), "s")
    compare(
        "two processors against ffmpeg's one pass", ("ffmpeg alone", alone.wall), ("dropcast", both_wall), "s"
    )
    faster = compare("one pass against two processors", ("one", one_wall), ("two", both_wall), "s")
    assert_exact(both.episode, report["samples"])
    assert max(each.largest for each in (settling, *by_one, *by_both)) < MEMORY
    assert faster >= 1.7, f"where two processors do {worth:.2f} times the work of one"


def one_pass_of_ffmpeg(job: StoredJob, ready: Path, on: Sequence[int]) -> Taken:
    """Encode an hour of what is rendered, and return what all would take: ffmpeg is as fast throughout."""
    parts = job.parts()
    write_ready(job, (part for part in parts if part.position < SAMPLE_HOURS * 3600 * RATE), ready)
    taken = watch(yardstick(ready, ready.with_suffix(".mp3")), on)
    times = (parts[-1].position + parts[-1].samples) * SAMPLE_BYTES / ready.stat().st_size
    return replace(taken, wall=taken.wall * times, cpu=taken.cpu * times)


def assert_exact(episode: Path, samples: int) -> None:
    """The header says, and a player plays, exactly what was settled."""
    decode = [ffmpeg_program(), "-v", "error", "-i", episode, "-f", "s16le", "-"]
    with subprocess.Popen(decode, stdout=subprocess.PIPE) as decoding:
        played = sum(len(chunk) for chunk in iter(lambda: decoding.stdout.read(1 << 20), b""))
    assert decoding.returncode == 0
    assert played == samples * SAMPLE_BYTES
    assert round(MP3(episode).info.length * RATE, 3) == samples
    said = subprocess.run(
        [ffmpeg_program(), "-i", episode], capture_output=True, text=True, check=False
    ).stderr
    hours, minutes, seconds, hundredths = map(int, re.search(DURATION, said).groups())
    assert ((hours * 60 + minutes) * 60 + seconds) * 100 + hundredths == round(samples * 100 / RATE)


def capacity(ready: Path, two: Sequence[int]) -> float:
    """Return how much more two processors do than one, where there is nothing to be shared."""
    program, _, *arguments = yardstick(ready, Path(os.devnull))
    command = [program, "-y", "-t", str(CAPACITY_SECONDS), *arguments]
    one = watch(command, two[:1]).wall
    return 2 * one / max(each.wall for each in watch_all([command] * 2, [[core] for core in two]))
