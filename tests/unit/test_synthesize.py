"""An utterance gets exactly one outcome, and whoever fills a block says so."""

import contextlib
import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dropcast.jobs import names
from dropcast.jobs.outcome import Rejection, Spoken, decode_outcomes
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.sound.wav import Clip, encode_wav, parse_wav
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from dropcast.voices.request import speech_request
from fakes import MemoryObjectStore, MemoryTopic, ToneSpeech, spoken_samples, tone

VOICE = "en-US-Chirp3-HD-Kore"


def utterance(index=0, total=1, text="Hello there.", job="job-1"):
    request = speech_request(kind="text", content=text, voice=VOICE, language_code="en-US")
    return Utterance(job, index, total, index, request)


class World:
    def __init__(self, speech=None):
        self.jobs, self.blocks, self.looks = MemoryObjectStore(), MemoryTopic(), SharedLook(patience=0)
        self.speech = speech or ToneSpeech()

    def synthesize(self, *utterances):
        for each in utterances:
            synthesize_utterance(each, self.jobs, self.speech, self.blocks, self.looks)
        return self

    def outcome(self, of):
        (outcome,) = decode_outcomes(self.jobs.objects[names.outcome(of.block, of.index)])
        return outcome


class Takes:
    """Answers each call with the next of these takes."""

    def __init__(self, *takes):
        self.takes = list(takes)

    def speak(self, request):
        take = self.takes.pop(0)
        if isinstance(take, Exception):
            raise take
        return take


GOOD, SILENT, EMPTY = (
    encode_wav(clip) for clip in (tone(5000), Clip(bytes(10_000), 24_000), Clip(b"", 24_000))
)


def test_a_spoken_utterance_is_a_clip_with_its_measured_length():
    world = World().synthesize(utterance())
    outcome = world.outcome(utterance())
    clip = parse_wav(world.jobs.objects[outcome.audio])
    assert outcome == Spoken(0, names.clip(utterance().request.digest()), clip.samples, cached=False)


def test_the_same_words_in_another_job_are_copied_not_spoken():
    world = World().synthesize(utterance(), utterance(job="job-2"))
    assert len(world.speech.spoken) == 1
    outcome = world.outcome(utterance(job="job-2"))
    assert (outcome.audio, outcome.cached) == ("takes/job-2/000000.wav", True)
    assert world.jobs.objects[outcome.audio] == world.jobs.objects[world.outcome(utterance()).audio]


def test_a_repeated_delivery_changes_nothing_and_says_again_that_the_block_is_full():
    world = World().synthesize(utterance())
    before = dict(world.jobs.objects)
    world.synthesize(utterance())
    assert len(world.speech.spoken) == 1
    assert all(world.jobs.objects[name] is data for name, data in before.items())
    assert world.blocks.published == [utterance().block] * 2


def test_the_block_is_published_when_its_last_outcome_is_there():
    three = [utterance(index, 3, f"line {index}") for index in range(3)]
    world = World().synthesize(three[2], three[0])
    assert world.blocks.published == []
    world.synthesize(three[1])
    assert world.blocks.published == [three[0].block]


def test_what_the_service_refuses_is_an_outcome():
    world = World(ToneSpeech(refused=["Hello there."])).synthesize(utterance())
    assert world.outcome(utterance()) == Rejection(0, "unspeakable: Hello there.")
    assert world.blocks.published == [utterance().block]


def test_what_may_pass_later_escapes_and_leaves_no_outcome():
    world = World(Takes(TryLater("quota"), GOOD))
    with pytest.raises(TryLater):
        world.synthesize(utterance())
    assert world.jobs.objects == {}
    world.synthesize(utterance())
    assert isinstance(world.outcome(utterance()), Spoken)
    assert world.blocks.published == [utterance().block]


def test_a_sentence_too_long_for_the_service_is_cut_until_it_is_not():
    text = " ".join(f"word{number}" for number in range(70))
    speech = ToneSpeech(longest=100)
    world = World(speech).synthesize(utterance(text=text))
    assert max(len(request.content.encode()) for request in speech.spoken) <= 100
    assert " ".join(request.content for request in speech.spoken).split() == text.split()
    lengths = [spoken_samples(request.content) for request in speech.spoken]
    assert world.outcome(utterance(text=text)).samples == sum(lengths)


def test_a_word_that_cannot_be_cut_any_further_is_a_rejection():
    world = World(ToneSpeech(longest=3)).synthesize(utterance())
    assert "sentences that are too long" in world.outcome(utterance()).reason


@pytest.mark.parametrize("bad", [SILENT, EMPTY, b"not audio", GOOD[:-10]])
def test_a_clip_that_is_no_good_is_spoken_once_more(bad):
    world = World(Takes(bad, GOOD)).synthesize(utterance())
    assert world.outcome(utterance()).samples == 5000


@pytest.mark.parametrize(
    ("bad", "reason"),
    [(SILENT, "silent"), (EMPTY, "empty"), (b"<html>", "WAV"), (GOOD[:-10], "cut short")],
)
def test_a_clip_that_is_no_good_twice_is_a_rejection_that_says_why(bad, reason):
    world = World(Takes(bad, bad)).synthesize(utterance())
    assert reason in world.outcome(utterance()).reason
    assert not any(name.startswith("clips/") for name in world.jobs.objects)


def test_a_clip_of_another_sample_rate_is_refused():
    odd = encode_wav(Clip(tone(5000).pcm, 22_050))
    world = World(Takes(odd, odd)).synthesize(utterance())
    assert "22050 Hz instead of 24000 Hz" in world.outcome(utterance()).reason


def test_of_two_that_speak_at_once_both_tell_of_the_clip_that_is_stored():
    first, second = utterance(0, 2), utterance(1, 2)
    world = World()
    world.speech = SpeaksMeanwhile(world, second)
    world.synthesize(first)
    for each in (first, second):
        outcome = world.outcome(each)
        assert parse_wav(world.jobs.objects[outcome.audio]).samples == outcome.samples
    assert len({world.outcome(each).audio for each in (first, second)}) == 2


class SpeaksMeanwhile:
    """While it speaks for the first time, another delivery of the same words is handled from start to end."""

    def __init__(self, world, other):
        self.world, self.other, self.lengths = world, other, [3000, 4000]

    def speak(self, request):
        length = self.lengths.pop(0)
        if self.lengths:
            self.world.synthesize(self.other)
        return encode_wav(tone(length))


def test_one_look_serves_all_who_are_at_work_on_a_block_together():
    world = World()
    world.looks = SharedLook(patience=5)
    together, speak = threading.Barrier(32), world.speech.speak

    def speak_together(request):
        together.wait(5)
        return speak(request)

    world.speech.speak = speak_together
    many = [utterance(index, 32, f"line {index}") for index in range(32)]
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(world.synthesize, many))
    assert world.jobs.operations.count("list") <= 4
    assert world.blocks.published[-1] == many[0].block


def test_pieces_of_a_line_that_were_spoken_are_not_bought_again():
    text = "one after another the words go on without any mark at all for a very long while"
    world = World(ToneSpeech(longest=40))
    speak, calls = world.speech.speak, itertools.count()

    def breaking_off(request):
        if next(calls) % 3 == 2:
            raise TryLater("quota")
        return speak(request)

    world.speech.speak = breaking_off
    for _ in range(20):
        with contextlib.suppress(TryLater):
            world.synthesize(utterance(text=text))
            break
    assert isinstance(world.outcome(utterance(text=text)), Spoken)
    assert " ".join(request.content for request in world.speech.spoken).split() == text.split()


def test_a_clip_much_too_short_for_its_text_is_no_good():
    text = "This is a long line of which almost nothing can be heard in a quarter of a second."
    world = World(Takes(GOOD, GOOD)).synthesize(utterance(text=text))
    assert "cut short" in world.outcome(utterance(text=text)).reason


def test_outcomes_are_lines_of_json():
    world = World().synthesize(utterance())
    data = world.jobs.objects[names.outcome(utterance().block, 0)]
    assert data.endswith(b"\n")
    assert set(json.loads(data)) == {"utterance", "audio", "samples", "cached"}
