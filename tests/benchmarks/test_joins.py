"""How well clips are joined, and how fast: the seed's way, two that people take, ffmpeg alone, and ours."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from dialogue import dialogue, spoken_job
from judged import Stretch, clicks, decoded, difference
from stored_job import UPLOAD, StoredJob
from watched import Taken, cores, watch
from ways import (
    concat_way,
    one_after_the_other,
    our_stretches,
    our_way,
    pydub_way,
    seeds_stretches,
    seeds_way,
    usual_pass,
    write_ready,
    yardstick,
)

from dropcast.jobs import names
from dropcast.sound.wav import Clip

ROUNDS = 2  # of what is compared by its time, in turn; the better one counts


@dataclass(frozen=True, slots=True)
class Heard:
    """What is the matter with an episode: samples too many, clicks, and LU between its speakers."""

    too_long: int
    clicks: int
    difference: float


def heard(episode: Path, meant: int, stretches: Callable[[int], Sequence[Stretch]]) -> Heard:
    samples = decoded(episode)
    clips = stretches(len(samples))
    return Heard(len(samples) - meant, clicks(samples, clips), difference(samples, clips))


def peers(clips: Sequence[Clip], folder: Path, on: Sequence[int]) -> dict[str, tuple[Heard, Taken] | None]:
    """Join the clips as others do; None where that cannot be done here."""
    meant = sum(clip.samples for clip in clips)
    found: dict[str, tuple[Heard, Taken] | None] = {}

    def joined(name: str, command: Sequence[str], place: Path, stretches: Callable[[int], Sequence[Stretch]]):
        taken = watch(command, on)
        found[name] = heard(place / "episode.mp3", meant, stretches), taken
        shutil.rmtree(place)

    command, encoded = seeds_way(clips, folder / "seed")
    joined(
        "the seed's way: MP3 clips, copied",
        command,
        folder / "seed",
        lambda samples: seeds_stretches(clips, encoded, samples),
    )
    in_order = one_after_the_other(clips)
    joined(
        "concat demuxer over WAV clips",
        concat_way(clips, folder / "concat"),
        folder / "concat",
        lambda _: in_order,
    )
    if command := pydub_way(clips, folder / "pydub"):
        joined("pydub", command, folder / "pydub", lambda _: in_order)
    else:
        found["pydub (is not installed)"] = None
    return found


def fresh(job: StoredJob, name: str) -> StoredJob:
    """Return a double of a job, whose files are the same ones."""
    folder = job.folder.with_name(name)
    shutil.copytree(job.folder, folder, copy_function=os.link)
    return StoredJob(folder, job.lines)


def ours(job: StoredJob, on: Sequence[int]) -> tuple[Heard, Taken, Taken, Taken]:
    """Join as we do, and encode in one pass what came of it, as ffmpeg does by itself and by our settings.

    The better one of some rounds of each.
    """
    first = fresh(job, "ours")
    taken, passes = [watch(our_way(first), on)], []
    ready = job.folder.with_name("ready.pcm")
    write_ready(first, first.parts(), ready)
    for number in range(ROUNDS):
        passes.append(watch(yardstick(ready, ready.with_suffix(".mp3")), on))
        if number:
            again = fresh(job, f"again {number}")
            taken.append(watch(our_way(again), on))
            shutil.rmtree(again.folder)
    usual = watch(usual_pass(ready, ready.with_name("usual.mp3")), on)
    report = json.loads(first.jobs.read(names.report(UPLOAD.job)))
    assert report["status"] == "succeeded"
    stretches = our_stretches(first.parts())
    assert len(stretches) == job.lines
    return heard(first.episode, report["samples"], lambda _: stretches), _best(taken), usual, _best(passes)


def _best(rounds: Sequence[Taken]) -> Taken:
    return min(rounds, key=lambda taken: taken.wall)


def row(name: str, found: Heard | None, taken: Taken | None) -> str:
    sound = f"{found.too_long:+10,} {found.clicks:7,} {found.difference:6.2f}" if found else " " * 25
    cost = f"{taken.wall:9.2f} {taken.cpu:8.2f} {taken.memory:8.0f}" if taken else ""
    return f"  {name:<38} {sound} {cost}".rstrip()


@pytest.mark.parametrize("count", [100, 1_000])
def test_joining_against_what_others_do(count, tmp_path, capsys, compare):
    clips = dialogue(count)
    core = cores()[-1:]
    (tmp_path / "peers").mkdir()
    others = peers(clips, tmp_path / "peers", core)
    job, measuring = spoken_job(tmp_path / "job", clips, range(count))
    mine, taken, usual, alone = ours(job, core)
    with capsys.disabled():
        print(f"\n{count:,} clips of two speakers 6 LU apart, each way on one core")
        print(f"  {'':<38} {'too long':>10} {'clicks':>7} {'LU':>6} {'wall s':>9} {'CPU s':>8} {'MB':>8}")
        for name, found in others.items():
            print(row(name, *(found or (None, None))))
        print(row("ffmpeg alone: one pass over ready PCM", None, usual))
        print(row("ffmpeg alone, by our quick settings", None, alone))
        print(row("dropcast", mine, taken))
        print(f"  (to measure the clips, where they are made: {measuring:.2f} s of CPU)")
    assert mine.too_long == 0
    assert mine.clicks == 0
    assert mine.difference <= 0.2
    processors = compare("CPU", ("dropcast", taken.cpu), ("ffmpeg alone", usual.cpu), "s")
    wall = compare("wall", ("dropcast", taken.wall), ("ffmpeg alone", usual.wall), "s")
    compare("CPU, both by our settings", ("dropcast", taken.cpu), ("ffmpeg alone", alone.cpu), "s")
    if count == 1_000:  # of 100 clips, a part of the time is the start of Python
        assert processors <= 1.2
        assert wall <= 1.2
