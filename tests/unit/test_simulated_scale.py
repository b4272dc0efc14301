"""The simulation behind docs/scale.md keeps its own laws, knows what is deployed, and made the document."""

import re
from pathlib import Path

import pytest
import simulated
import simulated_flow as flow
import simulated_limits as limits
from simulated_costs import cost
from simulated_events import Simulation
from simulated_limits import Deployment, Drop, Load

from dropcast.jobs.blocks import BLOCK_SIZE, Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import encode_step, encode_utterance
from dropcast.jobs.part import Coding, Part, Piece
from dropcast.jobs.utterance import Utterance
from dropcast.voices.request import SpeechRequest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
STORM = Load(100, 100, within=600)  # more than a stack takes in


@pytest.mark.parametrize("pausing", [True, False])
@pytest.mark.parametrize("deployment", [Deployment(30), Deployment(), Deployment(200, 20), Deployment(1_000)])
def test_every_line_is_spoken_once_and_every_conversation_ends(deployment, pausing):
    run = Simulation(deployment, STORM.drops(), pausing=pausing).run()
    assert {each.spoken for each in run.conversations} == {100}
    assert {(each.unspoken, each.unrendered) for each in run.conversations} == {(0, 0)}
    assert min(run.walls) > 0


@pytest.mark.parametrize("deployment", [Deployment(30, 60), Deployment(200, 20), Deployment(1_000, 8)])
def test_the_quota_is_used_up_and_never_exceeded(deployment):
    run = Simulation(deployment, STORM.drops()).run()
    assert run.quota.peak == deployment.requests_per_minute


def test_no_minute_of_speech_is_won_against_the_quota():
    deployment = Deployment(200, 20)
    run = Simulation(deployment, [Drop(0, 2_000)]).run()
    minutes_touched = run.walls[0] // 60 + 1
    assert minutes_touched * deployment.requests_per_minute >= 2_000


def test_a_bucket_that_takes_few_writes_sets_the_pace_and_is_not_exceeded():
    def few(_: float) -> float:
        return 10

    deployment, drops = Deployment(1_000, 6), [Drop(0, 1_000)]
    run = Simulation(deployment, drops, bucket_writes=few).run()
    assert run.bucket.peak <= 10
    assert run.walls[0] >= 1_000 * limits.WRITES / 10
    assert run.walls[0] > 2 * Simulation(deployment, drops).run().walls[0]


def test_no_more_lines_are_worked_on_than_there_are_workers():
    deployment = Deployment()
    run = Simulation(deployment, [Drop(0, 2_000)], pausing=False).run()
    assert run.walls[0] >= 2_000 * limits.LINE_STORAGE / deployment.workers
    slower = Simulation(deployment, [Drop(0, 2_000)], pausing=False, speech_seconds=4).run()
    assert slower.walls[0] > 1.5 * run.walls[0]


@pytest.mark.parametrize("load", [Load(1, 100), Load(1, 5_000), STORM])
def test_more_quota_is_never_slower(load):
    quotas = [30, 100, 200, 500, 1_000]
    walls = [max(Simulation(Deployment(quota, 2.5), load.drops()).run().walls) for quota in quotas]
    assert walls == sorted(walls, reverse=True)
    walls = [max(flow.walls(Deployment(quota, 2.5), load.drops())) for quota in quotas]
    assert walls == sorted(walls, reverse=True)


def test_what_is_refused_comes_again_and_is_not_given_up():
    run = Simulation(Deployment(), STORM.drops()).run()
    assert run.push.refused > 100
    assert max(line.refused for line in run.lines) < limits.MOST_ATTEMPTS


def test_the_same_day_is_the_same_twice():
    once, again = (Simulation(Deployment(), STORM.drops()).run() for _ in range(2))
    assert once.walls == again.walls
    assert once.walls != Simulation(Deployment(), STORM.drops(seed=2)).run().walls


@pytest.mark.parametrize("pausing", [True, False])
@pytest.mark.parametrize("deployment", [Deployment(), Deployment(200, 6), Deployment(1_000, 6)])
@pytest.mark.parametrize("load", [Load(1, 10_000), Load(200, 100, within=600)])
def test_events_and_flow_agree(deployment, load, pausing):
    """Where there is a queue: a quota by the minute lets a few lines pass faster than they would flow."""
    drops = load.drops()
    kept = simulated.kept(deployment) if pausing else 1.0
    walls = flow.walls(deployment, drops, kept)
    run = Simulation(deployment, drops, pausing=pausing).run()
    assert max(walls) == pytest.approx(max(run.walls), rel=0.1)
    assert sum(walls) == pytest.approx(sum(run.walls), rel=0.1)
    assert flow.longest_queue(deployment, drops, kept) == pytest.approx(run.push.longest, rel=0.1)


def test_a_flow_that_is_too_wide_for_a_bucket_waits_until_it_has_grown():
    def spoken_in_a_doubling(at: float) -> int:
        walls = flow.walls(Deployment(40_000), [Drop(at, 1_000)] * 1_000)
        return 1_000 * sum(wall <= limits.BUCKET_DOUBLES for wall in walls)

    at_first = limits.BUCKET_DOUBLES * limits.BUCKET_WRITES / limits.WRITES
    assert spoken_in_a_doubling(0) <= at_first
    assert at_first < spoken_in_a_doubling(limits.BUCKET_DOUBLES) <= 2 * at_first


def test_the_parts_of_a_cost_make_the_whole():
    for lines in simulated.SIZES:
        found = cost(lines, Deployment())
        rest = found.functions + found.operations + found.storage + found.messages
        assert found.total == pytest.approx(found.speech + rest)
        assert found.speech == pytest.approx(lines * 80 * 30 / 1e6)
        assert 0 < rest < 0.05 * found.speech


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("stages.tf", "in_flight = max(1, floor(var.speech.requests_per_minute * var.speech.seconds / 60))"),
        ("stages.tf", "synthesizes = ceil(local.in_flight / 16)"),
        ("stages.tf", "at_once = floor(local.in_flight / local.synthesizes)"),
        ("stages.tf", f"cpu = 1, concurrency = 4, instances = {limits.FINALIZERS}, timeout = 540"),
        ("variables.tf", f"requests_per_minute = optional(number, {Deployment().requests_per_minute})"),
        ("variables.tf", f"seconds = optional(number, {Deployment().seconds:.0f})"),
        ("variables.tf", f"cache = optional(number, {limits.CACHE_DAYS})"),
        ("variables.tf", f"jobs = optional(number, {limits.JOB_DAYS})"),
        ("topics.tf", f'minimum_backoff = "{limits.FIRST_RETRY}s"'),
        ("topics.tf", f'maximum_backoff = "{limits.LAST_RETRY}s"'),
        ("topics.tf", f"max_delivery_attempts = {limits.MOST_ATTEMPTS}"),
        ("topics.tf", f'message_retention_duration = "{limits.MESSAGE_DAYS * 86_400}s"'),
    ],
)
def test_what_is_simulated_is_what_is_deployed(file, said):
    assert said in re.sub(r" +", " ", (ROOT / "infra" / file).read_text(encoding="utf-8"))


def test_messages_are_as_long_as_reckoned():
    job = Upload("my-project-dropcast-uploads", "shows/episode-12.json", 1_790_000_000_000_000).job
    voice = "en-US-Chirp3-HD-Kore"
    words = "x" * limits.CHARACTERS
    request = SpeechRequest("text", words, voice, "en-US", None, None, None, 24_000, ())
    piece = Piece(f"sound/{job}/000100", 1_234_567, "a" * 64, 1_234, 120_000, 1_234_567, -1.234567, 120, 120)
    of_part = round(limits.PART_AUDIO / limits.LINE_AUDIO) + 4  # the last ones before it, the first behind it
    part = Part(
        job=job,
        position=10**9,
        samples=4_300_000,
        sample_rate_hertz=24_000,
        is_last=False,
        ceiling=0.891,
        pieces=(piece,) * of_part,
        beds=(),
        codings=(Coding("mp3", 24_000, 96),),
    )
    assert len(encode_utterance(Utterance(job, 5_000, 10_000, 5_000, request))) == limits.LINE_MESSAGE
    assert len(encode_step(Block(job, 100, 10_000))) == limits.BLOCK_MESSAGE
    assert len(encode_step(part)) == pytest.approx(limits.PART_MESSAGE, rel=0.1)
    assert limits.BLOCK == BLOCK_SIZE


def test_the_document_shows_what_the_simulation_finds():
    document = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    written = [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", document, re.MULTILINE)]
    made = simulated.tables()
    again = "python tests/benchmarks/simulated.py makes the tables"
    assert [len(table) for table in written[: len(made)]] == [len(table) for table in made], again
    for ours, theirs in zip(made, written, strict=False):
        for row, line in zip(ours, theirs, strict=True):
            assert line.split("|")[1] == row.split("|")[1], again
            assert NUMBER.sub("#", line) == NUMBER.sub("#", row), again
            assert all(map(_is_as_good_as, NUMBER.findall(line), NUMBER.findall(row))), (line, row, again)


def _is_as_good_as(written: str, made: str) -> bool:
    """Compare within rounding, and what another processor's mathematics may differ by."""
    last_place = 10.0 ** -len(made.partition(".")[2])
    return float(written.replace(",", "")) == pytest.approx(
        float(made.replace(",", "")), rel=0.02, abs=1.01 * last_place
    )
