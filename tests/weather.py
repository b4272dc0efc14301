"""The world in any weather: whatever may go wrong between a stage and what is outside of it.

One entry of the weather is used up at each call a stage makes to the outside world, before and after it
takes effect; then the weather stays fine. The lists have a fixed length, because Hypothesis prefers short
ones, in which the last stages never see a storm.
"""

import json
from collections import Counter
from itertools import count

from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import decode_outcomes
from dropcast.jobs.part import Part
from dropcast.jobs.planning import Defaults
from dropcast.jobs.utterance import Utterance
from dropcast.ports import TryLater
from dropcast.stages.bury import bury_step, bury_upload, bury_utterance
from dropcast.stages.dispatch import dispatch_script
from dropcast.stages.finalize import finalize_block, finalize_part
from dropcast.stages.in_flight import InFlight
from dropcast.stages.shared_look import SharedLook
from dropcast.stages.synthesize import synthesize_utterance
from fakes import DigestEncoder, MemoryEpisodeStore, MemoryObjectStore, MemoryTopic, ToneSpeech, WavMedia

weather_of_a_day = st.lists(
    st.sampled_from(["fine"] * 6 + ["crash", "overlap", "repeat"]), min_size=400, max_size=400
)


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


class FirstPick:
    """Draws nothing: first come, first served."""

    def draw(self, strategy):
        return 0
