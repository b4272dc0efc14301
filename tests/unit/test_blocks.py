"""Blocks part a job's utterances without rest or overlap, and every object has a name of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block, block_count
from dropcast.jobs.utterance import Utterance
from dropcast.voices.request import speech_request

REQUEST = speech_request(kind="text", content="Hi.", voice="en-US-Chirp3-HD-Kore", language_code="en-US")


def blocks(utterances, job="job-1"):
    return [Block(job, index, utterances) for index in range(block_count(utterances))]


@given(st.integers(0, 10_000))
def test_every_utterance_is_in_exactly_one_block_in_order(utterances):
    members = [member for block in blocks(utterances) for member in block.members]
    assert members == list(range(utterances))


@given(st.integers(1, 10_000), st.data())
def test_an_utterance_knows_its_block(utterances, data):
    index = data.draw(st.integers(0, utterances - 1))
    block = Utterance("job-1", index, utterances, 0, REQUEST).block
    assert index in block.members
    assert block in blocks(utterances)


@given(st.integers(1, 10_000))
def test_no_block_is_empty_or_more_than_one_compose_request_can_join(utterances):
    assert all(1 <= len(block.members) <= 32 for block in blocks(utterances))


def test_no_utterances_make_no_block():
    assert block_count(0) == 0


def test_the_names_of_a_jobs_blocks_sort_as_the_blocks_do():
    every = blocks(10_000)
    for name in (names.outcomes, names.gathered, names.sound):
        assert sorted(map(name, every)) == list(map(name, every))


def test_every_object_of_two_jobs_has_a_name_of_its_own():
    # The second name begins with the first: a careless prefix would mix them up.
    every = [name for job in ("story", "story-1") for name in names_of(job, utterances=12 * BLOCK_SIZE)]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("listed", [lambda job: f"{names.sounds(job)}", lambda job: f"takes/{job}/"])
def test_listing_one_job_never_finds_another(listed):
    others = names_of("story-1", utterances=3)
    assert not [name for name in others if name.startswith(listed("story"))]


def test_listing_a_block_finds_its_outcomes_and_no_others():
    every = blocks(12 * BLOCK_SIZE)
    for block in every:
        found = {
            names.outcome(each, utterance)
            for each in every
            for utterance in each.members
            if names.outcome(each, utterance).startswith(names.outcomes(block))
        }
        assert found == {names.outcome(block, utterance) for utterance in block.members}


def test_listing_a_jobs_sound_finds_all_its_blocks():
    assert all(names.sound(block).startswith(names.sounds("job-1")) for block in blocks(100))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (names.plan("j"), "plans"),
        (names.clip("d"), "clips"),
        (names.take("j", 0), "takes"),
        (names.outcome(Block("j", 0, 1), 0), "outcomes"),
        (names.gathered(Block("j", 0, 1)), "gathered"),
        (names.sound(Block("j", 0, 1)), "sound"),
        (names.layout("j"), "layouts"),
        (names.recipes("j", "s"), "recipes"),
        (names.draft("j", "s"), "drafts"),
        (names.encoded("d", "mp3"), "encoded"),
        (names.encoded_frames("d", "c", "mp3"), "encoded"),
        (names.part("j", "d", "mp3"), "parts"),
        (names.part_frames("j", "d", "c", "mp3"), "parts"),
        (names.join("j", "s", "mp3", "header"), "joins"),
        (names.result("j", "s", "mp3"), "results"),
        (names.report("j"), "reports"),
    ],
)
def test_the_kind_of_an_object_comes_first_so_that_a_lifecycle_rule_can_age_it(name, kind):
    assert name.startswith(f"{kind}/")


def names_of(job, utterances):
    yield from (names.plan(job), names.report(job), names.layout(job), names.recipes(job, "s"))
    yield from (names.draft(job, "s"), names.result(job, "s", "mp3"), names.result(job, "s", "vtt"))
    yield from (names.part(job, "d", "mp3"), names.part_frames(job, "d", "c", "mp3"))
    yield from (names.join(job, "s", "mp3", "header"), names.join(job, "s", "wav", "header"))
    for block in blocks(utterances, job):
        yield from (names.gathered(block), names.sound(block))
        for utterance in block.members:
            yield from (names.outcome(block, utterance), names.take(job, utterance))
