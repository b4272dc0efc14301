"""An upload becomes its plan and one message per utterance; what cannot become one is told why."""

import json

import pytest

from dropcast.jobs import names
from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import decode_plan
from dropcast.jobs.planning import Defaults
from dropcast.stages.dispatch import dispatch_script
from fakes import MemoryEpisodeStore, MemoryObjectStore, MemoryTopic

UPLOAD = Upload("uploads", "shows/story.json", 7)
TWO_LINES = b'[{"speaker":"A","line":"One."},{"speaker":"B","line":""},{"speaker":"B","line":"Two."}]'


class World:
    def __init__(self, script=TWO_LINES, name=UPLOAD.name, generation=UPLOAD.generation):
        self.uploads, self.jobs, self.lines = MemoryObjectStore(), MemoryObjectStore(), MemoryTopic()
        self.episodes = MemoryEpisodeStore(self.jobs)
        self.uploads.put(name, script, generation)

    def dispatch(self, upload=UPLOAD, defaults=Defaults()):
        dispatch_script(upload, self.uploads, self.jobs, self.episodes, self.lines, defaults)
        return self

    def report(self, upload=UPLOAD):
        return json.loads(self.jobs.objects[names.report(upload.job)])


def test_publishes_one_message_for_each_line_with_text():
    world = World().dispatch()
    assert [(u.index, u.total, u.line, u.request.content) for u in world.lines.published] == [
        (0, 2, 0, "One."),
        (1, 2, 2, "Two."),
    ]
    assert {u.job for u in world.lines.published} == {UPLOAD.job}


def test_two_speakers_get_two_voices_of_the_language():
    world = World().dispatch()
    voices = [u.request.voice for u in world.lines.published]
    assert len(set(voices)) == 2
    assert all(voice.startswith("en-US-") for voice in voices)


def test_a_redelivery_keeps_the_first_plan():
    # A deployment between two deliveries may cast or cut differently.
    world = World().dispatch()
    first = world.jobs.objects[names.plan(UPLOAD.job)]
    world.dispatch(defaults=Defaults(language_code="fr-FR"))
    assert world.jobs.objects[names.plan(UPLOAD.job)] is first
    assert world.lines.published[:2] == world.lines.published[2:]


def test_a_job_is_one_generation():
    world = World(generation=8)
    world.dispatch()  # the event of generation 7, late: what it told of is gone
    assert world.lines.published == []
    assert world.jobs.objects == {}


def test_all_that_is_wrong_with_a_script_stands_in_its_report():
    lines = [
        {"speaker": "A", "line": "fine"},
        {"speaker": "B", "line": 7},
        {"speaker": "B", "lin": "x", "line": []},
    ]
    world = World(json.dumps(lines).encode()).dispatch()
    report = world.report()
    assert report["status"] == "failed"
    assert [error["pointer"] for error in report["errors"]] == ["/1/line", "/2/line"]
    assert world.lines.published == []
    assert set(world.episodes.objects) == {"shows/story.report.json"}


def test_what_a_voice_cannot_do_is_refused_before_a_cent_is_spent():
    script = {"speakers": {"A": {"pitch": 3}}, "lines": [{"speaker": "A", "line": "One."}] * 3}
    world = World(json.dumps(script).encode()).dispatch()
    (error,) = world.report()["errors"]
    assert error["pointer"] == "/speakers/A"
    assert "pitch 3" in error["message"]
    assert world.lines.published == []


def test_a_refused_script_is_refused_again_in_the_same_way():
    world = World(b"[").dispatch()
    before = dict(world.jobs.objects)
    world.dispatch()
    assert world.jobs.objects == before


@pytest.mark.parametrize(
    "name", ["cover.jpg", ".hidden.json", "shows/._story.json", "shows/", "story.report.json"]
)
def test_what_is_no_script_is_left_alone(name):
    world = World(b"whatever", name)
    world.dispatch(Upload("uploads", name, UPLOAD.generation))
    assert world.jobs.objects == {}
    assert world.episodes.objects == {}


def test_of_an_upload_of_any_size_no_more_is_read_than_a_script_may_have():
    world = World(b"[" + b" " * 50_000_000)
    read, sizes = world.uploads.read, []

    def watched(*arguments, **options):
        data = read(*arguments, **options)
        sizes.append(len(data))
        return data

    world.uploads.read = watched
    world.dispatch()
    assert sizes == [5 * 1024 * 1024 + 1]
    assert world.report()["errors"]


def test_lines_over_the_request_limit_become_several_utterances_within_it():
    text = "Ä sentence with ümlauts, and clauses. " * 400
    world = World(json.dumps([{"speaker": "A", "line": text}]).encode()).dispatch()
    pieces = [u.request.content for u in world.lines.published]
    assert len(pieces) > 2
    assert max(len(piece.encode()) for piece in pieces) <= 5000
    assert " ".join(pieces).split() == text.split()
    assert {u.line for u in world.lines.published} == {0}


def test_the_device_profile_is_sent_only_where_the_family_takes_it():
    script = {
        "speakers": {"A": {"voice": "en-US-Journey-D"}, "B": {"voice": "en-US-Chirp3-HD-Kore"}},
        "lines": [{"speaker": "A", "line": "One."}, {"speaker": "B", "line": "Two."}],
    }
    profile = ("small-bluetooth-speaker-class-device",)
    world = World(json.dumps(script).encode()).dispatch(defaults=Defaults(effects_profile=profile))
    assert [u.request.effects_profile for u in world.lines.published] == [profile, ()]


def test_the_plan_reads_back_as_it_was_laid():
    world = World().dispatch()
    plan = decode_plan(world.jobs.objects[names.plan(UPLOAD.job)])
    assert list(plan.utterances()) == world.lines.published
    assert (plan.head.title, plan.head.skipped) == ("story", (1,))
