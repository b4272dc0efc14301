"""Logs are one JSON object a line, as Cloud Logging reads them; what is counted by them says what it must."""

import ast
import json
import logging
import re
import sys
from pathlib import Path

import pytest
from functions_framework import create_app

from batch_world import BATCHES, RAINBOW, VERSION, Api
from dropcast import wiring
from dropcast.gateways.logs import JsonLines, about, log_as_json, note
from dropcast.jobs.identity import Upload
from dropcast.jobs.report import refused_report
from dropcast.scripts.problems import Problem
from dropcast.stages.publication import end_job
from fakes import MemoryEpisodeStore, MemoryObjectStore
from weather import Cloud, FirstPick

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "infra" / "monitoring.tf"
UPLOAD = Upload("uploads", "story.json", 7)
BATCH = Upload("uploads", "batch/local/story.json", 8)

# Each message of a stage, and what its entries say: dashboards, alerts and filters rely on it.
UTTERANCE = {"job", "utterance", "line", "block"}
SAID = {
    "gone": {"job"},
    "refused": {"job", "problems"},
    "planned": {"job", "utterances"},
    "spoken": UTTERANCE | {"cached", "characters"},
    "rejected": UTTERANCE | {"reason"},
    "withdrawn": UTTERANCE,
    "gathered": {"job", "block"},
    "rendered": {"job", "part", "encoded"},
    "archived": {"job", "succeeded", "failed"},
    "succeeded": {"job"},
    "failed": {"job", "problems"},
    "buried": {"job"},
    "swept": {"job"},
    "left": {"job", "bucket"},
    "woken": {"job", "utterances", "blocks", "times"},
    "unreadable": {"job"},
}


@pytest.fixture
def start():
    """Start logging as a deployed function does; it is put back afterwards."""
    ours = logging.getLogger("dropcast")
    before = (ours.handlers[:], ours.level, ours.propagate)

    def start():
        log_as_json()
        return logging.getLogger("dropcast.stages.dispatch")

    yield start
    ours.handlers[:], ours.level, ours.propagate = before


def entries(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.split("\n")[:-1]]


def test_an_entry_has_severity_message_and_what_it_is_about(start, capsys):
    log = start()
    log.warning("rejected %s", "so & so", extra={"job": "story-7", "line": 3})
    assert entries(capsys) == [
        {
            "severity": "WARNING",
            "message": "rejected so & so",
            "logger": "dropcast.stages.dispatch",
            "job": "story-7",
            "line": 3,
        }
    ]


def test_a_traceback_is_part_of_its_entry(start, capsys):
    log = start()
    try:
        raise LookupError("gone")
    except LookupError:
        log.exception("no good")
    (entry,) = entries(capsys)
    assert entry["severity"] == "ERROR"
    assert entry["stack_trace"].endswith("LookupError: gone")


def test_whatever_a_message_holds_it_stays_one_line(start, capsys):
    log = start()
    log.info('one\ntwo\u2028\r "quoted" {}%', extra={"reason": "a\nb", "what": {1, 2}.__class__})
    (entry,) = entries(capsys)
    assert entry["message"] == 'one\ntwo\u2028\r "quoted" {}%'
    assert entry["reason"] == "a\nb"


def test_what_is_told_for_debugging_is_not_logged(start, capsys):
    log = start()
    log.debug("chatter")
    assert entries(capsys) == []


def test_logging_is_set_up_any_number_of_times_and_logs_once(start, capsys):
    log = start()
    start()
    log.info("once")
    assert len(entries(capsys)) == 1


def test_other_libraries_keep_their_ways(start, capsys):
    before = logging.getLogger().handlers[:]
    start()
    assert logging.getLogger().handlers == before
    logging.getLogger("urllib3").warning("retrying")
    assert entries(capsys) == []


def test_what_is_known_of_a_delivery_is_in_all_of_its_entries(start, capsys):
    log = start()
    with about(stage="synthesize", attempt=3):
        note(job="story-7", line=None)
        log.info("spoken", extra={"line": 4})
    log.info("afterwards")
    inside, outside = entries(capsys)
    assert inside | {"stage": "synthesize", "attempt": 3, "job": "story-7", "line": 4} == inside
    assert {"stage", "attempt", "job"}.isdisjoint(outside)


def test_what_an_entry_says_itself_counts_and_what_is_not_known_is_left_out(start, capsys):
    log = start()
    with about(stage="bury", attempt=None, line=1):
        log.info("buried", extra={"line": 2})
    (entry,) = entries(capsys)
    assert (entry["line"], "attempt" in entry) == (2, False)


def test_outside_of_a_delivery_nothing_is_noted(start, capsys):
    log = start()
    note(job="story-7")
    log.info("alone")
    assert "job" not in entries(capsys)[0]


def calls_of(path):
    """The calls of a module's log."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log")), args=[message, *rest]):
                yield message, rest


@pytest.mark.parametrize(
    "stage", sorted((ROOT / "functions/dropcast/stages").glob("*.py")), ids=lambda path: path.stem
)
def test_a_stage_logs_constant_words_that_are_known(stage):
    for message, rest in calls_of(stage):
        assert isinstance(message, ast.Constant), ast.unparse(message)
        assert message.value in SAID
        assert rest == []


def run(caplog, *uploads, refused=(), most_tries=None):
    """Run jobs as a whole, each of its stages delivered twice, and return what they logged."""
    caplog.set_level(logging.INFO, "dropcast")
    cloud = Cloud(["fine", "repeat"] * 200, FirstPick(), refused, most_tries)
    for upload, script in uploads:
        cloud.upload(upload, script)
    cloud.run()
    return [vars(record) | {"message": record.getMessage()} for record in caplog.records]


PRIVATE = "Pss, nobody may read this."
SCRIPT = [{"speaker": "A", "line": PRIVATE}, {"speaker": "B", "line": "Hi."}]
REQUEST = RAINBOW | {"inputs": [{"content": PRIVATE}]}


@pytest.mark.parametrize(
    "options",
    [{}, {"refused": [PRIVATE]}, {"most_tries": 0}],
    ids=["fine", "refused", "given up"],
)
def test_entries_say_what_they_must_and_nothing_of_the_script(caplog, options):
    logged = run(
        caplog, (UPLOAD, SCRIPT), (BATCH, REQUEST), (Upload("uploads", "bad.json", 9), [{}]), **options
    )
    assert {entry["message"] for entry in logged} - {"gathered"}
    for entry in logged:
        assert SAID[entry["message"]] <= entry.keys(), entry["message"]
    assert "nobody may read" not in str([{**entry, "msg": ""} for entry in logged])


def test_a_job_says_once_that_it_is_over(caplog):
    logged = run(caplog, (UPLOAD, SCRIPT), (BATCH, REQUEST), (Upload("uploads", "bad.json", 9), [{}]))
    over = sorted(
        (entry["job"], entry["message"]) for entry in logged if entry["message"] in ("succeeded", "failed")
    )
    assert [message for _, message in over] == ["failed", "succeeded", "succeeded"]
    assert len({job for job, _ in over}) == 3


def test_who_comes_to_end_a_job_that_is_over_says_nothing(caplog):
    jobs = MemoryObjectStore()
    caplog.set_level(logging.INFO, "dropcast")
    for _ in range(2):
        end_job(UPLOAD, refused_report(UPLOAD, None, [Problem("", "no")]), jobs, MemoryEpisodeStore(jobs))
    assert [(record.getMessage(), record.problems) for record in caplog.records] == [("failed", 1)]


def test_characters_are_those_that_are_billed_and_nobody_pays_twice(caplog):
    logged = run(caplog, (UPLOAD, SCRIPT))
    spoken = [entry for entry in logged if entry["message"] == "spoken"]
    assert sum(entry["characters"] for entry in spoken if not entry["cached"]) == len(PRIVATE) + len("Hi.")
    assert any(entry["cached"] for entry in spoken), "the repeated deliveries"


def test_a_filter_on_the_job_shows_its_life_in_order(caplog):
    logged = run(caplog, (UPLOAD, SCRIPT))
    life = list(dict.fromkeys(entry["message"] for entry in logged if entry["job"] == UPLOAD.job))
    assert life == ["planned", "spoken", "gathered", "rendered", "succeeded"]


def counted_by_monitoring():
    """What log-based metrics count: by name, the messages and the fields that they rely on."""
    block = re.search(r"counted = \{(.*?)\n  \}", MONITORING.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "monitoring.tf says in a map what is counted"
    for name, filters, value in re.findall(r'(\w+) += \{ filter = "(.*?)", value = (.*?) \}', block[1]):
        words = re.findall(r'\\"(\w+)\\"', filters)
        others = re.findall(r"jsonPayload\.(\w+)", filters)
        yield name, set(words), {*others, value.strip('"')} - {"message", "null"}


def test_what_monitoring_counts_is_what_is_logged():
    counted = {name: (messages, fields) for name, messages, fields in counted_by_monitoring()}
    assert counted.keys() >= {"characters", "failed", "succeeded"}
    for messages, fields in counted.values():
        assert messages
        for message in messages:
            assert fields | {"job"} <= SAID[message]


def test_monitoring_counts_each_job_once(caplog):
    logged = run(caplog, (UPLOAD, SCRIPT), (BATCH, REQUEST), (Upload("uploads", "bad.json", 9), [{}]))
    counted = {name: messages for name, messages, _ in counted_by_monitoring()}
    ended = counted["failed"] | counted["succeeded"]
    assert len([entry for entry in logged if entry["message"] in ended]) == 3


@pytest.fixture
def asked(monkeypatch, caplog):
    """The API behind the framework, and what it logs."""
    monkeypatch.setitem(sys.modules, "main", sys.modules[__name__])
    monkeypatch.setattr(sys, "path", sys.path[:])
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "http")
        monkeypatch.delenv(name)
    api = Api()
    api.change(access=wiring.NotedAccess(api.keys))
    monkeypatch.setattr(wiring, "start_logging", lambda: None)
    monkeypatch.setattr(wiring, "api_world", lambda: api.world)
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO, "dropcast")
    client = create_app("api", str(ROOT / "functions" / "main.py")).test_client()

    def ask(path, **headers):
        found = client.get(path, headers=headers)
        (entry,) = [json.loads(line) for line in caplog.text.splitlines() if '"answered"' in line]
        return found, entry, caplog.text

    return ask


def test_the_api_says_of_each_request_who_asked_what_and_how_it_was_answered(asked):
    found, entry, _ = asked(f"{BATCHES}/rainbow?{VERSION}", **{"Ocp-Apim-Subscription-Key": "key-a"})
    assert entry.pop("milliseconds") >= 0
    assert entry == {
        "severity": "INFO",
        "message": "answered",
        "logger": "dropcast.main",
        "stage": "api",
        "method": "GET",
        "route": f"{BATCHES}/{{}}",
        "status": 404,
        "caller": "alice",
        "owner": "alice",
        "request": found.headers["apim-request-id"],
    }


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (f"{BATCHES}?{VERSION}&key=secret", BATCHES),
        ("/texttospeech/results/secret/secret?sig=secret", "/texttospeech/results/{}/{}"),
        ("/secret/secret", "elsewhere"),
    ],
)
def test_neither_keys_nor_what_a_client_names_are_logged(asked, path, route):
    _, entry, everything = asked(path, **{"Ocp-Apim-Subscription-Key": "secret"})
    assert (entry["route"], "owner" in entry) == (route, False)
    assert "secret" not in everything
