"""An utterance gets exactly one outcome, and whoever fills a block says so."""

import contextlib
import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dropcast.jobs import names
from dropcast.jobs.batch.timing import Mark
from dropcast.jobs.outcome import Rejection, Spoken, decode_outcomes
from dropcast.jobs.plan import NO_LINE
from dropcast.jobs.recording import Recording
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.sound.measuring import measure
from dropcast.sound.wav import Clip, encode_wav, parse_wav
from dropcast.stages import synthesize
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from dropcast.stages.withdrawal_looks import WithdrawalLooks
from dropcast.voices.request import speech_request
from fakes import MemoryObjectStore, MemoryTopic, ToneSpeech, WavMedia, spoken_samples, tone

VOICE = "en-US-Chirp3-HD-Kore"


def utterance(index=0, total=1, text="Hello there.", job="job-1"):
    request = speech_request(kind="text", content=text, voice=VOICE, language_code="en-US")
    return Utterance(job, index, total, index, request)


MARKED = '<speak><mark name="0"/>Hello <mark name="1"/>there.</speak>'


def marked(index=0, total=1, job="job-1", content=MARKED, kind="ssml", *, withdrawable=False):
    request = speech_request(
        kind=kind, content=content, voice="en-US-Neural2-F", language_code="en-US", marks=True
    )
    return Utterance(job, index, total, index, request, withdrawable)


def insert(name="jingle.wav", index=0, total=1, job="job-1", rate=24_000):
    return Utterance(job, index, total, NO_LINE, Recording(name, rate))


class World:
    def __init__(self, speech=None):
        self.uploads, self.jobs = MemoryObjectStore(), MemoryObjectStore()
        self.blocks, self.looks = MemoryTopic(), SharedLook(patience=0)
        self.speech, self.media = speech or ToneSpeech(), WavMedia()
        self.withdrawals = WithdrawalLooks()

    def upload(self, name, data):
        self.uploads.put(name, data, generation=1)
        return self

    def synthesize(self, *utterances):
        for each in utterances:
            around = self.uploads, self.jobs, self.speech, self.media, self.blocks, self.looks
            synthesize_utterance(each, *around, self.withdrawals)
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


class MarkedTakes(Takes):
    """The same, with marks: each take is some audio and its marks."""

    def speak_with_marks(self, request):
        return self.speak(request)


GOOD, SILENT, EMPTY, BREAKS_OFF = (
    encode_wav(Clip(pcm, 24_000)) for pcm in (tone(5000).pcm, bytes(10_000), b"", tone(5000).pcm[:5000])
)


def test_a_spoken_utterance_is_a_clip_with_its_measures():
    world = World().synthesize(utterance())
    outcome = world.outcome(utterance())
    clip = parse_wav(world.jobs.objects[outcome.audio])
    assert outcome == Spoken(0, names.clip(utterance().request.digest()), measure(clip), cached=False)


def test_the_same_words_in_another_job_are_copied_not_spoken():
    world = World().synthesize(utterance(), utterance(job="job-2"))
    assert len(world.speech.spoken) == 1
    outcome = world.outcome(utterance(job="job-2"))
    assert (outcome.audio, outcome.cached) == ("takes/job-2/000000.wav", True)
    assert world.jobs.objects[outcome.audio] == world.jobs.objects[world.outcome(utterance()).audio]
    assert outcome.measures == world.outcome(utterance()).measures


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
    assert world.outcome(utterance(text=text)).measures.samples == sum(lengths)


def test_a_word_that_cannot_be_cut_any_further_is_a_rejection():
    world = World(ToneSpeech(longest=3)).synthesize(utterance())
    assert "sentences that are too long" in world.outcome(utterance()).reason


@pytest.mark.parametrize("bad", [SILENT, EMPTY, b"not audio", GOOD[:-10]])
def test_a_clip_that_is_no_good_is_spoken_once_more(bad):
    world = World(Takes(bad, GOOD)).synthesize(utterance())
    assert world.outcome(utterance()).measures.samples == 5000


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (SILENT, "silent"),
        (EMPTY, "empty"),
        (b"<html>", "WAV"),
        (GOOD[:-10], "cut short"),
        (BREAKS_OFF, "end is cut off"),
    ],
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
        assert parse_wav(world.jobs.objects[outcome.audio]).samples == outcome.measures.samples
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
    assert set(json.loads(data)) == {"utterance", "audio", "measures", "cached"}


def test_how_fast_the_voice_was_told_to_speak_is_known_to_the_gate(monkeypatch):
    asked = []

    def flaw(clip, rate, text, speaking_rate):
        asked.append((rate, text, speaking_rate))

    monkeypatch.setattr("dropcast.stages.speaking.flaw", flaw)
    fast = replace(utterance(), request=replace(utterance().request, speaking_rate=2.0))
    spelled = replace(utterance(), request=replace(utterance().request, kind="ssml"))
    World().synthesize(fast, spelled)
    assert asked == [(24_000, "Hello there.", 2.0), (24_000, "", None)]


def test_a_recording_is_decoded_into_a_clip_that_costs_nothing():
    world = World().upload("jingle.wav", GOOD).synthesize(insert())
    outcome = world.outcome(insert())
    assert parse_wav(world.jobs.objects[outcome.audio]) == tone(5000)
    assert (outcome.measures, outcome.cached) == (measure(tone(5000)), True)
    assert world.speech.spoken == []
    assert world.blocks.published == [insert().block]


def test_one_recording_under_two_names_is_decoded_once_and_is_two_clips():
    world = World().upload("a.wav", GOOD).upload("b.wav", GOOD)
    first, second = insert("a.wav", 0, 2), insert("b.wav", 1, 2)
    world.synthesize(first, second)
    assert len(world.media.opened) == 1
    assert world.outcome(first).measures == world.outcome(second).measures
    assert world.outcome(first).audio != world.outcome(second).audio  # storage joins no object twice


def test_a_recording_at_another_sample_rate_is_another_clip():
    world = World().upload("jingle.wav", GOOD).synthesize(insert())
    world.synthesize(insert(job="job-2", rate=48_000))
    assert "does not resample" in world.outcome(insert(job="job-2")).reason


def test_a_recording_that_was_replaced_is_decoded_anew_for_the_next_job():
    world = World().upload("jingle.wav", GOOD).synthesize(insert())
    world.upload("jingle.wav", encode_wav(tone(6000))).synthesize(insert(job="job-2"))
    assert world.outcome(insert(job="job-2")).measures.samples == 6000


def test_a_recording_that_was_replaced_between_deliveries_changes_nothing():
    world = World().upload("jingle.wav", GOOD).synthesize(insert())
    before = dict(world.jobs.objects)
    world.upload("jingle.wav", encode_wav(tone(6000))).synthesize(insert())
    assert all(world.jobs.objects[name] is data for name, data in before.items())
    assert world.outcome(insert()).measures.samples == 5000


def test_a_recording_replaced_after_a_crash_is_measured_as_it_is_stored():
    world = World().upload("jingle.wav", GOOD).synthesize(insert(job="another job"))
    world.jobs.fault = crash_after("copy")
    with contextlib.suppress(ConnectionAbortedError):
        world.synthesize(insert())
    world.jobs.fault = lambda _: None
    world.upload("jingle.wav", encode_wav(tone(6000))).synthesize(insert(job="a third"), insert())
    outcome = world.outcome(insert())
    assert measure(parse_wav(world.jobs.objects[outcome.audio])) == outcome.measures


def crash_after(operation):
    def fault(point):
        if point == f"after {operation}":
            raise ConnectionAbortedError(point)

    return fault


def test_a_recording_that_is_not_there_is_a_rejection_that_says_what_to_do():
    world = World().synthesize(insert("music/theme.mp3"))
    reason = "there is no music/theme.mp3 in the uploads bucket: upload it before the script"
    assert world.outcome(insert()) == Rejection(0, reason)
    assert world.blocks.published == [insert().block]


def test_a_recording_that_cannot_be_used_is_a_rejection_that_names_it():
    world = World().upload("notes.wav", b"some notes").synthesize(insert("notes.wav"))
    assert world.outcome(insert()).reason == "notes.wav: it does not begin as a WAV file does"
    assert not any(name.startswith("clips/") for name in world.jobs.objects)


def test_a_recording_of_silence_is_a_rejection():
    world = World().upload("quiet.wav", SILENT).synthesize(insert("quiet.wav"))
    assert world.outcome(insert()).reason.startswith("quiet.wav: it is silent")


def test_no_more_of_a_recording_is_read_than_is_taken(monkeypatch):
    monkeypatch.setattr(synthesize, "MOST_RECORDING_BYTES", len(GOOD))
    world = World().upload("fits.wav", GOOD).upload("large.wav", GOOD + b"x" * 1_000_000)
    read, lengths = world.uploads.read, []

    def watched(*arguments, **options):
        lengths.append(len(data := read(*arguments, **options)))
        return data

    world.uploads.read = watched
    world.synthesize(insert("fits.wav", 0, 2), insert("large.wav", 1, 2))
    assert isinstance(world.outcome(insert("fits.wav", 0, 2)), Spoken)
    assert world.outcome(insert("large.wav", 1, 2)).reason == "large.wav: it is larger than 0 MB"
    assert lengths == [len(GOOD), len(GOOD) + 1]


def test_a_recording_that_may_be_opened_later_leaves_no_outcome():
    world = World().upload("jingle.wav", GOOD)
    world.media.fault = later
    with pytest.raises(TryLater):
        world.synthesize(insert())
    assert world.jobs.objects == {}


def later(_):
    raise TryLater("no place is free")


def test_marks_are_told_with_the_clip_that_they_were_passed_in():
    world = World().synthesize(marked())
    outcome = world.outcome(marked())
    half = outcome.measures.samples / 24_000 / 2
    assert outcome.marks == (Mark(0, 0), Mark(1, pytest.approx(half)))
    assert outcome.audio == names.clip(marked().request.digest())


def test_a_clip_out_of_the_cache_has_the_marks_that_it_was_bought_with():
    world = World().synthesize(marked(), marked(job="job-2"))
    assert len(world.speech.spoken) == 1
    outcome = world.outcome(marked(job="job-2"))
    assert (outcome.audio, outcome.cached) == ("takes/job-2/000000.wav", True)
    assert outcome.marks == world.outcome(marked()).marks != ()


def test_the_same_words_without_marks_are_another_clip():
    plain = replace(marked(1, 2), request=replace(marked().request, marks=False))
    world = World().synthesize(marked(0, 2), plain)
    assert len(world.speech.spoken) == 2
    assert world.outcome(plain).marks == ()


@pytest.mark.parametrize("bad", [SILENT, EMPTY, b"not audio"])
def test_the_marks_are_those_of_the_take_that_passed(bad):
    bad_marks, good_marks = (Mark(0, 0.5),), (Mark(0, 0.1),)
    world = World(MarkedTakes((bad, bad_marks), (GOOD, good_marks))).synthesize(marked(), marked(job="job-2"))
    assert world.outcome(marked()).marks == world.outcome(marked(job="job-2")).marks == good_marks


def test_of_two_that_buy_at_once_both_tell_of_the_marks_of_the_clip_that_is_stored():
    first, second = marked(0, 2), marked(1, 2)
    world = World()
    world.speech = SpeaksMarksMeanwhile(world, second)
    world.synthesize(first)
    for each in (first, second):
        outcome = world.outcome(each)
        samples = parse_wav(world.jobs.objects[outcome.audio]).samples
        assert outcome.marks == (Mark(0, samples / 24_000),)


@pytest.mark.parametrize("place", range(4))
def test_of_two_that_buy_at_once_whichever_write_one_overtakes_the_marks_are_those_of_the_clip(place):
    first, second = marked(0, 2), marked(1, 2)
    world = World(SpeaksMarks(3000, 4000))
    points = itertools.count()

    def overtake(point):
        if point in ("before create", "after create") and next(points) == place:
            world.jobs.fault = lambda _: None
            world.synthesize(second)

    world.jobs.fault = overtake
    world.synthesize(first)
    for each in (first, second):
        outcome = world.outcome(each)
        samples = parse_wav(world.jobs.objects[outcome.audio]).samples
        assert outcome.marks == (Mark(0, samples / 24_000),)


@pytest.mark.parametrize("writes", range(3))
def test_marks_survive_a_crash_after_any_write(writes):
    world, left = World(SpeaksMarks(3000, 4000)), itertools.count()

    def crash(point):
        if point == "after create" and next(left) == writes:
            raise ConnectionAbortedError(point)

    world.jobs.fault = crash
    with contextlib.suppress(ConnectionAbortedError):
        world.synthesize(marked())
    world.synthesize(marked())
    outcome = world.outcome(marked())
    assert outcome.marks == (Mark(0, outcome.measures.samples / 24_000),)


class SpeaksMarks:
    """Speaks so many samples, one length after the other, with one mark at the very end."""

    def __init__(self, *lengths):
        self.lengths = list(lengths)

    def speak_with_marks(self, request):
        length = self.lengths.pop(0)
        return encode_wav(tone(length)), (Mark(0, length / 24_000),)


class SpeaksMarksMeanwhile(SpeaksMarks):
    """While it speaks for the first time, another delivery of the same words is handled from start to end."""

    def __init__(self, world, other):
        super().__init__(3000, 4000)
        self.world, self.other = world, other

    def speak_with_marks(self, request):
        spoken = super().speak_with_marks(request)
        if self.lengths:
            self.world.synthesize(self.other)
        return spoken


def test_marks_that_the_cache_has_forgotten_are_none():
    world = World().synthesize(marked())
    (stored,) = (name for name in world.jobs.objects if name.endswith(".marks.json"))
    del world.jobs.objects[stored]
    world.synthesize(marked(job="job-2"))
    assert world.outcome(marked(job="job-2")).marks == ()


def test_where_the_service_told_of_no_marks_none_are_stored_nor_told():
    world = World(MarkedTakes((GOOD, ()))).synthesize(marked(), marked(job="job-2"))
    assert world.outcome(marked()).marks == world.outcome(marked(job="job-2")).marks == ()
    assert not [name for name in world.jobs.objects if "marks" in name]


def test_marked_ssml_that_is_too_long_is_a_rejection_and_never_cut():
    world = World(ToneSpeech(longest=20)).synthesize(marked())
    assert "sentences that are too long" in world.outcome(marked()).reason
    assert world.speech.spoken == []


def test_text_has_no_marks_and_is_cut_as_ever():
    text = " ".join(f"word{number}" for number in range(70))
    world = World(ToneSpeech(longest=100)).synthesize(marked(content=text, kind="text"))
    assert world.outcome(marked(content=text, kind="text")).marks == ()


@pytest.mark.parametrize("content", ["Hello there.", MARKED])
def test_nothing_is_bought_for_a_job_that_was_deleted(content):
    kind = "ssml" if content == MARKED else "text"
    deleted = marked(content=content, kind=kind, withdrawable=True)
    world = World()
    world.jobs.create(names.withdrawn(deleted.job), b"")
    before = dict(world.jobs.objects)
    world.synthesize(deleted)
    assert (world.speech.spoken, world.jobs.objects, world.blocks.published) == ([], before, [])
    assert "list" not in world.jobs.operations


def test_what_costs_nothing_is_not_looked_after():
    world = World().synthesize(marked())
    world.jobs.create(names.withdrawn("job-2"), b"")
    world.synthesize(marked(job="job-2", withdrawable=True))
    assert isinstance(world.outcome(marked(job="job-2")), Spoken)


def test_one_look_serves_all_that_a_job_buys_within_a_second():
    looked, many = [], [marked(index, 8, withdrawable=True, content=f"<s>{index}</s>") for index in range(8)]
    world = World()
    read = world.jobs.read

    def watched(name, *arguments, **options):
        looked.append(name)
        return read(name, *arguments, **options)

    world.jobs.read = watched
    world.withdrawals = WithdrawalLooks(lambda: 12.5)
    world.synthesize(*many)
    assert [name for name in looked if name.startswith("withdrawn/")] == [names.withdrawn("job-1")]
    assert len(world.speech.spoken) == 8


def test_what_cannot_be_withdrawn_is_bought_without_a_look():
    world = World()
    world.jobs.create(names.withdrawn("job-1"), b"")
    world.synthesize(utterance())
    assert len(world.speech.spoken) == 1
    assert "read" not in world.jobs.operations


def test_where_nobody_keeps_the_looks_each_purchase_takes_its_own():
    world = World()
    world.withdrawals = None
    world.jobs.create(names.withdrawn("job-1"), b"")
    world.synthesize(marked(withdrawable=True))
    assert world.speech.spoken == []
