"""Whatever is lost, repeated, reordered, delayed or overlapped, a job ends once, and right."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs import names
from dropcast.jobs.blocks import BLOCK_SIZE, Block, block_count
from dropcast.jobs.identity import Upload
from dropcast.jobs.outcome import Rejection
from dropcast.sound import cuts
from weather import Cloud, FirstPick, weather_of_a_day

pytestmark = pytest.mark.timeout(600)  # a failing example is shrunk, which takes its time

OLD, NEW = Upload("uploads", "show.d/story.json", 7), Upload("uploads", "show.d/story.json", 8)
REFUSED = "unspeakable"
LINES = BLOCK_SIZE + 3  # two blocks, the second of them short


@pytest.fixture(autouse=True, scope="module")
def short_parts():
    """Parts of a few seconds, so that episodes of half a minute have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "SHORTEST", 2 * 24_000)
        patch.setattr(cuts, "LONG", 4 * 24_000)
        yield


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
@given(weather_of_a_day, st.sampled_from([1, 2, 3, LINES]), st.data())
def test_a_job_ends_once_and_right_in_any_weather(weather, lines, picks):
    cloud = Cloud(weather, picks)
    cloud.upload(NEW, script(lines))
    cloud.run()
    check_episode(cloud, NEW, lines)
    check_published(cloud, NEW, ["mp3", "vtt", "report.json"])


@settings(max_examples=25)
@given(weather_of_a_day, st.data())
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
@given(weather_of_a_day, st.data())
def test_a_refused_line_is_left_out_where_the_script_says_skip(weather, picks):
    cloud = Cloud(weather, picks, refused=[REFUSED])
    lines = [*script(LINES - 1), {"speaker": "B", "line": REFUSED}]
    cloud.upload(NEW, {"lines": lines, "onError": "skip"})
    cloud.run()
    check_episode(cloud, NEW)
    assert [isinstance(outcome, Rejection) for outcome in cloud.outcomes(NEW)].count(True) == 1
    assert cloud.report(NEW)["lines"][-1]["state"] == "rejected"


@settings(max_examples=25)
@given(weather_of_a_day, st.data())
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
@given(weather_of_a_day, st.data())
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
@given(weather_of_a_day, st.data())
def test_parts_rendered_ahead_of_time_make_the_same_episode_in_any_weather(weather, picks):
    cloud = Cloud(weather, picks)
    cloud.upload(NEW, script(LINES, audio={"loudness": "off"}))
    cloud.run()
    check_episode(cloud, NEW)


@settings(max_examples=25)
@given(weather_of_a_day, st.data())
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
