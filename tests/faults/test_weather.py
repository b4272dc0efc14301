"""Whatever is lost, repeated, reordered, delayed or overlapped, a job ends once, and right.

One entry of the weather is used up at each call a stage makes to the outside world, before and after it
takes effect; then the weather stays fine. The lists have a fixed length, because Hypothesis prefers short
ones, in which the last stages never see a storm.
"""

import json
from collections import Counter
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block, block_count
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection, decode_outcomes
from dropcast.jobs.part import Part
from dropcast.jobs.planning import Defaults
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.sound import cuts
from dropcast.stages.bury import bury_step, bury_upload, bury_utterance
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block, finalize_part
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from fakes import DigestEncoder, MemoryEpisodeStore, MemoryObjectStore, MemoryTopic, ToneSpeech, WavMedia

pytestmark = pytest.mark.timeout(600)  # a failing example is shrunk, which takes its time

OLD, NEW = Upload("uploads", "show.d/story.json", 7), Upload("uploads", "show.d/story.json", 8)
REFUSED = "unspeakable"
LINES = BLOCK_SIZE + 3  # two blocks, the second of them short

weather = st.lists(st.sampled_from(["fine"] * 6 + ["crash", "overlap", "repeat"]), min_size=400, max_size=400)


@pytest.fixture(autouse=True, scope="module")
def short_parts():
    """Parts of a few seconds, so that episodes of half a minute have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "SHORTEST", 2 * 24_000)
        patch.setattr(cuts, "LONG", 4 * 24_000)
        yield


class Crash(Exception):
    """The instance died, or the reply to a call was lost."""


class Cloud:
    """At-least-once delivery of what the stages cause, in this weather, in an order that the test draws."""

    def __init__(self, weather, picks, refused=(), most_tries=None):
        self.weather, self.picks, self.most_tries = iter(weather), picks, most_tries
        self.uploads = MemoryObjectStore()
        self.jobs = MemoryObjectStore(self.at)
        self.episodes = MemoryEpisodeStore(self.jobs, self.at)
        self.lines, self.blocks = MemoryTopic(self.at), MemoryTopic(self.at)
        self.speech = ToneSpeech(refused, fault=self.at)
        self.in_flight, self.looks = (
            InFlight(0, for_a_place=0),
            SharedLook(0),
        )  # overlaps are nested, not threads
        self.pending, self.tries, self.acknowledged, self.ids = [], Counter(), set(), count()
        self.checked: dict[str, int] = {}
        self.seen, self.lines_seen, self.blocks_seen, self.depth = {}, 0, 0, 0

    def upload(self, upload, script):
        self.uploads.put(upload.name, json.dumps(script).encode(), upload.generation)
        self.send([upload])

    def send(self, messages):
        self.pending += [(next(self.ids), message) for message in messages]

    def at(self, point):
        self.observe()
        match next(self.weather, "fine"):
            case "crash":
                raise Crash(point)
            case "overlap" if self.pending and self.depth < 4:
                self.deliver_one()
            case "repeat" if self.pending:
                self.pending.append(self.pending[0])

    def observe(self):
        self.send(self.lines.published[self.lines_seen :] + self.blocks.published[self.blocks_seen :])
        self.lines_seen, self.blocks_seen = len(self.lines.published), len(self.blocks.published)
        for name, data in self.jobs.objects.items():
            assert self.seen.setdefault(name, data) is data, f"{name} changed after it was created"
        self.check_stable_names()

    def check_stable_names(self):
        """Who sees a report under its stable name finds all that it names, of its script or a newer one."""
        for name, (data, standing) in self.episodes.objects.items():
            if name.endswith(".report.json") and standing.generation > self.checked.get(name, 0):
                for output in json.loads(data)["outputs"]:
                    there = self.episodes.objects[output["name"]][1]
                    assert there.script_generation >= standing.script_generation
                self.checked[name] = standing.generation

    def deliver_one(self):
        message = self.pending.pop(self.picks.draw(st.integers(0, len(self.pending) - 1)))
        self.depth += 1
        try:
            self.handle(message[1])
            self.acknowledged.add(message)  # for every copy of it: one that fails now never comes again
        except (Crash, TryLater):
            self.tries[message[1]] += 1
            if message not in self.acknowledged:
                self.pending.append(message)
        finally:
            self.depth -= 1
        self.observe()

    def handle(self, event):
        dead = self.most_tries is not None and self.tries[event] >= self.most_tries
        match event:
            case Upload() if dead:
                bury_upload(event, self.jobs, self.episodes)
            case Upload():
                args = (self.uploads, self.jobs, self.episodes, self.lines, Defaults())
                dispatch_script(event, *args)
            case Utterance() if dead:
                bury_utterance(event, self.jobs, self.blocks)
            case Utterance():
                world = self.uploads, self.jobs, self.speech, WavMedia(), self.blocks, self.looks
                synthesize_utterance(event, *world)
            case Block() | Part() if dead:
                bury_step(event, self.jobs, self.episodes)
            case Block():
                world = self.jobs, self.episodes, DigestEncoder(), self.blocks, self.in_flight
                finalize_block(event, *world)
            case Part():
                finalize_part(event, self.jobs, self.episodes, DigestEncoder(), self.in_flight)

    def run(self):
        while self.pending:
            self.deliver_one()
        return self

    def report(self, upload):
        return json.loads(self.jobs.objects[names.report(upload.job)])

    def outcomes(self, upload):
        prefix = f"outcomes/{upload.job}/"
        stored = sorted(name for name in self.jobs.objects if name.startswith(prefix))
        return [outcome for name in stored for outcome in decode_outcomes(self.jobs.objects[name])]

    def results(self, upload):
        """What the report names, by extension."""
        outputs = self.report(upload)["outputs"]
        return {output["format"]: self.jobs.objects[output["result"]] for output in outputs}


def script(count=LINES, **settings):
    lines = [{"speaker": "AB"[at % 2], "line": f"line number {at}"} for at in range(count)]
    return {"lines": lines, **settings} if settings else lines


def in_calm(cloud, upload):
    """The same job ended in fine weather, from the plan and the clips that it was ended from in the storm."""
    calm = Cloud([], FirstPick())
    spoken = ("plans/", "clips/", "takes/", "outcomes/")
    kept = {name: data for name, data in cloud.jobs.objects.items() if name.startswith(spoken)}
    calm.jobs.objects.update(kept)
    total = len(cloud.outcomes(upload))
    calm.send([Block(upload.job, at, total) for at in range(block_count(total))])
    return calm.run()


def check_episode(cloud, upload, lines=LINES):
    """What was rendered in any weather is what the same clips give in fine weather, to the byte."""
    assert cloud.report(upload)["status"] == "succeeded"
    assert cloud.results(upload) == in_calm(cloud, upload).results(upload)
    assert len(cloud.outcomes(upload)) == lines


def check_published(cloud, upload, extensions):
    stem = upload.name.removesuffix(".json")
    assert set(cloud.episodes.objects) == {f"{stem}.{extension}" for extension in extensions}
    results = {output["name"]: output["result"] for output in cloud.report(upload)["outputs"]}
    results[f"{stem}.report.json"] = names.report(upload.job)
    for name, (data, standing) in cloud.episodes.objects.items():
        assert data == cloud.jobs.objects[results[name]]
        assert standing.script_generation == upload.generation


@settings(max_examples=60)
@given(weather, st.sampled_from([1, 2, 3, LINES]), st.data())
def test_a_job_ends_once_and_right_in_any_weather(weather, lines, picks):
    cloud = Cloud(weather, picks)
    cloud.upload(NEW, script(lines))
    cloud.run()
    check_episode(cloud, NEW, lines)
    check_published(cloud, NEW, ["mp3", "vtt", "report.json"])


@settings(max_examples=25)
@given(weather, st.data())
def test_one_refused_line_fails_the_job_in_any_weather(weather, picks):
    cloud = Cloud(weather, picks, refused=[REFUSED])
    cloud.upload(NEW, [*script(LINES - 1), {"speaker": "B", "line": REFUSED}])
    cloud.run()
    report = cloud.report(NEW)
    assert report["status"] == "failed"
    assert [(e["pointer"], e["message"]) for e in report["errors"]] == [
        (f"/{LINES - 1}", f"unspeakable: {REFUSED}")
    ]
    check_published(cloud, NEW, ["report.json"])


@settings(max_examples=25)
@given(weather, st.data())
def test_a_refused_line_is_left_out_where_the_script_says_skip(weather, picks):
    cloud = Cloud(weather, picks, refused=[REFUSED])
    lines = [*script(LINES - 1), {"speaker": "B", "line": REFUSED}]
    cloud.upload(NEW, {"lines": lines, "onError": "skip"})
    cloud.run()
    check_episode(cloud, NEW)
    assert [isinstance(outcome, Rejection) for outcome in cloud.outcomes(NEW)].count(True) == 1
    assert cloud.report(NEW)["lines"][-1]["state"] == "rejected"


@settings(max_examples=25)
@given(weather, st.data())
def test_every_job_ends_even_if_its_messages_are_given_up(weather, picks):
    cloud = Cloud(weather, picks, most_tries=1)
    cloud.upload(NEW, script())
    cloud.run()
    report = cloud.report(NEW)
    if report["status"] == "succeeded":
        check_published(cloud, NEW, ["mp3", "vtt", "report.json"])
    else:
        assert report["errors"]
        check_published(cloud, NEW, ["report.json"])


@settings(max_examples=25)
@given(weather, st.data())
def test_an_older_script_never_replaces_a_newer_ones_episode(weather, picks):
    cloud = Cloud(weather, picks)
    cloud.uploads.put(OLD.name, json.dumps(script()).encode(), OLD.generation)
    cloud.send([OLD])
    for _ in range(picks.draw(st.integers(0, 200))):
        if cloud.pending:
            cloud.deliver_one()
    cloud.upload(NEW, script(title="newer", defaults={"pauseTurnMs": 0}))
    cloud.run()
    check_published(cloud, NEW, ["mp3", "vtt", "report.json"])


@settings(max_examples=25)
@given(weather, st.data())
def test_parts_rendered_ahead_of_time_make_the_same_episode_in_any_weather(weather, picks):
    cloud = Cloud(weather, picks)
    cloud.upload(NEW, script(LINES, audio={"loudness": "off"}))
    cloud.run()
    check_episode(cloud, NEW)


@settings(max_examples=25)
@given(weather, st.data())
def test_nothing_is_synthesized_that_the_cache_holds(weather, picks):
    cloud = Cloud([], picks)
    cloud.upload(OLD, script())
    cloud.run()
    assert len(cloud.speech.spoken) == LINES

    cloud.weather = iter(weather)
    edited = script()
    edited[5]["line"] = "another line, edited"
    cloud.upload(NEW, edited)
    cloud.run()
    assert {request.content for request in cloud.speech.spoken[LINES:]} == {"another line, edited"}
    check_episode(cloud, NEW)


@pytest.mark.parametrize("utterances", [1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 3 * BLOCK_SIZE])
def test_jobs_of_every_number_of_blocks_end(utterances):
    cloud = Cloud([], FirstPick())
    cloud.upload(NEW, script(utterances))
    cloud.run()
    assert cloud.report(NEW)["status"] == "succeeded"
    assert len(cloud.report(NEW)["lines"]) == utterances


class FirstPick:
    """Draws nothing: first come, first served."""

    def draw(self, strategy):
        return 0
