"""Logs are one JSON object a line, as Cloud Logging reads them."""

import json
import logging

import pytest

from dropcast.gateways.logs import log_as_json


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
